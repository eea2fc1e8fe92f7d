"""Finds the entries that answer a customer's text: dense and lexical candidates, fused and calibrated."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from knowledge_base.calibration import Calibration, default_calibration
from knowledge_base.directory import Directory
from knowledge_base.embedding import Embedder
from knowledge_base.errors import IndexForeign
from knowledge_base.index import IndexData, Scales, load_index
from knowledge_base.lexical import LexicalIndex
from knowledge_base.mending import Mender
from knowledge_base.models import Entry, Hit, Zone
from knowledge_base.overlay import Encode, Overlay, overlay
from knowledge_base.probe import rivals_of
from knowledge_base.ranking import Candidates, Query, Ranking, rank
from knowledge_base.text import detect_language, normalise, without_particles

_DENSE_ROWS = 96
_DENSE_ENTRIES, _LEXICAL_ENTRIES = 40, 24
_TRANSLATION_SUFFIX = "-en"
# The best score of words that nothing answers, such as a greeting.
_UNANSWERED_SCORE = 0.01
_LEAST_POSTERIOR = 1e-6

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Reading:
    """Hits, best first, with the text, unit vector (d,) and language that found them."""

    text: str
    vector: Floats
    lang: str | None
    hits: tuple[Hit, ...]


class KnowledgeBase:
    """An opened index. Safe to share between threads: searching changes nothing."""

    def __init__(self, data: IndexData, embedder: Embedder, calibration: Calibration | None = None) -> None:
        self._embedder = embedder
        self._calibration = calibration or default_calibration()
        self._read(data, Directory.of(data.entries), LexicalIndex(data.table))

    def _read(self, data: IndexData, places: Directory, lexical: LexicalIndex) -> None:
        self._data, self._places, self._lexical = data, places, lexical
        self._mender = Mender(lexical)
        self._dead = np.flatnonzero(~places.alive)
        rivals = rivals_of(data.refused)
        self._unanswered = {without_particles(text) for text in rivals} | {""}
        # A text stops being one that no entry answers when an entry has its words.
        unanswered = [normalise(text) not in places.exact for text in rivals]
        self._rivals: Floats = data.elsewhere[unanswered] if len(rivals) == len(data.elsewhere) else data.elsewhere

    def overlay(self, entries: Sequence[Entry], encode: Encode) -> Overlay | None:
        """What makes this knowledge base, as it was built, hold `entries`; None when building it is the better way."""
        return overlay(self._data, entries, encode)

    def with_overlay(self, change: Overlay) -> KnowledgeBase:
        """Another knowledge base over the same index with a few entries changed; this one stays as it is."""
        changed = copy(self)
        places = self._places.extended(change.added, change.dead)
        changed._read(change.laid_over(self._data), places, self._lexical.extended(change.table))
        return changed

    @classmethod
    def open(cls, index_dir: Path, embedder: Embedder, calibration: Calibration | None = None) -> KnowledgeBase:
        """Open the current index; raises IndexMissing, IndexDamaged or IndexForeign."""
        return cls(load_index(index_dir, embedder), embedder, calibration)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All indexed entries; after a change, those it took away are among them until the index is built anew."""
        return self._data.entries

    @property
    def scales(self) -> Scales:
        """How similar unrelated texts look to the index's model."""
        return self._data.scales

    @property
    def calibration(self) -> Calibration:
        """Weights and thresholds in use."""
        return self._calibration

    @property
    def content_hash(self) -> str:
        """Changes whenever an indexed entry or the model does."""
        return self._data.content_hash

    @property
    def refused(self) -> tuple[str, ...]:
        """Questions the editor has decided not to answer."""
        return self._data.refused

    def get(self, entry_id: str) -> Entry | None:
        """The entry with this id, or None."""
        position = self._places.by_id.get(entry_id)
        return None if position is None else self._data.entries[position]

    def vectors_of(self, entry_id: str) -> Floats:
        """Unit vectors (k, d) of an entry's wordings; no rows for an unknown id."""
        position = self._places.by_id.get(entry_id)
        if position is None:
            return np.zeros((0, self._data.dimension), np.float32)
        return self._data.take(np.arange(*self._places.starts[position : position + 2]))

    def search(self, text: str, lang: str | None = None, top_k: int = 5) -> list[Hit]:
        """The best entries for a text, best first. Empty text finds nothing."""
        if not text.strip():
            return []
        return self.search_vector(text, self._embedder.encode([text])[0], lang, top_k)

    def search_vector(
        self, text: str, vector: Floats, lang: str | None = None, top_k: int = 5, *, mending: bool = True
    ) -> list[Hit]:
        """Like `search`, with the text's unit vector (dimension,) already made by the same embedder.

        `mending=False` takes the text as it stands (see `read`).
        """
        return list(self.read(text, vector, lang, top_k).hits) if mending else self._hits(text, vector, lang, top_k)

    def read(self, text: str, vector: Floats, lang: str | None = None, top_k: int = 5) -> Reading:
        """The hits, and the text they are for: where it finds no sure answer, perhaps mended (退宽 read as 退款)."""
        hits = self._hits(text, vector, lang, top_k)
        sure = bool(hits) and hits[0].zone is Zone.ANSWER
        mended = None if sure or top_k < 1 else self._mender.mended(text)
        if mended is not None:
            again = self._embedder.encode([mended])[0]
            better = self._hits(mended, again, None, top_k)
            if better and better[0].score > (hits[0].score if hits else 0.0):
                return Reading(mended, again, None, tuple(better))
        return Reading(text, vector, lang, tuple(hits))

    def _hits(self, text: str, vector: Floats, lang: str | None, top_k: int) -> list[Hit]:
        if not text.strip() or top_k < 1:
            return []
        ranking = self.rank(text, vector, lang)
        scores = self._scores(text, ranking)
        order = np.argsort(-scores, kind="stable")[:top_k]
        return [self._hit(ranking, int(place), float(scores[place])) for place in order]

    def _hit(self, ranking: Ranking, place: int, score: float) -> Hit:
        entry = self._data.entries[int(ranking.positions[place])]
        zone = self._calibration.zone(score, len(entry.wordings))
        return Hit(entry, score, zone, float(ranking.dense[place]), float(ranking.lexical[place]))

    def rank(self, text: str, vector: Floats, lang: str | None = None) -> Ranking:
        """Candidates with raw scores, before calibration (which is fitted on this)."""
        vector = np.ascontiguousarray(vector, np.float32).reshape(-1)
        if vector.shape[0] != self._data.dimension:
            raise IndexForeign(
                f"the vector has {vector.shape[0]} numbers, the index {self._data.dimension}",
                "encode the text with the embedder the index was built with",
            )
        words = self._lexical.scores(text)
        words[self._dead] = 0.0
        query = Query(text, vector, lang or detect_language(text), words, self._lexical.unseen_share(text))
        found = self._candidates(query)
        return rank(query, found, self._data, self._rivals, self._calibration)

    def _scores(self, text: str, ranking: Ranking) -> npt.NDArray[np.float64]:
        """Probabilities: the calibrated one for the best entry, and the others by their odds against it."""
        if not len(ranking.positions):
            return np.zeros(0)
        best = self._calibration.probability(ranking.first)
        scores = best * np.exp(np.clip(ranking.fused - ranking.fused[0], np.log(_LEAST_POSTERIOR), 0.0))
        if without_particles(text) in self._unanswered and not ranking.exact.any():
            scores = np.minimum(scores, _UNANSWERED_SCORE * scores / max(best, 1e-9))
        certain: npt.NDArray[np.float64] = np.where(
            ranking.exact, np.maximum(scores, self._calibration.exact_score), scores
        )
        return certain

    def _candidates(self, query: Query) -> Candidates:
        places = self._places
        exact = places.exact.get(normalise(query.text), ())
        wordy = self._lexical.top(query.lexical, _LEXICAL_ENTRIES)
        near = list(dict.fromkeys(places.owners[self._near_rows(query.vector)].tolist()))[:_DENSE_ENTRIES]
        positions = np.unique(np.concatenate([np.array([*near, *exact], np.int64), wordy]))
        positions = self._without_translations(positions[places.alive[positions]], query.lang)
        sizes = places.starts[positions + 1] - places.starts[positions]
        bounds = np.cumsum(sizes) - sizes
        all_rows = np.arange(int(sizes.sum())) + np.repeat(places.starts[positions] - bounds, sizes)
        foreign = places.langs[positions] != query.lang
        return Candidates(positions, all_rows, sizes, np.isin(positions, exact), foreign)

    def _near_rows(self, vector: Floats) -> Ints:
        """Rows of the nearest wordings that count, best first: of the index, and of those laid over it."""
        vector = vector[: self._data.meaning]
        rows, cosines = self._data.faiss.search(vector, _DENSE_ROWS + min(len(self._dead), _DENSE_ROWS))
        if self._data.later is not None:
            later = self._data.later[:, : self._data.meaning] @ vector
            rows = np.concatenate([rows, len(self._data.vectors) + np.arange(len(later))])
            rows = rows[np.argsort(-np.concatenate([cosines, later]), kind="stable")]
        return rows[self._places.alive[self._places.owners[rows]]][:_DENSE_ROWS]

    def _without_translations(self, positions: Ints, lang: str) -> Ints:
        """Drop an entry of another language when its counterpart in `lang` is there too."""
        kept = []
        present = set(positions.tolist())
        for position in positions.tolist():
            entry = self._data.entries[position]
            base = entry.id.removesuffix(_TRANSLATION_SUFFIX)
            twin = self._places.by_id.get(base if entry.id != base else entry.id + _TRANSLATION_SUFFIX)
            twin_fits = twin in present and twin is not None and self._data.entries[twin].lang == lang
            if entry.lang == lang or not twin_fits:
                kept.append(position)
        return np.array(kept, np.int64)
