"""Reads off the shared encoding what a message calls for; word lists miss wordings, nearness in meaning does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from actions.arrays import ArraysDamaged, load_arrays, save_arrays
from actions.mood.features import (
    RULE_SCALE,
    VECTOR_SCALE,
    gram_buckets,
    gram_weight,
    load_lexicon,
    read_rules,
)
from actions.needs.errors import NeedsModelError
from actions.needs.rows import NEEDS
from actions.neighbours import Neighbours, balanced

Floats = npt.NDArray[np.float32]
SHIPPED = Path(__file__).parent
WEIGHTS, CARD = "model.npz", "model.json"
ARRAYS = (
    "mean", "vector", "rules", "grams", "bias", "support", "scale", "coefficient", "intercept", "gamma", "blend"
)  # fmt: skip
Needs = dict[str, float]


@dataclass(frozen=True)
class Weights:
    """Two views of a text and how they are weighed, for k needs.

    Linear, as in the mood head: mean (d,), vector (d, k), rules (r, k), grams (buckets, k), bias (k,).
    Kernel: support (m, d) int8 and scale (m,) are the phrases kept, coefficient (m, k), intercept (k,), gamma ().
    blend (3, k): weight of the linear sum, of the kernel sum, and a constant, together a calibrated logit.
    """

    mean: Floats
    vector: Floats
    rules: Floats
    grams: Floats
    bias: Floats
    support: npt.NDArray[np.int8]
    scale: Floats
    coefficient: Floats
    intercept: Floats
    gamma: Floats
    blend: Floats


class NeedsModel:
    """Chances (0–1) of each need in NEEDS, from the vector the search already made."""

    def __init__(self, weights: Weights, rule_names: Sequence[str], encoder: str = "") -> None:
        self._lexicon = load_lexicon()
        if tuple(rule_names) != self._lexicon.names:
            raise NeedsModelError(SHIPPED / CARD, "was trained with other word lists than actions/mood/lexicon.yml")
        self._weights = weights
        parts = (weights.support, weights.scale, weights.coefficient, weights.gamma)
        self._neighbours = Neighbours(weights.mean, *parts)
        self.encoder = encoder

    @classmethod
    def load(cls, folder: Path = SHIPPED) -> NeedsModel:
        """Read model.npz and model.json. Raises NeedsModelError when they are absent, damaged or of another make."""
        try:
            arrays, card = load_arrays(folder / WEIGHTS, folder / CARD, ARRAYS)
        except ArraysDamaged as error:
            raise NeedsModelError(error.path, error.message) from error
        if card.get("format") != 1 or card.get("needs") != list(NEEDS):
            raise NeedsModelError(folder / CARD, "describes a model of another version")
        kept: dict[str, Any] = {name: a if name == "support" else a.astype(np.float32) for name, a in arrays.items()}
        return cls(Weights(**kept), card.get("rules") or (), str(card.get("encoder")))

    @property
    def dimension(self) -> int:
        """Length of the vectors this model reads."""
        return int(self._weights.mean.shape[0])

    def read(self, texts: Sequence[str], vectors: Floats) -> list[Needs]:
        """One dict need → chance per text; an empty text needs nothing. vectors: (n, dimension), unit length."""
        if not texts:
            return []
        array = balanced(vectors)
        centred, near = array - self._weights.mean, self._neighbours.sums(array) + self._weights.intercept
        linear = np.stack([self._linear(text, row) for text, row in zip(texts, centred, strict=True)])
        blend = self._weights.blend
        logits = np.clip(linear * blend[0] + near * blend[1] + blend[2], -30, 30)
        chances = 1.0 / (1.0 + np.exp(-logits))
        return [
            {name: round(float(chance), 4) if text.strip() else 0.0 for name, chance in zip(NEEDS, row, strict=True)}
            for text, row in zip(texts, chances, strict=True)
        ]

    def _linear(self, text: str, centred: Floats) -> Floats:
        weights, buckets = self._weights, gram_buckets(text)
        raw = centred * VECTOR_SCALE @ weights.vector + weights.bias
        raw = raw + read_rules(text, self._lexicon).values * RULE_SCALE @ weights.rules
        if len(buckets):
            raw = raw + weights.grams[buckets].sum(axis=0) * gram_weight(len(buckets))
        return np.asarray(raw, dtype=np.float32)


def save_needs(weights: Weights, rule_names: Sequence[str], folder: Path, facts: dict[str, Any]) -> None:
    """Write the model: half floats, support vectors in eight bits."""
    arrays = {
        name: value if value.dtype == np.int8 else value.astype(np.float16)
        for name, value in ((name, getattr(weights, name)) for name in ARRAYS)
    }
    card = {"format": 1, "dimension": int(weights.mean.shape[0]), "needs": list(NEEDS), "rules": list(rule_names)}
    save_arrays(folder / WEIGHTS, folder / CARD, arrays, {**card, **facts})
