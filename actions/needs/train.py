"""`python -m actions.needs.train`: trains the needs model on the project's own phrases and prints its figures."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_factor, cho_solve
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from sklearn.model_selection import train_test_split

from actions.fitting import Floats, feature_matrix, training_command
from actions.mood.features import BUCKETS, load_lexicon
from actions.needs.corpus import Sample, load_samples
from actions.needs.logistic import Features, fit_logistic
from actions.needs.model import Weights, balanced, save_needs
from actions.needs.rows import NEEDS
from knowledge_base.layers import load_search_embedder

LINEAR_C = 1.0
# Chosen on phrases and dialogues that the model tried had not seen (MODEL_CARD.md).
GAMMA, RIDGE, JITTER = 0.7, 0.1, 0.05
HELD_OUT = 1 / 3
BORROWED = 1500  # borrowed texts among the neighbours kept; the project's own phrases are all kept
Known = npt.NDArray[np.intp]
SIGNS = {1: 1.0, 0: -1.0, None: 0.0}


class Trainer:
    """Features of all samples, and the two models of every need."""

    def __init__(self, samples: Sequence[Sample], vectors: Floats) -> None:
        vectors = balanced(vectors)
        self.mean = vectors.mean(axis=0)
        centred = vectors - self.mean
        self.unit = centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-6)
        table = feature_matrix([s.text for s in samples], vectors, self.mean)
        width = table.shape[1] - BUCKETS
        self.features = Features(table[:, :width].toarray(), table[:, width:].tocsr())
        self.weight = np.array([sample.weight for sample in samples], np.float32)
        self.signs = np.array([[SIGNS[s.marks[need]] for need in NEEDS] for s in samples], np.float32)

    def linear(self, places: Known) -> tuple[Floats, Floats]:
        """Logistic regression of every need over vector, word lists and n-grams: weights (f, k) and bias (k,)."""
        return fit_logistic(self.features.at(places), self.signs[places], self.weight[places], LINEAR_C)

    def neighbours(self, places: Known) -> Known:
        """The samples kept as neighbours: all of the project's own among `places`, and some borrowed ones."""
        own, borrowed = places[self.weight[places] >= 1.0], places[self.weight[places] < 1.0]
        chosen = np.random.default_rng(0).permutation(borrowed)[:BORROWED]
        return np.sort(np.concatenate([own, chosen]))

    def kernel(self, places: Known, kept: Known) -> Floats:
        """Kernel ridge regression of all needs at once on the neighbours kept: coefficients, shape (m, k).

        Near in meaning to a phrase, near in verdict. A sample that says nothing of a need pulls towards neither.
        """
        near = self._near(self.unit[kept], self.unit[places])
        weighed = near * self.weight[places]
        left = (weighed @ near.T + RIDGE * self._near(self.unit[kept], self.unit[kept])).astype(np.float64)
        left[np.diag_indices(len(kept))] += JITTER
        return np.asarray(cho_solve(cho_factor(left, overwrite_a=True), weighed @ self.signs[places]), np.float32)

    def near(self, places: Known, kept: Known, coefficient: Floats) -> Floats:
        """The kernel's sums for some samples, shape (n, k)."""
        return np.asarray(self._near(self.unit[places], self.unit[kept]) @ coefficient, dtype=np.float32)

    @staticmethod
    def _near(left: Floats, right: Floats) -> Floats:
        return np.asarray(np.exp(-GAMMA * np.maximum(2.0 - 2.0 * (left @ right.T), 0.0)), np.float32)


def train_needs(samples: Sequence[Sample], vectors: Floats) -> tuple[Weights, dict[str, float]]:
    """Weights for every need, and the average precision of each on samples that were left out."""
    trainer = Trainer(samples, vectors)
    everything = np.arange(len(samples))
    seen, unseen = train_test_split(everything, test_size=HELD_OUT, random_state=1)
    tried = np.sort(unseen[trainer.weight[unseen] >= 1.0])
    kept = trainer.neighbours(seen)
    table, bias = trainer.linear(seen)
    linear = trainer.features.at(tried).sums(table) + bias
    near = trainer.near(tried, kept, trainer.kernel(seen, kept))
    blends, figures = [], {}
    for column, need in enumerate(NEEDS):
        signs = trainer.signs[tried, column]
        sums, truth = np.stack((linear[:, column], near[:, column]), axis=1)[signs != 0], signs[signs != 0] > 0
        blend = LogisticRegression(C=10.0).fit(sums, truth)
        figures[need] = round(float(average_precision_score(truth, blend.decision_function(sums))), 3)
        blends.append([*blend.coef_[0], blend.intercept_[0]])
        print(f"{need:14} average precision {figures[need]:.3f}", file=sys.stderr)
    return _weights(trainer, np.array(blends, np.float32).T), figures


def _weights(trainer: Trainer, blend: Floats) -> Weights:
    """Both models on all samples, with the blend found on those that were left out."""
    everything = np.arange(len(trainer.unit))
    kept = trainer.neighbours(everything)
    table, bias = trainer.linear(everything)
    dimension, rules = len(trainer.mean), len(load_lexicon().names)
    support = trainer.unit[kept]
    scale = np.abs(support).max(axis=1) / 127
    return Weights(
        mean=trainer.mean,
        vector=table[:dimension],
        rules=table[dimension : dimension + rules],
        grams=table[dimension + rules :],
        bias=bias,
        support=np.round(support / scale[:, None]).astype(np.int8),
        scale=scale.astype(np.float32),
        coefficient=trainer.kernel(everything, kept),
        intercept=np.zeros(len(NEEDS), np.float32),
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
    return training_command(arguments, "actions.needs.train", __doc__, load_samples, fit, load_search_embedder)


if __name__ == "__main__":
    sys.exit(main())
