"""The forms in which the policy compares texts, so that width, case, script and stray spaces never decide a handoff."""

from __future__ import annotations

import re
import unicodedata

from actions.mood.traditional import simplified

MAX_CHARS = 2000
_HIDDEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufe0f\x00-\x08\x0b-\x1f\x7f]")
_SPACES = re.compile(r"\s+")
_SPACED_HAN = re.compile(r"(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])")
_QUOTES = str.maketrans({"\u2019": "'", "\u2018": "'", "`": "'", "\u00b4": "'"})


def normal(text: str) -> str:
    """Text for the pattern lists: NFKC, lower case, simplified characters, one space, none between Chinese characters.

    Only the first 2,000 characters count, so that a giant message costs no more than a long one.
    """
    form = unicodedata.normalize("NFKC", text[:MAX_CHARS]).translate(_QUOTES)
    form = simplified(_HIDDEN.sub("", form).lower())
    return _SPACED_HAN.sub("", _SPACES.sub(" ", form)).strip()


def plain(text: str) -> str:
    """Only the letters and digits of the normal form, for comparing two texts."""
    return "".join(char for char in normal(text) if char.isalnum())


def has_words(text: str) -> bool:
    """Whether there is any letter or digit at all (false for empty text, emoji only, punctuation only)."""
    return any(char.isalnum() for char in text[:MAX_CHARS])


def likeness(left: str, right: str) -> float:
    """How alike two plain texts are, 0–1: shared character pairs over all character pairs (Dice)."""
    if left == right:
        return 1.0
    pairs_left, pairs_right = _pairs(left), _pairs(right)
    total = len(pairs_left) + len(pairs_right)
    return 2 * len(pairs_left & pairs_right) / total if total else 0.0


def _pairs(text: str) -> set[str]:
    return {text[i : i + 2] for i in range(len(text) - 1)}
