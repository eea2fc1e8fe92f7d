"""Nearness in meaning to texts that are kept: what both small models add to their linear sums."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
LAYER = 384  # numbers that one layer of the default encoder gives
_LEAST = 1e-6


def balanced(vectors: npt.NDArray[Any]) -> Floats:
    """The vectors (n, d) with each of their layers at unit length.

    A search that puts two layers into one vector weighs them as suits it; here both count alike.
    """
    array = np.nan_to_num(np.asarray(vectors, dtype=np.float32))
    layers = array.shape[1] // LAYER if array.shape[1] % LAYER == 0 else 1
    parts = array.reshape(len(array), layers, -1)
    lengths = np.maximum(np.linalg.norm(parts, axis=2, keepdims=True), _LEAST)
    return np.asarray((parts / lengths).reshape(array.shape), dtype=np.float32)


def directions(vectors: Floats, mean: Floats) -> Floats:
    """Unit vectors of what distinguishes balanced `vectors` (n, d) from their `mean` (d,)."""
    centred = vectors - mean
    return np.asarray(centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), _LEAST), dtype=np.float32)


def nearness(left: Floats, right: Floats, gamma: float) -> Floats:
    """exp(−gamma · squared distance) of unit vectors (n, d) and (m, d), shape (n, m)."""
    return np.asarray(np.exp(-gamma * np.maximum(2.0 - 2.0 * (left @ right.T), 0.0)), dtype=np.float32)


@dataclass(frozen=True)
class Neighbours:
    """m kept texts, k outputs. mean (d,), support (m, d) in eight bits, scale (m,), coefficient (m, k), gamma ()."""

    mean: Floats
    support: npt.NDArray[np.int8]
    scale: Floats
    coefficient: Floats
    gamma: Floats

    @classmethod
    def of(cls, mean: Floats, support: Floats, coefficient: Floats, gamma: float) -> Neighbours:
        """From unit vectors `support`, shape (m, d), float32."""
        scale = np.abs(support).max(axis=1) / 127
        small = np.round(support / scale[:, None]).astype(np.int8)
        return cls(mean, small, scale.astype(np.float32), coefficient, np.array(gamma, np.float32))

    @cached_property
    def _unit(self) -> Floats:
        return self.support.astype(np.float32) * self.scale[:, None]

    def sums(self, vectors: Floats) -> Floats:
        """What the neighbours say of balanced vectors (n, d), shape (n, k)."""
        near = nearness(directions(vectors, self.mean), self._unit, float(self.gamma))
        return np.asarray(near @ self.coefficient, dtype=np.float32)
