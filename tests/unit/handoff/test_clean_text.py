"""What may be typed."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.clean_text import clean_text
from handoff.errors import EmptyText, TextTooLong


@given(st.text(max_size=300))
def test_any_text_is_cleaned_or_named_empty(text: str) -> None:
    try:
        cleaned = clean_text(text, 4000)
    except EmptyText:
        return
    assert cleaned == cleaned.strip() != ""
    assert not any(unicodedata.category(ch) == "Cc" and ch not in "\n\t" for ch in cleaned)
    assert clean_text(cleaned, 4000) == cleaned


@pytest.mark.parametrize("text", ["", "   ", "\x00\x01", "\u200b" * 3, "\u202e", "\n\t"])
def test_nothing_to_read_is_refused(text: str) -> None:
    with pytest.raises(EmptyText):
        clean_text(text, 4000)


def test_emoji_is_text() -> None:
    assert clean_text("😡😡", 4000) == "😡😡"


def test_length_is_counted_in_characters() -> None:
    assert clean_text("好" * 4000, 4000) == "好" * 4000
    with pytest.raises(TextTooLong) as caught:
        clean_text("好" * 4001, 4000)
    assert caught.value.fields == {"limit": 4000}
