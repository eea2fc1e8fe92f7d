"""Shows an editor why a search found what it found: every view with its weight, and the wording that came nearest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from knowledge_base.calibration import FIRST_FEATURES, RANK_FEATURES
from knowledge_base.index import Floats
from knowledge_base.models import Hit
from knowledge_base.search import KnowledgeBase
from knowledge_base.text import detect_language

Encode = Callable[[Sequence[str]], Floats]
# Only the first entries' wordings are encoded once more, to name the nearest of them.
_NAMED = 5


@dataclass(frozen=True)
class Explained:
    """A hit with its `views` (RANK_FEATURES), what each adds to its sum, and its wording nearest to the text."""

    hit: Hit
    exact: bool
    views: dict[str, float]
    weighted: dict[str, float]
    nearest: str
    cosine: float

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        entry = self.hit.entry
        return {
            "id": entry.id,
            "question": entry.question,
            "lang": entry.lang,
            "path": entry.path,
            "line": entry.line,
            "score": round(self.hit.score, 4),
            "zone": self.hit.zone.value,
            "dense": round(self.hit.dense, 4),
            "lexical": round(self.hit.lexical, 4),
            "exact": self.exact,
            "views": self.views,
            "weighted": self.weighted,
            "nearest": self.nearest,
            "cosine": round(self.cosine, 4),
        }


@dataclass(frozen=True)
class Explanation:
    """Hits best first; `first` (FIRST_FEATURES) is what the probability of the best one is told from.

    `read_as` is the text as it was searched when it was mended (退宽 as 退款), else None.
    """

    lang: str
    hits: tuple[Explained, ...]
    first: dict[str, float]
    answer_from: float
    clarify_from: float
    read_as: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "lang": self.lang,
            "read_as": self.read_as,
            "answer_from": self.answer_from,
            "clarify_from": self.clarify_from,
            "first": self.first,
            "hits": [hit.to_dict() for hit in self.hits],
        }


def explain(base: KnowledgeBase, encode: Encode, text: str, lang: str | None = None, top_k: int = 5) -> Explanation:
    """What a customer's `text` finds, and why. Empty text finds nothing."""
    lang = lang or detect_language(text)
    limits = base.calibration.answer_from, base.calibration.clarify_from
    if not text.strip():
        return Explanation(lang, (), {}, *limits)
    reading = base.read(text, encode([text])[0], lang, top_k)
    read_as = None if reading.text == text else reading.text
    vector, lang = reading.vector, reading.lang or detect_language(reading.text)
    ranking = base.rank(reading.text, vector, lang)
    places = {base.entries[int(position)].id: row for row, position in enumerate(ranking.positions)}
    weights = np.asarray(base.calibration.rank_weights)
    explained = []
    for number, hit in enumerate(reading.hits):
        row = places[hit.entry.id]
        nearest, cosine = _nearest(hit, vector, encode) if number < _NAMED else ("", hit.dense)
        views = ranking.views[row]
        explained.append(
            Explained(
                hit=hit,
                exact=bool(ranking.exact[row]),
                views=_named(RANK_FEATURES, views),
                weighted=_named(RANK_FEATURES, views * weights),
                nearest=nearest,
                cosine=cosine,
            )
        )
    return Explanation(lang, tuple(explained), _named(FIRST_FEATURES, ranking.first), *limits, read_as)


def _nearest(hit: Hit, vector: Floats, encode: Encode) -> tuple[str, float]:
    cosines = encode(hit.entry.wordings) @ vector
    best = int(cosines.argmax())
    return hit.entry.wordings[best], float(cosines[best])


def _named(names: Sequence[str], values: Any) -> dict[str, float]:
    return {name: round(float(value), 4) for name, value in zip(names, values, strict=True)}
