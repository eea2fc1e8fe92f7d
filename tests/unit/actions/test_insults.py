"""An insult finds no FAQ entry; a report of fraud still does."""

from __future__ import annotations

import pytest

from actions.insults import supported, without_insults
from actions.mood.reading import Mood
from knowledge_base.models import Entry, Hit, Zone

ANGRY = Mood(valence=0.05, anger=0.9, label="angry")
CALM = Mood(valence=0.5, anger=0.1, label="neutral")


def hit(entry_id: str, score: float, zone: Zone) -> Hit:
    return Hit(Entry(entry_id, entry_id, "-"), score, zone, 0.9, 0.5)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("骗子！！！", ""),
        ("你们这群骗子，我的快递呢", "你们这群 ,我的快递呢"),
        ("You crooks, where is my parcel", "you , where is my parcel"),
    ],
)
def test_insults_are_taken_out_of_an_angry_text(text: str, left: str) -> None:
    assert without_insults(text, ANGRY, {}) == left


@pytest.mark.parametrize("text", ["我的快递呢，退钱", ""])
def test_a_text_without_insults_is_left_alone(text: str) -> None:
    assert without_insults(text, ANGRY, {}) is None


def test_calm_words_and_reports_of_a_loss_are_left_alone() -> None:
    assert without_insults("接到电话，是骗子吗", CALM, {}) is None
    assert without_insults("骗子冒充你们骗走我八千！！", ANGRY, {"money_lost": 0.9}) is None


def test_only_what_is_found_without_the_insult_stays_and_no_surer_than_then() -> None:
    whole = [hit("fraud", 0.86, "answer"), hit("parcel", 0.7, "clarify"), hit("refund", 0.5, "clarify")]
    bare = [hit("parcel", 0.9, "answer"), hit("refund", 0.4, "clarify"), hit("fraud", 0.1, "none")]
    assert [(h.entry.id, h.score, h.zone) for h in supported(whole, bare)] == [
        ("parcel", 0.7, "clarify"),
        ("refund", 0.4, "clarify"),
    ]
