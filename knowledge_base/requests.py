"""Recognises what a text asks for (how long, cancel, exchange …) apart from the thing it speaks of."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from knowledge_base.folding import fold

Flags = npt.NDArray[np.float32]


def agreement(text: str, wordings: Sequence[str]) -> float:
    """For each request `text` makes, the share (0–1) of wordings that make it too; summed over the requests."""
    asked = _requests(text)
    if not asked.any():
        return 0.0
    return float(np.mean([_requests(wording) for wording in wordings], axis=0) @ asked)


@lru_cache(maxsize=65_536)
def _requests(text: str) -> Flags:
    folded = fold(text).lower()
    return np.array([bool(pattern.search(folded)) for pattern in _patterns()], np.float32)


@lru_cache(maxsize=1)
def _patterns() -> tuple[re.Pattern[str], ...]:
    lines = Path(__file__).with_name("requests.txt").read_text("utf-8").splitlines()
    return tuple(re.compile(line) for line in lines if line and not line.startswith("#"))
