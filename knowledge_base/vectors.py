"""Nearest vectors with faiss: exact for small knowledge bases, inverted lists for large ones."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

FLAT_UP_TO = 20_000
_PROBES = 24
_TRAINING_ROWS = 60_000


class FaissIndex:
    """Inner products over unit vectors (so: cosines), rows in the order they were given."""

    def __init__(self, index: Any) -> None:
        self._index = index

    @classmethod
    def build(cls, vectors: Floats, flat_up_to: int = FLAT_UP_TO, like: FaissIndex | None = None) -> FaissIndex:
        """Index the rows of `vectors` (n, d): flat up to `flat_up_to` rows, IVF above.

        The lists of `like`, an index of about as many rows, are taken over instead of being learnt again.
        """
        rows, dimension = vectors.shape
        faiss.omp_set_num_threads(os.cpu_count() or 1)
        index: Any = faiss.IndexFlatIP(dimension)
        if rows > flat_up_to and like is not None and like._lists_fit(rows):
            index = faiss.clone_index(like._index)
            index.reset()
        elif rows > flat_up_to:
            lists = max(16, int(2 * rows**0.5))
            index = faiss.IndexIVFFlat(index, dimension, lists, faiss.METRIC_INNER_PRODUCT)
            index.cp.niter = 8
            index.train(vectors[np.random.default_rng(0).permutation(rows)[:_TRAINING_ROWS]])
        index.add(vectors)
        return cls(index)

    def _lists_fit(self, rows: int) -> bool:
        return hasattr(self._index, "nlist") and 0.8 < rows / max(len(self), 1) < 1.25

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        """Length of the vectors."""
        return int(self._index.d)

    def search(self, vector: Floats, count: int) -> tuple[Ints, Floats]:
        """Rows and cosines of the `count` nearest to one vector (d,), best first."""
        count = min(count, len(self))
        if count == 0:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        if hasattr(self._index, "nprobe"):
            self._index.nprobe = _PROBES
        # One query gains nothing from more threads, and on a busy machine waits for the slowest of them.
        faiss.omp_set_num_threads(1)
        cosines, rows = self._index.search(vector.reshape(1, -1), count)
        found = rows[0] >= 0
        return rows[0][found], cosines[0][found]

    def save(self, path: Path) -> None:
        faiss.write_index(self._index, str(path))

    @classmethod
    def load(cls, path: Path) -> FaissIndex:
        """Read a saved index; raises RuntimeError when faiss refuses the file."""
        return cls(faiss.read_index(str(path)))
