"""Asks a knowledge base known questions and counts what it gets right: the figures of `baton faq eval`."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from knowledge_base.embedding import Embedder
from knowledge_base.errors import CasesUnreadable
from knowledge_base.gaps import Asked
from knowledge_base.models import Hit, Zone
from knowledge_base.search import KnowledgeBase
from knowledge_base.tables import clean_id

_DEPTH = 10
_BINS = 10


@dataclass(frozen=True)
class Case:
    """A question and the id of its entry; `id` None means that "no answer" is right."""

    question: str
    id: str | None
    lang: str | None = None


@dataclass(frozen=True)
class Outcome:
    """A case with what was found and how long encoding plus search took, in milliseconds."""

    case: Case
    hits: tuple[Hit, ...]
    milliseconds: float

    @property
    def refused(self) -> bool:
        """The knowledge base says that it has no answer."""
        return not self.hits or self.hits[0].zone is Zone.NONE

    @property
    def rank(self) -> int | None:
        """1-based rank of the right entry; None when refused or not found."""
        ids = [] if self.refused else [hit.entry.id for hit in self.hits]
        return ids.index(self.case.id) + 1 if self.case.id in ids else None

    @property
    def right(self) -> bool:
        """The right entry first, or rightly no answer."""
        return self.refused if self.case.id is None else self.rank == 1


def read_cases(path: Path) -> list[Case]:
    """Read JSON Lines `{"question", "id", "lang"?}`; raises CasesUnreadable with the line."""
    try:
        lines = path.read_text("utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise CasesUnreadable(f"cannot read the cases {path}: {error}", "give a UTF-8 file of JSON Lines") from error
    cases = [_case(line, f"{path}:{number}") for number, line in enumerate(lines, 1) if line.strip()]
    if not cases:
        raise CasesUnreadable(f"{path} holds no case", 'write lines such as {"question": "…", "id": "returns-window"}')
    return cases


def _case(line: str, where: str) -> Case:
    remedy = 'write one object per line: {"question": "…", "id": "returns-window"} or "id": null'
    try:
        data = json.loads(line)
    except ValueError as error:
        raise CasesUnreadable(f"{where}: not JSON: {error}", remedy) from error
    if not isinstance(data, dict) or not isinstance(data.get("question"), str) or "id" not in data:
        raise CasesUnreadable(f"{where}: a case needs `question` and `id`", remedy)
    if not data["question"].strip() or not isinstance(data["id"], str | int | None) or isinstance(data["id"], bool):
        raise CasesUnreadable(f"{where}: `question` is empty or `id` is neither text nor null", remedy)
    lang, entry_id = data.get("lang"), data["id"]
    return Case(data["question"], None if entry_id is None else str(entry_id), lang if lang in ("zh", "en") else None)


def with_known_ids(cases: Sequence[Case], known: Collection[str]) -> tuple[list[Case], list[str]]:
    """The cases under the ids that import made of theirs, and the ids that no entry has."""
    made = [case if case.id is None or case.id in known else _as_imported(case) for case in cases]
    absent = {case.id or "" for case, other in zip(cases, made, strict=True) if other.id and other.id not in known}
    return made, sorted(absent)


def _as_imported(case: Case) -> Case:
    return replace(case, id=clean_id(case.id or "") or case.id)


def read_asked(path: Path) -> list[Asked]:
    """Read JSON Lines `{"question", "count"?}`; raises CasesUnreadable with the line."""
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CasesUnreadable(f"cannot read {path}: {error}", "give a UTF-8 file of JSON Lines") from error
    found = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            found.append(Asked(str(row["question"]), int(row.get("count", 1))))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            remedy = 'write lines such as {"question": "…", "count": 3}'
            raise CasesUnreadable(f"{path}:{number}: not a question with a count", remedy) from error
    return found


def ask(base: KnowledgeBase, embedder: Embedder, cases: Sequence[Case]) -> list[Outcome]:
    """Ask one case after the other, as customers do."""
    outcomes = []
    for case in cases:
        begun = time.perf_counter()
        vector = embedder.encode([case.question])[0]
        hits = tuple(base.search_vector(case.question, vector, case.lang, _DEPTH))
        outcomes.append(Outcome(case, hits, (time.perf_counter() - begun) * 1000.0))
    return outcomes


def measure(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The figures, JSON-ready; a share without any case to count is None."""
    ranks = [outcome.rank for outcome in outcomes if outcome.case.id is not None]
    refused = [outcome for outcome in outcomes if outcome.refused]
    empty = [outcome for outcome in outcomes if outcome.case.id is None]
    rightly = sum(outcome.case.id is None for outcome in refused)
    times = [outcome.milliseconds for outcome in outcomes]
    return {
        "n": len(outcomes),
        "hit_at_1": _share(sum(rank == 1 for rank in ranks), len(ranks)),
        "hit_at_3": _share(sum(rank is not None and rank <= 3 for rank in ranks), len(ranks)),
        "mrr_at_10": _share(sum(1.0 / rank for rank in ranks if rank), len(ranks)),
        "no_answer_precision": _share(rightly, len(refused)),
        "no_answer_recall": _share(rightly, len(empty)),
        "ece": calibration_error(outcomes),
        "p50_ms": round(float(np.percentile(times, 50)), 2),
        "p95_ms": round(float(np.percentile(times, 95)), 2),
        "misses": [_miss(outcome) for outcome in outcomes if not outcome.right],
    }


def calibration_error(outcomes: Sequence[Outcome]) -> float:
    """Expected calibration error of the first hit's score, over ten equal bins (0 is perfect)."""
    firsts = [(o.hits[0].score, o.hits[0].entry.id == o.case.id) for o in outcomes if o.hits]
    if not firsts:
        return 0.0
    scores = np.array([score for score, _ in firsts])
    right = np.array([was_right for _, was_right in firsts], float)
    bins = np.minimum((scores * _BINS).astype(int), _BINS - 1)
    gaps = [abs(scores[bins == b].mean() - right[bins == b].mean()) * (bins == b).sum() for b in set(bins.tolist())]
    return round(float(sum(gaps)) / len(firsts), 4)


def _share(part: float, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _miss(outcome: Outcome) -> dict[str, Any]:
    first = outcome.hits[0] if outcome.hits else None
    return {
        "question": outcome.case.question,
        "expected": outcome.case.id,
        "got": None if outcome.refused or first is None else first.entry.id,
        "nearest": first.entry.id if first else None,
        "score": round(first.score, 4) if first else None,
    }
