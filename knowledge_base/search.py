"""Finds the entries that answer a customer's text: dense and lexical candidates, fused and calibrated."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from knowledge_base.calibration import FEATURES, Calibration, default_calibration
from knowledge_base.embedding import Embedder
from knowledge_base.errors import IndexForeign
from knowledge_base.index import IndexData, load_index
from knowledge_base.lexical import LexicalIndex
from knowledge_base.models import Entry, Hit
from knowledge_base.text import detect_language, normalise

_DENSE_ROWS = 96
_LEXICAL_ENTRIES = 48
_TRANSLATION_SUFFIX = "-en"

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Ranking:
    """Candidates best first: positions of entries, and beside them their scores and logistic features."""

    positions: Ints
    dense: Floats
    lexical: Floats
    exact: npt.NDArray[np.bool_]
    features: npt.NDArray[np.float64]


class KnowledgeBase:
    """An opened index. Safe to share between threads: searching changes nothing."""

    def __init__(self, data: IndexData, embedder: Embedder, calibration: Calibration | None = None) -> None:
        self._data = data
        self._embedder = embedder
        self._calibration = calibration or default_calibration()
        self._lexical = LexicalIndex(data.table)
        self._owners = data.owners
        counts = np.array([len(entry.wordings) for entry in data.entries], np.int64)
        self._starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
        self._by_id = {entry.id: position for position, entry in enumerate(data.entries)}
        self._langs = np.array([entry.lang for entry in data.entries])
        self._exact: dict[str, list[int]] = {}
        for position, entry in enumerate(data.entries):
            for key in {normalise(text) for text in entry.wordings} - {""}:
                self._exact.setdefault(key, []).append(position)

    @classmethod
    def open(cls, index_dir: Path, embedder: Embedder, calibration: Calibration | None = None) -> KnowledgeBase:
        """Open the current index; raises IndexMissing, IndexDamaged or IndexForeign."""
        return cls(load_index(index_dir, embedder), embedder, calibration)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All indexed entries."""
        return self._data.entries

    @property
    def content_hash(self) -> str:
        """Changes whenever an indexed entry or the model does."""
        return self._data.content_hash

    def get(self, entry_id: str) -> Entry | None:
        """The entry with this id, or None."""
        position = self._by_id.get(entry_id)
        return None if position is None else self._data.entries[position]

    def search(self, text: str, lang: str | None = None, top_k: int = 5) -> list[Hit]:
        """The best entries for a text, best first. Empty text finds nothing."""
        if not text.strip():
            return []
        return self.search_vector(text, self._embedder.encode([text])[0], lang, top_k)

    def search_vector(self, text: str, vector: Floats, lang: str | None = None, top_k: int = 5) -> list[Hit]:
        """Like `search`, with the text's unit vector (dimension,) already made by the same embedder."""
        if not text.strip() or top_k < 1:
            return []
        ranking = self.rank(text, vector, lang)
        scores = self._calibration.probabilities(ranking.features)
        scores = np.where(ranking.exact, np.maximum(scores, self._calibration.exact_score), scores)
        order = np.argsort(-scores, kind="stable")[:top_k]
        return [
            Hit(
                entry=self._data.entries[int(ranking.positions[place])],
                score=float(scores[place]),
                zone=self._calibration.zone(float(scores[place])),
                dense=float(ranking.dense[place]),
                lexical=float(ranking.lexical[place]),
            )
            for place in order
        ]

    def rank(self, text: str, vector: Floats, lang: str | None = None) -> Ranking:
        """Candidates with raw scores, before calibration (which is fitted on this)."""
        vector = np.ascontiguousarray(vector, np.float32).reshape(-1)
        if vector.shape[0] != self._data.faiss.dimension:
            raise IndexForeign(
                f"the vector has {vector.shape[0]} numbers, the index {self._data.faiss.dimension}",
                "encode the text with the embedder the index was built with",
            )
        lang = lang or detect_language(text)
        lexical_all = self._lexical.scores(text)
        rows, _ = self._data.faiss.search(vector, _DENSE_ROWS)
        exact = self._exact.get(normalise(text), [])
        wordy = self._lexical.top(lexical_all, _LEXICAL_ENTRIES)
        positions = np.unique(np.concatenate([self._owners[rows], wordy, np.array(exact, np.int64)]))
        positions = self._without_translations(positions, lang)
        return self._score(positions, vector, lexical_all, np.isin(positions, exact), lang)

    def _without_translations(self, positions: Ints, lang: str) -> Ints:
        """Drop an entry of another language when its counterpart in `lang` is there too."""
        kept = []
        present = set(positions.tolist())
        for position in positions.tolist():
            entry = self._data.entries[position]
            base = entry.id.removesuffix(_TRANSLATION_SUFFIX)
            twin = self._by_id.get(base if entry.id != base else entry.id + _TRANSLATION_SUFFIX)
            twin_fits = twin in present and twin is not None and self._data.entries[twin].lang == lang
            if entry.lang == lang or not twin_fits:
                kept.append(position)
        return np.array(kept, np.int64)

    def _score(
        self, positions: Ints, vector: Floats, lexical_all: Floats, exact: npt.NDArray[np.bool_], lang: str
    ) -> Ranking:
        if not len(positions):
            return Ranking(positions, *_EMPTY, exact, np.zeros((0, len(FEATURES))))
        starts, sizes = self._starts[positions], self._starts[positions + 1] - self._starts[positions]
        bounds = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)[:-1]])
        rows = np.arange(sizes.sum()) + np.repeat(starts - bounds, sizes)
        cosines = self._data.vectors[rows] @ vector
        dense = np.maximum.reduceat(cosines, bounds)
        lexical = lexical_all[positions]
        scales, weights = self._data.scales, self._calibration
        foreign = self._langs[positions] != lang
        mean = np.where(foreign, scales.mixed.mean, scales.of(lang).mean)
        spread = np.where(foreign, scales.mixed.spread, scales.of(lang).spread)
        scaled = (dense - mean) / spread
        support = (np.add.reduceat(cosines, bounds) / sizes - mean) / spread
        rival = float((self._data.elsewhere @ vector).max(initial=-1.0))
        elsewhere = (rival - mean) / spread
        fused = scaled + weights.lexical_weight * lexical + weights.support_weight * support
        fused = fused - weights.foreign_penalty * foreign
        order = np.lexsort((-fused, ~exact))
        features = np.stack(
            [fused, _gaps(fused), scaled, lexical, support, foreign, elsewhere, scaled - elsewhere], axis=1
        )
        return Ranking(positions[order], dense[order], lexical[order], exact[order], features[order])


_EMPTY = (np.zeros(0, np.float32), np.zeros(0, np.float32))


def _gaps(fused: Floats) -> Floats:
    """For each candidate, its lead over the best other one; negative for all but the first."""
    if len(fused) < 2:
        return np.full(len(fused), 3.0)
    first, second = np.sort(fused)[::-1][:2]
    gaps: Floats = np.where(fused == first, first - second, fused - first).astype(np.float32)
    return gaps
