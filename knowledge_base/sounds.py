"""Sounds of Chinese characters without tones, and Latin text cut into pinyin: what typing errors go by."""

from __future__ import annotations

import os
import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache

from knowledge_base.folding import fold

# Rarer readings of a character are not what people type.
_READINGS = 2
_LONGEST_SYLLABLE = 6
# Pairs that many speakers do not tell apart, so they type one for the other.
_BLURRED = (("zh", "z"), ("ch", "c"), ("sh", "s"))
_DIAERESIS = "\N{COMBINING DIAERESIS}"
# Sounds without a vowel (嗯 as ng) would let English words pass for pinyin.
_PLAIN = re.compile("[a-z]*[aeiouv][a-z]*")


def sounds(character: str) -> tuple[str, ...]:
    """Toneless readings of one Simplified character, the commonest first (`v` for ü); empty for anything else."""
    return _readings().get(character, ())


def characters(syllable: str) -> tuple[str, ...]:
    """All Simplified characters with that toneless reading."""
    return _by_sound().get(syllable, ())


def blurred(syllable: str) -> str:
    """The syllable as a speaker hears it who does not tell zh from z or -ng from -n."""
    for full, short in _BLURRED:
        if syllable.startswith(full):
            syllable = short + syllable[len(full) :]
            break
    return syllable[:-1] if syllable.endswith(("ing", "eng")) else syllable


def alike(character: str) -> tuple[tuple[str, bool], ...]:
    """Other characters of like sound, each with whether it sounds exactly the same."""
    own = sounds(character)
    found = {other: True for sound in own for other in characters(sound)}
    for sound in own:
        for near in _by_blur().get(blurred(sound), ()):
            found.setdefault(near, False)
    found.pop(character, None)
    return tuple(found.items())


@lru_cache(maxsize=4096)
def syllables(word: str) -> tuple[str, ...]:
    """A Latin word cut into as few pinyin syllables as possible; empty when it cannot be cut."""
    word = word.lower().replace("ü", "v")
    known = _by_sound()
    best: list[tuple[str, ...] | None] = [()] + [None] * len(word)
    for end in range(1, len(word) + 1):
        for start in range(max(0, end - _LONGEST_SYLLABLE), end):
            before, part = best[start], word[start:end]
            shorter = before is not None and (best[end] is None or len(before) + 1 < len(best[end] or ()))
            if before is not None and part in known and shorter:
                best[end] = (*before, part)
    return best[-1] or ()


@lru_cache(maxsize=1)
def _readings() -> Mapping[str, tuple[str, ...]]:
    # Whole phrases would take 0.5 s and 30 MB to load, and single characters are all that is asked here.
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
    from pypinyin.constants import PINYIN_DICT

    table = {}
    for code, marked in PINYIN_DICT.items():
        if 0x4E00 <= code <= 0x9FFF and fold(chr(code)) == chr(code):
            plain = dict.fromkeys(_toneless(reading) for reading in marked.split(","))
            table[chr(code)] = tuple(reading for reading in plain if _PLAIN.fullmatch(reading))[:_READINGS]
    return table


def _toneless(reading: str) -> str:
    spread = unicodedata.normalize("NFD", reading).replace("u" + _DIAERESIS, "v")
    return "".join(char for char in spread if not unicodedata.combining(char))


@lru_cache(maxsize=1)
def _by_sound() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for character, readings in _readings().items():
        for reading in readings:
            found[reading].append(character)
    return {reading: tuple(members) for reading, members in found.items()}


@lru_cache(maxsize=1)
def _by_blur() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for reading, members in _by_sound().items():
        found[blurred(reading)].extend(members)
    return {reading: tuple(members) for reading, members in found.items()}
