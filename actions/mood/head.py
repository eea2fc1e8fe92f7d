"""The trained head as a file: logistic weights over vector, rules and n-grams, checked against damage when read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from actions.arrays import ArraysDamaged, load_arrays, save_arrays
from actions.mood.errors import MoodModelDamaged
from actions.mood.features import BUCKETS
from actions.neighbours import Neighbours

Floats = npt.NDArray[np.float32]

SHIPPED = Path(__file__).parent
WEIGHTS, CARD = "head.npz", "head.json"
OUTPUTS = ("anger1", "anger2", "anger3", "bad1", "bad2", "good1", "good2", "urgent1", "urgent2", "other")
_REMEDY = "restore actions/mood/head.npz and head.json from the repository, or retrain: python -m actions.mood.train"


@dataclass(frozen=True)
class Head:
    """One logistic output per name in OUTPUTS.

    mean: (d,) what is taken off each vector. vector: (d, k), rules: (r, k), grams: (BUCKETS, k) weights, bias: (k,).
    slope, shift: (k,) calibration of the raw sums, so that each output is a probability.
    near: training messages, in both layers of the encoder. blend: (3, k) weight of the raw sum, of the neighbours' sum,
    and a constant: the calibration where both layers are there.
    """

    mean: Floats
    vector: Floats
    rules: Floats
    grams: Floats
    bias: Floats
    slope: Floats
    shift: Floats
    near: Neighbours
    blend: Floats
    encoder: str
    rule_names: tuple[str, ...]

    @property
    def dimension(self) -> int:
        """Length of the vectors this head was trained for."""
        return int(self.mean.shape[0])


_ARRAYS = ("mean", "vector", "rules", "grams", "bias", "slope", "shift", "blend")
_NEAR = ("mean", "support", "scale", "coefficient", "gamma")


def save_head(head: Head, folder: Path, facts: Mapping[str, Any]) -> None:
    """Write head.npz (half floats) and head.json (size, SHA-256, encoder, figures)."""
    card = {
        "format": 2,
        "encoder": head.encoder,
        "dimension": head.dimension,
        "outputs": list(OUTPUTS),
        "rules": list(head.rule_names),
        **facts,
    }
    arrays = {name: getattr(head, name).astype(np.float16) for name in _ARRAYS}
    for name in _NEAR:
        values = getattr(head.near, name)
        arrays[f"near_{name}"] = values if values.dtype == np.int8 else values.astype(np.float16)
    save_arrays(folder / WEIGHTS, folder / CARD, arrays, card)


def load_head(folder: Path = SHIPPED) -> Head:
    """Read and check the head. Raises MoodModelDamaged when a file is absent, cut short, changed or of another make."""
    path = folder / WEIGHTS
    try:
        arrays, card = load_arrays(path, folder / CARD, (*_ARRAYS, *(f"near_{name}" for name in _NEAR)))
    except ArraysDamaged as error:
        raise MoodModelDamaged(error.path, error.message, _REMEDY) from error
    if card.get("format") != 2 or card.get("outputs") != list(OUTPUTS):
        raise MoodModelDamaged(folder / CARD, "describes a head of another version", _REMEDY)
    parts: dict[str, Any] = {name: a if a.dtype == np.int8 else a.astype(np.float32) for name, a in arrays.items()}
    near = Neighbours(**{name: parts.pop(f"near_{name}") for name in _NEAR})
    head = Head(encoder=str(card.get("encoder")), rule_names=tuple(card.get("rules") or ()), near=near, **parts)
    _check_shapes(head, path)
    return head


def _check_shapes(head: Head, path: Path) -> None:
    outputs = len(OUTPUTS)
    wanted: Sequence[tuple[str, tuple[int, ...]]] = (
        ("vector", (head.mean.shape[0], outputs)),
        ("rules", (len(head.rule_names), outputs)),
        ("grams", (BUCKETS, outputs)),
        ("bias", (outputs,)),
        ("slope", (outputs,)),
        ("shift", (outputs,)),
        ("blend", (3, outputs)),
    )
    for name, shape in wanted:
        if getattr(head, name).shape != shape:
            raise MoodModelDamaged(path, f"`{name}` has shape {getattr(head, name).shape}, not {shape}", _REMEDY)
