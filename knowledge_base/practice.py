"""Knowledge bases to practise on, so that a confidence fitted on them holds in one it has never seen.

The shop's own in many shapes (few variants, none, parts missing), 16 small ones of other trades, and everyday patterns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from knowledge_base.evaluate import Case
from knowledge_base.models import Entry
from knowledge_base.text import detect_language

EVAL = Path(__file__).with_name("eval")
_TRANSLATION = "-en"
_EVERY = 1000
# Place of the knowledge base without variants among the practices.
BARE = 3
# Categories are taken out by every fourth, entries by every sixth.
_CATEGORY_PARTS, _ENTRY_PARTS = 4, 6
_FAR, _PATTERN_QUESTIONS = 6, 900
# Patterns set one wording against fourteen siblings, harder than life: they count for less.
_PATTERN_WEIGHT = 0.4


@dataclass(frozen=True)
class Practice:
    """Entries with questions for them; a question whose entry is None or left out has no answer here.

    refused: questions its editor has decided not to answer.
    """

    entries: tuple[Entry, ...]
    cases: tuple[Case, ...]
    weight: float = 1.0
    refused: tuple[str, ...] = ()


@dataclass(frozen=True)
class Trade:
    """One small knowledge base: `meanings` are wordings, the question first; none answers the `near` questions."""

    name: str
    lang: str
    meanings: list[list[str]]
    near: list[str]


def practices(
    entries: Sequence[Entry], cases: Sequence[Case], folder: Path = EVAL, refused: Sequence[str] = ()
) -> list[Practice]:
    """All there are; the first is the knowledge base as it is, the one at BARE has no variants."""
    shop = own(entries, cases, refused)
    return [*shop, *of_trades(trades(folder), patterns(folder)), *of_patterns(patterns(folder))]


def own(entries: Sequence[Entry], cases: Sequence[Case], refused: Sequence[str] = ()) -> list[Practice]:
    """The knowledge base as it is, with fewer variants, without every sixth entry, without whole categories."""
    few = thinned(entries, 6)
    shapes = [thinned(entries, variants) for variants in (_EVERY, 6, 2, 0)]
    shapes += [without(entries, 0), without(entries, 2), without(thinned(entries, 2), 4)]
    shapes += [without_categories(entries, 0), without_categories(few, 1), without_categories(entries, 2)]
    return [Practice(tuple(shape), tuple(cases), refused=tuple(refused)) for shape in shapes if shape]


def thinned(entries: Sequence[Entry], variants: int) -> list[Entry]:
    """The same entries with at most so many variants."""
    return [replace(entry, variants=entry.variants[:variants]) for entry in entries]


def without(entries: Sequence[Entry], part: int) -> list[Entry]:
    """The entries without every sixth one from `part` on, and its translation: questions for them have no answer."""
    names = sorted({entry.id.removesuffix(_TRANSLATION) for entry in entries})
    gone = set(names[part::_ENTRY_PARTS])
    return [entry for entry in entries if entry.id.removesuffix(_TRANSLATION) not in gone]


def without_categories(entries: Sequence[Entry], part: int) -> list[Entry]:
    """The entries without every fourth category from `part` on."""
    gone = set(sorted({entry.category for entry in entries})[part::_CATEGORY_PARTS])
    return [entry for entry in entries if entry.category not in gone]


def of_trades(all_trades: Sequence[Trade], far: Sequence[Sequence[str]]) -> list[Practice]:
    """Each trade alone with three variants and with one, then all together, complete and with gaps."""
    chance = np.random.default_rng(1)
    found = []
    for number, trade in enumerate(all_trades):
        elsewhere = [far[int(n)] for n in chance.permutation(len(far))[:_FAR]]
        none = [*trade.near, *(wordings[int(chance.integers(len(wordings)))] for wordings in elsewhere)]
        for variants in (3, 1):
            entries = [_entry(trade, n, words[1:-1][:variants]) for n, words in enumerate(trade.meanings)]
            rest = [(n, words[-1:] + (words[2:-1] if variants == 1 else [])) for n, words in enumerate(trade.meanings)]
            asked = [Case(text, entries[n].id) for n, texts in rest for text in texts]
            kept = [entry for n, entry in enumerate(entries) if n % _ENTRY_PARTS != number % _ENTRY_PARTS]
            found.append(Practice(tuple(kept), (*asked, *(Case(text, None) for text in none))))
    return [*found, *_together(all_trades)]


def _together(all_trades: Sequence[Trade]) -> list[Practice]:
    pairs = [(trade, n, words) for trade in all_trades for n, words in enumerate(trade.meanings)]
    entries = [_entry(trade, n, words[1:-2]) for trade, n, words in pairs]
    asked = [Case(text, _name(trade, n)) for trade, n, words in pairs for text in words[-2:]]
    cases = (*asked, *(Case(text, None) for trade in all_trades for text in trade.near))
    return [Practice(tuple(part), cases) for part in (entries, [e for n, e in enumerate(entries) if n % 5])]


def of_patterns(meanings: Sequence[Sequence[str]]) -> list[Practice]:
    """Hundreds of meanings, a fifth of them left out: without variants, then with all wordings but the last."""
    unlike = [list(dict.fromkeys(words)) for words in meanings]
    return [
        _of_patterns([words for words in unlike if len(words) > 1], 0, 2),
        _of_patterns([words for words in unlike if len(words) > 2], _EVERY, 1),
    ]


def _of_patterns(meanings: Sequence[Sequence[str]], variants: int, part: int) -> Practice:
    entries = [
        Entry(f"p{n}", words[0], "", tuple(words[1:-1][:variants]), lang=detect_language(words[0]))
        for n, words in enumerate(meanings)
    ]
    chosen = np.random.default_rng(1).permutation(len(meanings))[:_PATTERN_QUESTIONS]
    cases = tuple(Case(meanings[int(n)][-1], f"p{n}") for n in chosen)
    return Practice(tuple(entry for n, entry in enumerate(entries) if n % 5 != part), cases, _PATTERN_WEIGHT)


def _entry(trade: Trade, number: int, variants: Sequence[str]) -> Entry:
    return Entry(_name(trade, number), trade.meanings[number][0], "", tuple(variants), lang=trade.lang)


def _name(trade: Trade, number: int) -> str:
    return f"{trade.lang}-{trade.name}-{number}"


def trades(folder: Path = EVAL) -> list[Trade]:
    """The knowledge bases of `trades.txt`; small talk, which has no entries, is left out."""
    found: list[Trade] = []
    for line in _lines(folder / "trades.txt"):
        if line.startswith("["):
            name, lang = line.strip("[]").split()
            found.append(Trade(name, lang, [], []))
        elif line.startswith("-"):
            found[-1].near.extend(_parts(line[1:]))
        else:
            found[-1].meanings.append(_parts(line))
    return [trade for trade in found if trade.meanings]


def patterns(folder: Path = EVAL) -> list[list[str]]:
    """Every meaning of `patterns.txt` with its wordings."""
    return [words for group in pattern_groups(folder) for words in group]


def pattern_groups(folder: Path = EVAL) -> list[list[list[str]]]:
    """The meanings of `patterns.txt`, together those that speak of the same things."""
    found: list[list[list[str]]] = []
    things: list[str] = []
    for line in _lines(folder / "patterns.txt"):
        if line.startswith("["):
            things = _parts(line.strip("[]"))
            found.append([])
        else:
            found[-1] += [[words.replace("{}", thing) for words in _parts(line)] for thing in things]
    return found


def _parts(line: str) -> list[str]:
    return [part.strip() for part in line.split("|")]


def _lines(path: Path) -> Iterator[str]:
    raw = path.read_text("utf-8").splitlines()
    return (line.strip() for line in raw if line.strip() and not line.startswith("#"))
