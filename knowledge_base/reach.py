"""Tells which saved questions a change of the FAQ can reach, so that the publish gate asks those and not thousands.

A change of one entry moves the scores of the others only by the statistics they share (how rare a word is, how
wordings vary): a little, which tips what stands on the edge. All else depends on what a question finds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from knowledge_base.calibration import Calibration
from knowledge_base.evaluate import Case, Outcome
from knowledge_base.index import Floats, lexical_document
from knowledge_base.models import Entry
from knowledge_base.search import KnowledgeBase
from knowledge_base.text import detect_language, terms

# A changed wording that is further from a question than its best entry by so many spreads has no say. With this, the
# shared words and the edge below, all changed answers of ten made-up edits were found by asking a fifth of the 733
# saved questions (tests/bench/bench_publish.py --edits 2).
_SPREADS = 1.5
_SHARED_WORDS = 0.5
# On the edge: so near a threshold of the zones, or the second so near the first.
_EDGE, _RIVAL = 0.05, 0.7
# More than a few changed entries: everything is asked.
_FEW = 20


@dataclass(frozen=True)
class Changed:
    """Entries as they were (`gone`: changed or taken out) and as they will be (`come`: changed or new)."""

    gone: tuple[Entry, ...]
    come: tuple[Entry, ...]

    @classmethod
    def between(cls, live: KnowledgeBase, wanted: Sequence[Entry]) -> Changed:
        """What the search of `live` would read otherwise if it held the entries `wanted`."""
        then = {entry.id: entry for entry in wanted}
        now = {entry.id: entry for entry in live.entries if live.get(entry.id) is entry}
        gone = [entry for key, entry in now.items() if key not in then or _read(then[key]) != _read(entry)]
        come = [entry for key, entry in then.items() if key not in now or _read(now[key]) != _read(entry)]
        return cls(tuple(gone), tuple(come))

    @property
    def ids(self) -> set[str]:
        return {entry.id for entry in (*self.gone, *self.come)}


def read_alike(old: Sequence[Entry], new: Sequence[Entry]) -> bool:
    """Whether a search reads the same in both, in the same order: then it finds the same, whatever is asked."""
    return [(entry.id, _read(entry)) for entry in old] == [(entry.id, _read(entry)) for entry in new]


def reached(
    cases: Sequence[Case],
    vectors: Floats,
    known: Mapping[Case, Outcome],
    changed: Changed,
    wordings: Floats,
    base: KnowledgeBase,
) -> list[Case]:
    """The cases whose answer the change can alter, and those of which nothing is known yet.

    `vectors` (n, d) belong to the cases, `wordings` (m, d) to the changed entries, old and new; `known` was found
    with `base`.
    """
    if not changed.ids:
        return [case for case in cases if case not in known]
    if len(changed.ids) > _FEW:
        return list(cases)
    nearest = (vectors @ wordings.T).max(1) if len(wordings) else np.full(len(cases), -1.0)
    words = [frozenset(terms(lexical_document(entry))) for entry in (*changed.gone, *changed.come)]
    ids = changed.ids
    found = []
    for case, near in zip(cases, nearest, strict=True):
        outcome = known.get(case)
        doubtful = case.id in ids or outcome is None or _on_the_edge(outcome, base.calibration)
        spread = base.scales.of(case.lang or detect_language(case.question)).spread
        if doubtful or _touches(case, outcome, float(near), ids, words, spread):
            found.append(case)
    return found


def _on_the_edge(outcome: Outcome, limits: Calibration) -> bool:
    if not outcome.hits:
        return True
    scores = [hit.score for hit in outcome.hits]
    rival = len(scores) > 1 and scores[1] >= _RIVAL * scores[0]
    refused = limits.clarify_limit(len(outcome.hits[0].entry.wordings))
    return rival or min(abs(scores[0] - limits.answer_from), abs(scores[0] - refused)) < _EDGE


def _touches(
    case: Case, outcome: Outcome | None, near: float, ids: set[str], words: Sequence[frozenset[str]], spread: float
) -> bool:
    if outcome is None or not outcome.hits:
        return True
    if any(hit.entry.id in ids for hit in outcome.hits):
        return True
    if near >= outcome.hits[0].dense - _SPREADS * spread:
        return True
    asked = set(terms(case.question))
    return any(len(asked & known) > _SHARED_WORDS * len(asked) for known in words)


def _read(entry: Entry) -> tuple[object, ...]:
    """What the search reads of an entry."""
    return entry.wordings, entry.tags, entry.answer, entry.lang
