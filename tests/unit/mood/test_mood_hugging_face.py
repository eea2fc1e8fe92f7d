"""A Hugging Face text-classification model in place of the shipped head: a real, tiny one, made here."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from actions.mood.choose import mood_reader
from actions.mood.errors import MoodModelError
from actions.mood.reading import LABELS, Mood
from actions.mood.transformers_model import TransformersMood

pytestmark = pytest.mark.long  # importing torch and transformers takes ten seconds of a core

WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "骗", "子", "谢", "hello")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT of one layer with random weights, saved as Hugging Face saves them."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    folder = tmp_path_factory.mktemp("tiny-bert")
    (folder / "vocab.txt").write_text("\n".join(WORDS), encoding="utf-8")
    BertTokenizerFast(vocab_file=str(folder / "vocab.txt"), model_max_length=32).save_pretrained(folder)
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=32,
        id2label={0: "cross", 1: "plain", 2: "glad"},
        label2id={"cross": 0, "plain": 1, "glad": 2},
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    return folder


def configured(folder: Path, model: Path, labels: dict[str, str]) -> str:
    path = folder / "mood.json"
    path.write_text(json.dumps({"model": str(model), "labels": labels}), encoding="utf-8")
    return str(path)


def test_it_reads_moods_in_place_of_the_head(tmp_path: Path, model: Path) -> None:
    reader = mood_reader(configured(tmp_path, model, {"cross": "angry", "plain": "neutral", "glad": "positive"}))
    assert isinstance(reader, TransformersMood)
    texts = ["骗子", "", "谢谢 hello", "很长" * 400]
    moods = reader.read(texts, np.zeros((len(texts), 0), np.float32))
    assert moods[1] == Mood()
    for mood in (moods[0], moods[2], moods[3]):
        assert mood.label in LABELS and 0.05 <= mood.valence <= 0.9 and 0 < mood.anger < 1
    assert reader.read([], np.zeros((0, 0), np.float32)) == []
    assert moods == reader.read(texts, np.zeros((len(texts), 0), np.float32))


def test_a_label_without_a_meaning_is_named(tmp_path: Path, model: Path) -> None:
    with pytest.raises(MoodModelError, match="glad"):
        mood_reader(configured(tmp_path, model, {"cross": "angry", "plain": "neutral"}))


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(MoodModelError, match="is no folder"):
        mood_reader(configured(tmp_path, tmp_path / "absent", {"cross": "angry"}))
    (tmp_path / "empty").mkdir()
    with pytest.raises(MoodModelError, match="cannot be loaded"):
        mood_reader(configured(tmp_path, tmp_path / "empty", {"cross": "angry"}))
