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
# How well an entry fits: best and mean cosine of its wordings and prototype likelihood (scaled), share of the words,
# votes of the nearest wordings, same request, other language, likeness in wording where several mean the same.
RANK_FEATURES = ("dense", "support", "lexical", "prototype", "votes", "request", "foreign", "wording")
# What the probability of the best entry is told from: its lead, its share among the candidates, some of its views, how
# near texts are that no entry answers, and how the text lies among the wordings around it. All of it is measured
# against the knowledge base itself, so that the coefficients hold in one they were not fitted on. The prototype is left
# out: it has no scale of its own, and with it a fit without bare entries refused every question of a foreign base.
VIEWS_OF_FIRST = ("dense", "support", "lexical", "votes", "request", "foreign")
SURROUNDINGS = ("isolation", "siblings", "unseen", "length", "lead", "overlap", "lexical_lead", "cosine_lead", "same")
DESCRIPTION = ("gap", "posterior", *VIEWS_OF_FIRST, "rival", "rivals", "margin", "english", *SURROUNDINGS)
# An entry without variants cannot be met as closely as one with twenty. `sparse` (0-0.5, falling with its wordings)
# therefore weighs all the others anew: without it, one fit was 14 points off in a base without variants.
FIRST_FEATURES = (*DESCRIPTION, "sparse")
_REFIT = "fit it again: python -m knowledge_base.calibrate"

Floats = npt.NDArray[np.float64]


# With fewer wordings an entry is as sparse as can be.
_FEW_WORDINGS = 2


def sparseness(wordings: int) -> float:
    """How sparse an entry is that has so many wordings: 0.5 with one or two of them, falling towards 0."""
    return 1.0 / max(wordings, _FEW_WORDINGS)


@dataclass(frozen=True)
class Calibration:
    """Weights in the order of RANK_FEATURES, logistic coefficients in that of FIRST_FEATURES, thresholds of the zones.

    `sparse_coefficients`, in the order of DESCRIPTION, are added to the others in the measure of `sparse`.
    `clarify_sparse` stands for `clarify_from` where an entry is as sparse as can be: of entries that cannot be met
    closely, even a low probability is worth a question back. `exact_score` is the probability given to a customer text
    that equals a question or variant.
    """

    rank_weights: tuple[float, ...]
    intercept: float
    coefficients: tuple[float, ...]
    sparse_coefficients: tuple[float, ...]
    exact_score: float
    answer_from: float
    clarify_from: float
    clarify_sparse: float
    fitted_with: str = ""

    def probability(self, first: Floats) -> float:
        """Chance (0–1) that the best candidate, described by `first` (len(FIRST_FEATURES),), is right."""
        weights = np.asarray(self.coefficients)
        weights[: len(DESCRIPTION)] += first[-1] * np.asarray(self.sparse_coefficients)
        logit = float(first @ weights) + self.intercept
        return float(1.0 / (1.0 + np.exp(-np.clip(logit, -30.0, 30.0))))

    def zone(self, score: float, wordings: int) -> Zone:
        """The zone a score falls into, for an entry with so many wordings."""
        if score >= self.answer_from:
            return Zone.ANSWER
        return Zone.CLARIFY if score >= self.clarify_limit(wordings) else Zone.NONE

    def clarify_limit(self, wordings: int) -> float:
        """The score (0-1) below which an entry with so many wordings is no answer."""
        share = sparseness(wordings) / sparseness(1)
        return self.clarify_from + share * (self.clarify_sparse - self.clarify_from)

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self), ensure_ascii=False, indent=2) + "\n", "utf-8")

    @classmethod
    def load(cls, path: Path) -> Calibration:
        """Read and check a coefficients file; raises CalibrationDamaged."""
        try:
            data = json.loads(path.read_text("utf-8"))
            numbers = {f.name: float(data[f.name]) for f in fields(cls) if f.type == "float"}
            coefficients = tuple(float(value) for value in data["coefficients"])
            sparse = tuple(float(value) for value in data["sparse_coefficients"])
            weights = tuple(float(value) for value in data["rank_weights"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CalibrationDamaged(f"cannot read the calibration {path}: {error!r}", _REFIT) from error
        origin = str(data.get("fitted_with", ""))
        made = cls(
            rank_weights=weights,
            coefficients=coefficients,
            sparse_coefficients=sparse,
            fitted_with=origin,
            **numbers,
        )
        sizes = len(weights), len(coefficients), len(sparse)
        wanted = len(RANK_FEATURES), len(FIRST_FEATURES), len(DESCRIPTION)
        limits = 0.0 < made.clarify_from <= made.answer_from <= 1.0 and 0.0 < made.clarify_sparse <= made.answer_from
        if sizes != wanted or not limits:
            raise CalibrationDamaged(f"{path}: wrong number of coefficients or thresholds out of order", _REFIT)
        return made


@lru_cache(maxsize=1)
def default_calibration() -> Calibration:
    """The calibration that ships in the package."""
    return Calibration.load(DEFAULT_FILE)
