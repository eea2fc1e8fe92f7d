"""Mends a text that was typed by sound or with slips, with the words the knowledge base has: 退宽, tuikuan, refnd.

A noisy channel: every unlikely place may have been meant as something that sounds (or is spelled) alike, and the
likeliest reading of the whole wins by how often its pairs of characters stand in the entries.
"""

from __future__ import annotations

import math
import re
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from knowledge_base.folding import fold
from knowledge_base.lexical import LexicalIndex, TermTable
from knowledge_base.probe import elsewhere_texts
from knowledge_base.sounds import alike, characters, syllables

_TOKEN = re.compile(r"[a-zA-ZüÜ]+(?:['’][a-zA-Z]+)*|\s+|.", re.DOTALL)
_LATIN = re.compile(r"[a-zA-ZüÜ]+")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
# Longer texts say enough even with slips in them; a syllable has up to six letters.
_LONGEST, _MOST_PLACES = 240, 40
# Readings tried for one place, the commonest in the knowledge base first.
_TRIED = 12
# What a change costs (natural logarithm of its probability): the same sound, nearly the same sound.
_SAME_SOUND, _NEAR_SOUND = -3.5, -5.5
# A character may have been meant when it stands with its neighbour in this many entries, and in this share of those
# that hold the rarer of the two: 退款 and 地址 are such pairs, 款多 is not.
_PAIR_ENTRIES, _PAIR_BOND = 2, 0.1
_LEAST_WORD = 6
# How much of a pair's probability comes from the pair itself; the rest from the second character alone.
_PAIR_SHARE = 0.9
_FLOOR = 1e-7


@dataclass(frozen=True)
class _Place:
    """One character of the text as it may have been meant: `readings` with what each costs; `gap` stands before it."""

    readings: tuple[tuple[str, float], ...]
    gap: str


class Mender:
    """Knows the pairs of characters and the words of one lexical index."""

    def __init__(self, lexical: LexicalIndex) -> None:
        self._lexical = lexical

    def mended(self, text: str) -> str | None:
        """The text as it was probably meant; None when it is likely as it stands."""
        folded = fold(text)
        if not folded.strip() or len(folded) > _LONGEST:
            return None
        tokens = _TOKEN.findall(folded)
        by_sound = self._typed_by_sound(tokens)
        places: list[_Place] = []
        gap = ""
        for number, token in enumerate(tokens):
            if token.isspace():
                gap = token
            elif number in by_sound:
                places += [_Place(self._read(sound), "") for sound in by_sound[number]]
                gap = ""
            else:
                word = self._spelled(token) if _LATIN.fullmatch(token) else token
                places.append(_Place(((word, 0.0),), gap))
                gap = ""
        if len(places) > _MOST_PLACES:
            return None
        found = self._likeliest(self._with_homophones(places))
        return found if found.strip() != folded.strip() else None

    def _typed_by_sound(self, tokens: list[str]) -> dict[int, tuple[str, ...]]:
        """Latin words that are pinyin, by their place: all of a text without Chinese, or unknown ones in Chinese."""
        latin = {
            n: token
            for n, token in enumerate(tokens)
            if _LATIN.fullmatch(token) and not (len(token) > 1 and token.isupper())
        }
        cut = {n: syllables(token) for n, token in latin.items()}
        if any(_CHINESE.match(token) for token in tokens):
            return {n: parts for n, parts in cut.items() if parts and not self._known(latin[n])}
        enough = sum(map(len, cut.values())) >= 2 and all(cut.values())
        # "change" and "women" are pinyin too: a text of nothing but known words is English.
        return cut if enough and not all(self._known(token) for token in latin.values()) else {}

    def _known(self, word: str) -> bool:
        return len(word) > 1 and self._count(word) > 0

    def _read(self, sound: str) -> tuple[tuple[str, float], ...]:
        """Characters of the knowledge base with that sound, or the sound itself where there are none."""
        found = sorted(((self._count(c), c) for c in characters(sound)), reverse=True)[:_TRIED]
        return tuple((c, 0.0) for count, c in found if count) or ((sound, 0.0),)

    def _with_homophones(self, places: list[_Place]) -> list[_Place]:
        """Where neither the pair before nor the pair after is known, another character of the sound may be meant."""
        fixed = ["", *(place.readings[0][0] if len(place.readings) == 1 else "" for place in places), ""]
        widened = []
        for place, before, char, after in zip(places, fixed, fixed[1:], fixed[2:], strict=False):
            unlikely = _CHINESE.fullmatch(char) and not (
                self._count_pair(before, char) or self._count_pair(char, after)
            )
            meant = [
                (other, _SAME_SOUND if same else _NEAR_SOUND)
                for other, same in (alike(char) if unlikely else ())
                if self._bound(before, other) or self._bound(other, after)
            ]
            widened.append(_Place((*place.readings, *meant), place.gap))
        return widened

    def _bound(self, first: str, second: str) -> bool:
        together = self._count_pair(first, second)
        rarer = min(self._count(first), self._count(second)) if together else 1
        return together >= _PAIR_ENTRIES and together >= _PAIR_BOND * rarer

    def _count_pair(self, first: str, second: str) -> int:
        return self._count(first + second) if len(first) == len(second) == 1 else 0

    def _likeliest(self, places: list[_Place]) -> str:
        """Viterbi over the readings; the text with the gaps between words that stay Latin."""
        paths: dict[str, tuple[float, str]] = {"": (0.0, "")}
        for place in places:
            step: dict[str, tuple[float, str]] = {}
            for char, cost in place.readings:
                gains = ((gain + self._chance(last, char), path) for last, (gain, path) in paths.items())
                gain, path = max(gains)
                step[char] = (gain + cost, path + place.gap + char)
            paths = step
        return max(paths.values())[1]

    def _chance(self, before: str, char: str) -> float:
        alone = self._count(char) / self._total
        paired = len(before) == len(char) == 1
        together = self._count_pair(before, char) / max(self._count(before), 1) if paired else alone
        return math.log(max(_PAIR_SHARE * min(together, 1.0) + (1 - _PAIR_SHARE) * alone, _FLOOR))

    def _spelled(self, word: str) -> str:
        """A Latin word that nothing holds, as the commonest word one slip away; else as it is."""
        low = word.lower()
        if len(low) < _LEAST_WORD or not low.isascii() or self._known(low):
            return word
        found = max(((self._lexical.frequency(slip), slip) for slip in _slips(low)), default=(0, word))
        return found[1] if found[0] else word

    def _count(self, term: str) -> int:
        return self._counted(term)

    @cached_property
    def _counted(self) -> Callable[[str], int]:
        return lru_cache(maxsize=50_000)(lambda term: self._lexical.frequency(term) + _everyday().frequency(term))

    @cached_property
    def _total(self) -> float:
        """Rows that could hold a character: the scale of a character's own probability."""
        return 12.0 * (self._lexical.size + _everyday().size)


@lru_cache(maxsize=1)
def _everyday() -> LexicalIndex:
    """Text that no FAQ answers: without it, what lies outside the knowledge base would be read as something inside."""
    return LexicalIndex(TermTable.of(elsewhere_texts()))


def _slips(word: str) -> Iterator[str]:
    """Words one slip away, the first letter kept: a letter missing or too many, or two swapped.

    A wrong letter is left out: it makes one real word of another more often (score, store) than it mends one.
    """
    for at in range(1, len(word) + 1):
        head, tail = word[:at], word[at:]
        if tail:
            yield head + tail[1:]
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:]
        for letter in string.ascii_lowercase:
            yield head + letter + tail
