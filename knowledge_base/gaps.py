"""Groups questions that had no good answer by meaning, so that an editor sees what to write next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from knowledge_base.index import Floats
from knowledge_base.models import Hit
from knowledge_base.search import KnowledgeBase
from knowledge_base.text import normalise

# Cosine to the middle of a group, in spreads above that of unrelated texts.
_SAME_MEANING = 3.0


class Vectors(Protocol):
    """Gives unit vectors (n, d) of texts, such as `rehearsal.TextVectors`."""

    def of(self, texts: Sequence[str]) -> Floats: ...


@dataclass(frozen=True)
class Asked:
    """A question and how often it was asked."""

    question: str
    count: int = 1


@dataclass(frozen=True)
class Gap:
    """Questions of one meaning: how often asked in all, the wordings (commonest first) and the nearest entry."""

    count: int
    wordings: tuple[Asked, ...]
    nearest: Hit | None

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        hit = self.nearest
        nearest = {"id": hit.entry.id, "question": hit.entry.question, "score": round(hit.score, 4)} if hit else None
        questions = [{"question": asked.question, "count": asked.count} for asked in self.wordings]
        return {"count": self.count, "questions": questions, "nearest": nearest}


@dataclass
class _Group:
    members: list[Asked] = field(default_factory=list)
    total: Floats | None = None

    def add(self, asked: Asked, vector: Floats) -> None:
        self.members.append(asked)
        weighted = vector * np.float32(asked.count)
        self.total = weighted if self.total is None else self.total + weighted


def group_gaps(questions: Sequence[Asked], base: KnowledgeBase, vectors_of: Vectors) -> list[Gap]:
    """Gaps, most asked first. Texts that differ only in spaces and punctuation count as one wording."""
    merged = _merged(questions)
    if not merged:
        return []
    vectors = vectors_of.of([asked.question for asked in merged])
    threshold = base.scales.zh.mean + _SAME_MEANING * base.scales.zh.spread
    groups: list[_Group] = []
    for asked, vector in zip(merged, vectors, strict=True):
        _nearest_group(groups, vector, threshold).add(asked, vector)
    gaps = [_gap(group, base) for group in groups]
    return sorted(gaps, key=lambda gap: -gap.count)


def _merged(questions: Sequence[Asked]) -> list[Asked]:
    counts: dict[str, int] = {}
    shown: dict[str, str] = {}
    for asked in questions:
        key = normalise(asked.question)
        if key:
            counts[key] = counts.get(key, 0) + max(asked.count, 1)
            shown.setdefault(key, " ".join(asked.question.split()))
    ordered = sorted(counts, key=lambda key: -counts[key])
    return [Asked(shown[key], counts[key]) for key in ordered]


def _nearest_group(groups: list[_Group], vector: Floats, threshold: float) -> _Group:
    """The group whose middle is nearest, or a new one that is appended to `groups`."""
    middles = [group.total for group in groups if group.total is not None]
    if middles:
        stacked = np.stack(middles)
        cosines = stacked @ vector / np.linalg.norm(stacked, axis=1)
        best = int(cosines.argmax())
        if cosines[best] >= threshold:
            return groups[best]
    groups.append(_Group())
    return groups[-1]


def _gap(group: _Group, base: KnowledgeBase) -> Gap:
    members = sorted(group.members, key=lambda asked: -asked.count)
    nearest: Hit | None = None
    if group.total is not None:
        middle = group.total / np.linalg.norm(group.total)
        hits = base.search_vector(members[0].question, middle.astype(np.float32), top_k=1)
        nearest = hits[0] if hits else None
    return Gap(sum(asked.count for asked in members), tuple(members), nearest)
