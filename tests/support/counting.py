"""An embedder for tests of what is encoded how often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from knowledge_base.embedding import HashingEmbedder


class Counting(HashingEmbedder):
    """Counts how often each text was encoded."""

    def __init__(self) -> None:
        super().__init__(256)
        self.times: Counter[str] = Counter()

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        self.times.update(texts)
        return super().encode(texts)
