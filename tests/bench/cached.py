"""An embedder that remembers on disk what it has encoded: a bench that was interrupted goes on where it stopped."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from knowledge_base.embedding import Embedder
from knowledge_base.folding import fold
from knowledge_base.layers import meaning_dimension

Vectors = npt.NDArray[np.float32]
_BATCH = 256


class CachedEmbedder:
    """Wraps an embedder; vectors are kept as float16 under `folder`, one file for each model."""

    def __init__(self, inner: Embedder, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._inner = inner
        self.name, self.dimension = inner.name, inner.dimension
        self.meaning_dimension = meaning_dimension(inner)
        self._store = sqlite3.connect(folder / f"{hashlib.sha256(inner.name.encode()).hexdigest()[:12]}.db")
        self._store.execute("CREATE TABLE IF NOT EXISTS vectors (text TEXT PRIMARY KEY, vector BLOB NOT NULL)")

    def encode(self, texts: Sequence[str], progress: Callable[[int, int], None] | None = None) -> Vectors:
        """Unit vectors (n, d), float32; texts not yet kept are encoded by length in batches and kept at once."""
        keys = [fold(text) for text in texts]
        known = self._known(keys)
        missing = sorted(set(keys) - known.keys(), key=len)
        for start in range(0, len(missing), _BATCH):
            batch = missing[start : start + _BATCH]
            halves = self._inner.encode(batch).astype(np.float16)
            with self._store:
                rows = [(text, half.tobytes()) for text, half in zip(batch, halves, strict=True)]
                self._store.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)
            known.update(zip(batch, halves, strict=True))
            if progress:
                progress(start + len(batch), len(missing))
        if not keys:
            return np.zeros((0, self.dimension), np.float32)
        vectors: Vectors = np.stack([known[key] for key in keys]).astype(np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def _known(self, keys: Sequence[str]) -> dict[str, npt.NDArray[np.float16]]:
        found: dict[str, npt.NDArray[np.float16]] = {}
        for start in range(0, len(keys), 500):
            part = list(dict.fromkeys(keys[start : start + 500]))
            marks = ",".join("?" * len(part))
            rows = self._store.execute(f"SELECT text, vector FROM vectors WHERE text IN ({marks})", part)
            found.update((text, np.frombuffer(blob, np.float16)) for text, blob in rows)
        return found
