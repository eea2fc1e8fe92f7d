"""Small trained models as two files, weights and a card with their checksum, so that damage never passes unseen."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Arrays = dict[str, npt.NDArray[Any]]


class ArraysDamaged(Exception):
    """A file is absent, cut short, changed or of another make. `path` is the file, `message` what is wrong with it."""

    def __init__(self, path: Path, message: str) -> None:
        self.path = path
        self.message = message
        super().__init__(f"{path}: {message}")


def save_arrays(weights: Path, card: Path, arrays: Mapping[str, npt.NDArray[Any]], facts: Mapping[str, Any]) -> None:
    """Write the arrays, compressed, and a JSON card with the facts, the size and the SHA-256 of the weights."""
    buffer = io.BytesIO()
    parts: dict[str, Any] = dict(arrays)  # the stub takes the first keyword for `allow_pickle`
    np.savez_compressed(buffer, **parts)
    data = buffer.getvalue()
    facts = {**facts, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    weights.write_bytes(data)
    card.write_text(json.dumps(facts, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def load_arrays(weights: Path, card: Path, names: Sequence[str]) -> tuple[Arrays, dict[str, Any]]:
    """The named arrays and the facts of the card. Raises ArraysDamaged."""
    facts = _facts(card)
    try:
        data = weights.read_bytes()
    except OSError as error:
        raise ArraysDamaged(weights, f"cannot be read ({error.strerror})") from error
    if len(data) != facts.get("size"):
        raise ArraysDamaged(weights, f"has {len(data)} bytes instead of {facts.get('size')}")
    if hashlib.sha256(data).hexdigest() != facts.get("sha256"):
        raise ArraysDamaged(weights, f"does not match the checksum in {card.name}")
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            return {name: np.asarray(arrays[name]) for name in names}, facts
    except (KeyError, ValueError, OSError, zipfile.BadZipFile) as error:
        raise ArraysDamaged(weights, f"holds no usable weights ({error})") from error


def _facts(card: Path) -> dict[str, Any]:
    try:
        facts = json.loads(card.read_text(encoding="utf-8"))
    except OSError as error:
        raise ArraysDamaged(card, f"cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise ArraysDamaged(card, f"is not valid JSON ({error})") from error
    if not isinstance(facts, dict):
        raise ArraysDamaged(card, "does not describe a model")
    return facts
