"""Turns raw search scores into the probability that an answer is right, and that into three zones."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from knowledge_base.errors import CalibrationDamaged
from knowledge_base.models import Zone

DEFAULT_FILE = Path(__file__).with_name("calibration.json")
FEATURES = ("fused", "gap", "dense", "lexical", "support", "foreign", "elsewhere", "lead")
_REFIT = "fit it again: python -m knowledge_base.calibrate"

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Calibration:
    """Fusion weights, logistic coefficients in the order of FEATURES, and the thresholds of the zones.

    `lexical_weight`, `support_weight`, `foreign_penalty` are in standard deviations of unrelated cosines.
    `exact_score` is the probability given to a customer text that equals a question or variant.
    """

    lexical_weight: float
    support_weight: float
    foreign_penalty: float
    intercept: float
    coefficients: tuple[float, ...]
    exact_score: float
    answer_from: float
    clarify_from: float
    fitted_with: str = ""

    def probabilities(self, features: Floats) -> Floats:
        """Shape (n, len(FEATURES)) to (n,), each in 0–1."""
        logits = features @ np.asarray(self.coefficients) + self.intercept
        chances: Floats = 1.0 / (1.0 + np.exp(-np.clip(logits, -30.0, 30.0)))
        return chances

    def zone(self, score: float) -> Zone:
        """The zone a score falls into."""
        if score >= self.answer_from:
            return Zone.ANSWER
        return Zone.CLARIFY if score >= self.clarify_from else Zone.NONE

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self), ensure_ascii=False, indent=2) + "\n", "utf-8")

    @classmethod
    def load(cls, path: Path) -> Calibration:
        """Read and check a coefficients file; raises CalibrationDamaged."""
        try:
            data = json.loads(path.read_text("utf-8"))
            numbers = {f.name: float(data[f.name]) for f in fields(cls) if f.type == "float"}
            coefficients = tuple(float(value) for value in data["coefficients"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CalibrationDamaged(f"cannot read the calibration {path}: {error!r}", _REFIT) from error
        made = cls(**numbers, coefficients=coefficients, fitted_with=str(data.get("fitted_with", "")))
        if len(coefficients) != len(FEATURES) or not 0.0 < made.clarify_from <= made.answer_from <= 1.0:
            raise CalibrationDamaged(f"{path}: wrong number of coefficients or thresholds out of order", _REFIT)
        return made


@lru_cache(maxsize=1)
def default_calibration() -> Calibration:
    """The calibration that ships in the package."""
    return Calibration.load(DEFAULT_FILE)
