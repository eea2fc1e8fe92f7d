"""`python -m actions.needs.train`: trains the needs model on the project's own phrases and prints its figures."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from sklearn.model_selection import train_test_split
from sklearn.svm import SVC

from actions.fitting import Floats, feature_matrix, training_command
from actions.mood.features import load_lexicon
from actions.needs.corpus import Sample, load_samples
from actions.needs.model import Weights, save_needs
from actions.needs.rows import NEEDS

LINEAR_C, KERNEL_C, GAMMA = 1.0, 3.0, 1.0  # chosen on the tune part of tests/bench/escalation (docs/tuning-handover.md)
HELD_OUT = 1 / 3
Known = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Machine:
    """A kernel machine of one need, and the samples it was trained on."""

    model: SVC
    places: Known

    @property
    def support(self) -> Known:
        """Places of its support vectors among all samples."""
        return np.asarray(self.places[self.model.support_])


class Trainer:
    """Features of all samples, and the two models of one need at a time."""

    def __init__(self, samples: Sequence[Sample], vectors: Floats) -> None:
        self.mean = vectors.mean(axis=0)
        centred = vectors - self.mean
        self.unit = centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-6)
        self.matrix: sparse.csr_matrix = feature_matrix([s.text for s in samples], vectors, self.mean)
        self.weight = np.array([sample.weight for sample in samples])
        self._samples = samples
        # Made once for all needs and folds: libsvm would work it out anew, without BLAS, for each (0.7 GB for 13,000).
        self._near = np.exp(-GAMMA * np.maximum(2.0 - 2.0 * (self.unit @ self.unit.T), 0.0)).astype(np.float32)

    def known(self, need: str) -> tuple[Known, npt.NDArray[np.int64]]:
        """Places of the samples that say yes or no to a need, and which it is."""
        marks = [sample.marks[need] for sample in self._samples]
        places = np.array([i for i, mark in enumerate(marks) if mark is not None])
        return places, np.array([marks[i] for i in places])

    def linear(self, places: Known, wanted: npt.NDArray[np.int64]) -> LogisticRegression:
        """Logistic regression over vector, word lists and n-grams."""
        model = LogisticRegression(C=LINEAR_C, max_iter=3000)
        return model.fit(self.matrix[places], wanted, sample_weight=self.weight[places])

    def kernel(self, places: Known, wanted: npt.NDArray[np.int64]) -> Machine:
        """A kernel machine over the vector: near in meaning to a phrase, near in verdict."""
        model = SVC(kernel="precomputed", C=KERNEL_C)
        near = self._near[np.ix_(places, places)].astype(np.float64)
        return Machine(model.fit(near, wanted, sample_weight=self.weight[places]), places)

    def sums(self, linear: LogisticRegression, machine: Machine, places: Known) -> Floats:
        """Both models' sums for some samples, shape (n, 2)."""
        weights = machine.model.dual_coef_[0].astype(np.float32)
        near = self._near[np.ix_(places, machine.support)] @ weights + machine.model.intercept_[0]
        return np.stack((linear.decision_function(self.matrix[places]), near), axis=1).astype(np.float32)

    def held_out(self, need: str) -> tuple[Known, npt.NDArray[np.int64], Floats]:
        """(places, truth, sums) of a third of the known samples, by models that did not see them: for calibration."""
        places, wanted = self.known(need)
        train, test = train_test_split(np.arange(len(places)), test_size=HELD_OUT, random_state=1, stratify=wanted)
        models = (self.linear(places[train], wanted[train]), self.kernel(places[train], wanted[train]))
        return places[test], wanted[test], self.sums(*models, places[test])


def train_needs(samples: Sequence[Sample], vectors: Floats) -> tuple[Weights, dict[str, float]]:
    """Weights for every need, and the average precision of each on samples that were left out."""
    trainer = Trainer(samples, vectors)
    linears, kernels, blends, figures = [], [], [], {}
    for need in NEEDS:
        places, truth, sums = trainer.held_out(need)
        own = trainer.weight[places] >= 1.0
        blend = LogisticRegression(C=10.0).fit(sums[own], truth[own])
        figures[need] = round(float(average_precision_score(truth[own], blend.decision_function(sums[own]))), 3)
        places, wanted = trainer.known(need)
        blends.append([*blend.coef_[0], blend.intercept_[0]])
        linears.append(trainer.linear(places, wanted))
        kernels.append(trainer.kernel(places, wanted))
        print(f"{need:14} average precision {figures[need]:.3f}", file=sys.stderr)
    return _weights(trainer, vectors.shape[1], linears, kernels, np.array(blends, np.float32).T), figures


def _weights(
    trainer: Trainer, dimension: int, linears: list[LogisticRegression], kernels: list[Machine], blend: Floats
) -> Weights:
    table = np.stack([model.coef_[0] for model in linears], axis=1).astype(np.float32)
    rules = len(load_lexicon().names)
    kept = np.unique(np.concatenate([machine.support for machine in kernels]))
    at = {int(place): row for row, place in enumerate(kept)}
    coefficient = np.zeros((len(kept), len(NEEDS)), np.float32)
    for column, machine in enumerate(kernels):
        coefficient[[at[int(place)] for place in machine.support], column] = machine.model.dual_coef_[0]
    support = trainer.unit[kept]
    scale = np.abs(support).max(axis=1) / 127
    return Weights(
        mean=trainer.mean,
        vector=table[:dimension],
        rules=table[dimension : dimension + rules],
        grams=table[dimension + rules :],
        bias=np.array([model.intercept_[0] for model in linears], np.float32),
        support=np.round(support / scale[:, None]).astype(np.int8),
        scale=scale.astype(np.float32),
        coefficient=coefficient,
        intercept=np.array([machine.model.intercept_[0] for machine in kernels], np.float32),
        gamma=np.array(GAMMA, np.float32),
        blend=blend,
    )


def fit(samples: Sequence[Sample], vectors: Floats, out: Path, facts: dict[str, object]) -> None:
    """Train on all samples, write the model to `out`."""
    weights, figures = train_needs(samples, vectors)
    facts = {**facts, "trained_on": len(samples), "average_precision": figures}
    save_needs(weights, load_lexicon().names, out, facts)
    print(f"{len(samples)} texts, {len(weights.support)} kept as neighbours")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. 0 done, 2 bad input."""
    return training_command(arguments, "actions.needs.train", __doc__, load_samples, fit)


if __name__ == "__main__":
    sys.exit(main())
