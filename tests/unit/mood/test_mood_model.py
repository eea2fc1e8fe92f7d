"""The shipped head on the default encoder: typical sentences of customers, easy and hard."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from actions.mood.figures import figures
from actions.mood.model import MoodModel
from actions.mood.reading import Mood
from actions.mood.rows import load_rows
from knowledge_base.embedding import Embedder
from knowledge_base.layers import load_search_embedder

pytestmark = pytest.mark.model
FOLDER = Path(os.environ.get("BATON_EMBEDDER", "var/models/e5-small"))


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    if not FOLDER.exists():
        pytest.skip("the default encoder is not prepared: run python -m knowledge_base.prepare")
    return load_search_embedder(str(FOLDER))


def read(embedder: Embedder, *texts: str) -> list[Mood]:
    return MoodModel.load().read(texts, embedder.encode(texts))


def test_plain_anger_is_seen_and_explained(embedder: Embedder) -> None:
    texts = (
        "傻逼客服，把钱还给我！",
        "你们就是骗子！退钱！",
        "You are liars! I want my money back NOW",
        "What the hell, useless company!!!",
    )
    for mood in read(embedder, *texts):
        assert mood.label == "angry" and mood.anger > 0.6 and mood.spans


def test_plain_questions_are_neutral(embedder: Embedder) -> None:
    texts = ("请问可以开发票吗", "怎么修改收货地址", "How do I change my address?", "Do you ship to Spain?")
    for mood in read(embedder, *texts):
        assert mood.label == "neutral" and mood.anger < 0.2 and mood.spans == ()


def test_thanks_are_good(embedder: Embedder) -> None:
    for mood in read(embedder, "太谢谢你了，问题解决了", "Thank you so much, that was quick!"):
        assert mood.label == "positive" and mood.valence > 0.65


def test_denied_anger_is_no_anger(embedder: Embedder) -> None:
    for mood in read(embedder, "我没有生气，就是想问问", "I'm not angry, I just want to know"):
        assert mood.label != "angry"


def test_anger_at_others_is_known_as_such(embedder: Embedder) -> None:
    at_us, at_boss = read(embedder, "你们真是气死我了", "今天老板又骂我，气死了，帮我看下快递")
    assert at_boss.directed < 0.5 < at_us.directed


@pytest.mark.long
def test_the_shipped_figures_are_those_of_the_shipped_head(embedder: Embedder) -> None:
    rows = [row for row in load_rows() if row.in_test]
    moods = MoodModel.load().read([row.text for row in rows], embedder.encode([row.text for row in rows]))
    shown = figures(rows, moods)
    assert shown["all_angry_f1"] >= 0.75
    assert shown["calm_called_angry"] <= 0.03
    assert shown["valence_sign_accuracy"] >= 0.93
