"""The setting BATON_MOOD_MODEL: empty means the shipped head, anything else must be a good configuration file."""

from __future__ import annotations

from pathlib import Path

import pytest

from actions.mood.choose import mood_reader
from actions.mood.errors import MoodModelError
from actions.mood.features import load_lexicon, read_rules
from actions.mood.model import MoodModel


def test_empty_is_the_shipped_head() -> None:
    assert isinstance(mood_reader(""), MoodModel)


@pytest.mark.parametrize("content", [None, "{", "{}", '{"model": "m"}', '{"model": "m", "labels": {"A": "cross"}}'])
def test_a_wrong_configuration_is_named(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "mood.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(MoodModelError, match=r"mood\.json"):
        mood_reader(str(path))


@pytest.mark.parametrize(
    ("text", "name", "count"),
    [
        ("tmd什么破快递", "profanity", 1),
        ("html怎么写", "profanity", 0),
        ("骗子，还钱", "marked_plain", 1),
        ("怎么举报骗子卖家？", "marked_plain", 0),
        ("怎么举报骗子卖家？", "marked_asking", 1),
        ("没有生气", "rage", 0),
        ("WHERE IS MY ORDER", "shouted", 1),
    ],
)
def test_marks_of_anger(text: str, name: str, count: int) -> None:
    lexicon = load_lexicon()
    assert read_rules(text, lexicon).values[lexicon.names.index(name)] == count
