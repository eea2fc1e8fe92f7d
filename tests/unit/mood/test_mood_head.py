"""The head refuses damage and foreign encoders by name; features see what they should; any text is read."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actions.mood.errors import MoodModelDamaged, MoodModelError, MoodModelMismatch
from actions.mood.features import load_lexicon, read_rules
from actions.mood.figures import figures
from actions.mood.head import CARD, SHIPPED, WEIGHTS, load_head
from actions.mood.model import MoodModel
from actions.mood.reading import LABELS, Mood
from actions.mood.rows import DATA, Row, load_rows
from actions.mood.transformers_model import TransformersConfig, TransformersMood

MODEL = MoodModel.load()
ZERO = np.zeros((1, MODEL.dimension), np.float32)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in (WEIGHTS, CARD):
        shutil.copy(SHIPPED / name, tmp_path / name)
    return tmp_path


def test_a_head_cut_short_is_named(folder: Path) -> None:
    data = (folder / WEIGHTS).read_bytes()
    (folder / WEIGHTS).write_bytes(data[: len(data) // 2])
    with pytest.raises(MoodModelDamaged, match=r"bytes instead of .* Remedy: restore"):
        MoodModel.load(folder)


def test_a_head_with_one_changed_byte_is_named(folder: Path) -> None:
    data = bytearray((folder / WEIGHTS).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / WEIGHTS).write_bytes(bytes(data))
    with pytest.raises(MoodModelDamaged, match="checksum"):
        MoodModel.load(folder)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 9}', "{}"])
def test_a_damaged_card_is_named(folder: Path, text: str) -> None:
    (folder / CARD).write_text(text, encoding="utf-8")
    with pytest.raises(MoodModelDamaged, match="Remedy: "):
        MoodModel.load(folder)


@pytest.mark.parametrize("name", [WEIGHTS, CARD])
def test_an_absent_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(MoodModelDamaged, match="cannot be read"):
        MoodModel.load(folder)


def test_a_head_of_other_word_lists_is_refused(folder: Path) -> None:
    card = json.loads((folder / CARD).read_text(encoding="utf-8"))
    card["rules"][0] = "rudeness"
    (folder / CARD).write_text(json.dumps(card), encoding="utf-8")
    with pytest.raises(MoodModelMismatch, match="retrain"):
        MoodModel.load(folder)


@pytest.mark.parametrize("shape", [(1, 512), (2, 384), (384,), (1, 1152)])
def test_another_encoder_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(MoodModelMismatch, match="was trained for multilingual-e5-small"):
        MODEL.read(["你好"], np.zeros(shape, np.float32))


def test_the_shipped_head_is_small() -> None:
    assert (SHIPPED / WEIGHTS).stat().st_size < 4_000_000
    assert load_head().dimension == 384


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_any_text_gives_a_mood_in_range(text: str) -> None:
    mood = MODEL.read([text], ZERO)[0]
    assert all(0 <= value <= 1 for value in (mood.valence, mood.anger, mood.urgency, mood.directed))
    assert mood.label in LABELS
    assert Mood.from_dict(json.loads(json.dumps(mood.to_dict()))).label == mood.label


def test_no_texts_empty_text_and_a_giant_text() -> None:
    assert MODEL.read([], ZERO[:0]) == []
    assert MODEL.read(["  "], ZERO)[0] == Mood()
    assert MODEL.read(["垃圾" * 60_000], ZERO)[0].anger > 0
    assert MODEL.read(["好"], ZERO * np.nan)[0].label in LABELS
    assert MODEL.read(["好"], np.full((1, 2 * MODEL.dimension), np.nan, np.float32))[0].label in LABELS


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("你们是骗子", "insult"),
        ("WTF", "profanity"),
        ("我要投诉到12315", "escalation"),
        ("太过分了", "anger"),
        ("没有生气", "not_anger"),
        ("not happy", "not_positive"),
        ("客服说“你骗子”", "quoted_bad"),
        ("STOP LYING TO ME", "caps"),
        ("氣死我了", "anger"),
        ("😡", "face_angry"),
        ("今天老板骂我", "third_party"),
        ("ｗｔｆ", "profanity"),
    ],
)
def test_rule_features_see(text: str, name: str) -> None:
    lexicon = load_lexicon()
    assert read_rules(text, lexicon).values[lexicon.names.index(name)] > 0


@pytest.mark.parametrize(
    ("text", "name"), [("没有生气", "anger"), ("客服说“你骗子”", "insult"), ("你好", "caps"), ("我要发票", "insult")]
)
def test_rule_features_do_not_see(text: str, name: str) -> None:
    lexicon = load_lexicon()
    assert read_rules(text, lexicon).values[lexicon.names.index(name)] == 0


def test_the_training_messages_are_well_formed() -> None:
    rows = load_rows()
    zh, en = (sum(row.lang == lang for row in rows) for lang in ("zh", "en"))
    assert zh >= 1200 and en >= 500
    share = sum(row.in_test for row in rows) / len(rows)
    assert 0.15 < share < 0.25
    assert {row.anger for row in rows} == {0, 1, 2, 3}


def test_the_messages_of_other_hands_are_only_measured_with() -> None:
    others = load_rows(DATA / "hands")
    assert {row.lang for row in others} == {"zh", "en"} and len(others) >= 1000
    assert {row.text for row in others}.isdisjoint(row.text for row in load_rows())


@pytest.mark.parametrize(
    "line",
    [
        '{"text": "a"}',
        "x",
        '{"text":"a","lang":"zh","valence":5,"anger":0,"urgency":0}',
        '{"text":" ","lang":"zh","valence":0,"anger":0,"urgency":0}',
    ],
)
def test_a_bad_training_row_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "zh.jsonl").write_text(line, encoding="utf-8")
    with pytest.raises(MoodModelError, match=r"zh\.jsonl:1"):
        load_rows(tmp_path)


def test_a_doubled_training_row_is_named(tmp_path: Path) -> None:
    line = '{"text":"a","lang":"zh","valence":0,"anger":0,"urgency":0}\n'
    (tmp_path / "zh.jsonl").write_text(line * 2, encoding="utf-8")
    with pytest.raises(MoodModelError, match="also stands at"):
        load_rows(tmp_path)


def test_figures_count_what_they_say() -> None:
    rows = [Row("a", "zh", -2, 2, 0), Row("b", "zh", 0, 0, 0), Row("c", "en", -2, 3, 1), Row("d", "en", 1, 0, 0)]
    moods = [
        Mood(0.1, 0.9, 0, "angry"),
        Mood(0.2, 0.8, 0, "angry"),
        Mood(0.3, 0.1, 0.5, "negative"),
        Mood(0.9, 0, 0, "positive"),
    ]
    shown = figures(rows, moods)
    assert shown["all_angry_f1"] == 0.5 and shown["zh_angry_precision"] == 0.5 and shown["en_angry_recall"] == 0
    assert shown["furious_missed"] == 1 and shown["calm_called_angry"] == 0.5 and shown["urgent_f1"] == 1


def test_a_transformers_model_takes_the_heads_place() -> None:
    config = TransformersConfig("some-model", {"mad": "angry", "sad": "negative", "ok": "neutral", "joy": "positive"})
    scores = [[{"label": "mad", "score": 0.7}, {"label": "sad", "score": 0.2}, {"label": "ok", "score": 0.1}]]
    mood = TransformersMood(lambda texts: scores * len(texts), config).read(["气死了"], ZERO)[0]
    assert mood.label == "angry" and mood.anger == pytest.approx(0.7) and mood.valence < 0.3


@pytest.mark.parametrize("data", ["{", [], {"model": 1}, {"model": "m"}, {"model": "m", "labels": {"A": "furious"}}])
def test_a_bad_transformers_config_is_refused(tmp_path: Path, data: Any) -> None:
    path = tmp_path / "mood.json"
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    with pytest.raises(MoodModelError, match="Remedy: "):
        TransformersConfig.load(path)


def test_a_missing_transformers_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(MoodModelError, match="is no folder"):
        TransformersMood.load(TransformersConfig(str(tmp_path / "none"), {"A": "angry"}))
