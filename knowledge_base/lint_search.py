"""What only the search sees: entries so alike that they take each other's questions, and wordings that stray.

Every wording is asked of an index that lacks it and a fifth of the others, as a customer's new words would be.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from knowledge_base.build import build_entries, measure_scales
from knowledge_base.embedding import Embedder
from knowledge_base.errors import FaqError
from knowledge_base.lint import Finding, Level
from knowledge_base.lint_place import Spot
from knowledge_base.models import Entry, Zone
from knowledge_base.rehearsal import RememberingEmbedder
from knowledge_base.search import KnowledgeBase

_FOLDS = 5
# Two entries are alike when each takes a question of the other and both together take so many. Of the pairs it shows
# in the shipped FAQ 4 of 5 are truly alike, read by hand; about 17 of 30 when one each is enough.
_TAKEN = 3
# A wording strays when another entry wins with this probability, one of its wordings is so near (0: unrelated texts,
# 1: the same), and nearer than the entry's own by this. Of those it shows in the shipped FAQ 17 of 24 are worth an
# editor's time, read by hand; 18 of 30 from a probability of 0.9 on; a quarter of 270 when only cosines are compared.
_SURE, _NEAR, _NEARER_BY = 0.94, 0.66, 0.12
_APART = "join them, give each wordings that only it answers, or name one in the other's `alike` with the reason"


@dataclass(frozen=True)
class Taken:
    """A wording of one entry that another wins with `score` (0–1); `near` and `own` are places between texts."""

    text: str
    entry: Entry
    winner: Entry
    score: float
    near: float
    own: float


def lint_deep(entries: Sequence[Entry], embedder: Embedder) -> list[Finding]:
    """Warnings about alike entries (with counts and scores) and stray wordings, by file and line.

    Two entries of which one names the other in its `alike` are known to be near, and nothing is said of them.
    """
    known = {frozenset((entry.id, other)) for entry in entries for other in entry.known_alike}
    taken = [
        item
        for item in _all_taken(entries, RememberingEmbedder(embedder, remembered=10_000_000))
        if frozenset((item.entry.id, item.winner.id)) not in known
    ]
    findings = [*_alike(taken), *_stray(taken)]
    return sorted(findings, key=lambda f: (f.problem.path, f.problem.line, f.problem.message))


def _all_taken(entries: Sequence[Entry], embedder: Embedder) -> Iterator[Taken]:
    rows = [(entry, number) for entry in entries for number in range(len(entry.wordings))]
    unrelated = {"zh": measure_scales(embedder).zh.mean, "en": measure_scales(embedder).en.mean}
    for fold in range(_FOLDS):
        held = {
            (entry.id, number)
            for place, (entry, number) in enumerate(rows)
            if place % _FOLDS == fold and len(entry.wordings) > 2
        }
        with tempfile.TemporaryDirectory() as scratch:
            build_entries([_without(entry, held) for entry in entries], Path(scratch), embedder)
            base = KnowledgeBase.open(Path(scratch), embedder)
            known = {entry.id: entry for entry in entries}
            for entry, number in rows:
                if (entry.id, number) in held:
                    found = _taken(entry, number, base, embedder, known, unrelated[entry.lang])
                    if found is not None:
                        yield found


def _without(entry: Entry, held: set[tuple[str, int]]) -> Entry:
    left = [text for number, text in enumerate(entry.wordings) if (entry.id, number) not in held]
    return replace(entry, question=left[0], variants=tuple(left[1:]))


def _taken(
    entry: Entry, number: int, base: KnowledgeBase, embedder: Embedder, known: dict[str, Entry], unrelated: float
) -> Taken | None:
    text = entry.wordings[number]
    vector = embedder.encode([text])[0]
    hits = base.search_vector(text, vector, entry.lang, 1)
    if not hits or hits[0].zone is not Zone.ANSWER or hits[0].entry.id == entry.id:
        return None
    winner = known[hits[0].entry.id]
    if winner.lang != entry.lang:
        return None
    others = [wording for place, wording in enumerate(entry.wordings) if place != number]
    near, own = (
        float((np.max(embedder.encode(texts) @ vector) - unrelated) / (1.0 - unrelated))
        for texts in (winner.wordings, others)
    )
    return Taken(text, entry, winner, hits[0].score, near, own)


def _alike(taken: Sequence[Taken]) -> Iterator[Finding]:
    """Pairs that take each other's questions."""
    between: dict[tuple[str, str], list[Taken]] = defaultdict(list)
    for item in taken:
        between[item.entry.id, item.winner.id].append(item)
    for (one, other), there in between.items():
        back = between.get((other, one), [])
        if one < other and back and len(there) + len(back) >= _TAKEN:
            first, second = there[0].entry, there[0].winner
            best = max(item.score for item in [*there, *back])
            where = f"`{other}` ({second.path}:{second.line})"
            message = (
                f"`{one}` and {where} are alike: they take {len(there)} and {len(back)} of each other's wordings, "
                f"score {best:.2f}, such as {there[0].text!r}"
            )
            yield _warning(first, message, _APART)


def _stray(taken: Sequence[Taken]) -> Iterator[Finding]:
    for item in taken:
        if item.score >= _SURE and item.near >= _NEAR and item.near - item.own >= _NEARER_BY:
            message = f"{item.text!r} would be answered by `{item.winner.id}` if it were not listed: {item.score:.2f}"
            remedy = f"reword it, or move it to {item.winner.path}:{item.winner.line}"
            yield _warning(item.entry, message, remedy, Spot("variants", item.text))


def _warning(entry: Entry, message: str, remedy: str, spot: Spot | None = None) -> Finding:
    problem = FaqError(entry.path, entry.line, message, remedy, f"## {entry.question}")
    return Finding(Level.WARNING, problem, entry.id, spot)
