"""`python -m actions.needs.train`: trains the needs model on the project's own phrases and prints its figures."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from sklearn.model_selection import train_test_split

from actions.fitting import Floats, feature_matrix, fit_neighbours, training_command
from actions.mood.features import BUCKETS, load_lexicon
from actions.needs.corpus import Sample, load_samples
from actions.needs.logistic import Features, fit_logistic
from actions.needs.model import Weights, save_needs
from actions.needs.rows import NEEDS
from actions.neighbours import Neighbours, balanced, directions
from knowledge_base.layers import load_search_embedder

LINEAR_C = 1.0
# Chosen on phrases and dialogues that the model tried had not seen (MODEL_CARD.md).
GAMMA, RIDGE = 0.7, 0.1
HELD_OUT = 1 / 3
# Texts kept as neighbours, drawn by lot: of the project's own and of the borrowed. All of them would be two tenths of
# a point better (MODEL_CARD.md) and take twice the time in each turn.
OWN, BORROWED = 7000, 1500
Known = npt.NDArray[np.intp]
SIGNS = {1: 1.0, 0: -1.0, None: 0.0}


class Trainer:
    """Features of all samples, and the two models of every need."""

    def __init__(self, samples: Sequence[Sample], vectors: Floats) -> None:
        self.vectors = balanced(vectors)
        self.mean = self.vectors.mean(axis=0)
        self.unit = directions(self.vectors, self.mean)
        table = feature_matrix([s.text for s in samples], self.vectors, self.mean)
        width = table.shape[1] - BUCKETS
        self.features = Features(table[:, :width].toarray(), table[:, width:].tocsr())
        self.weight = np.array([sample.weight for sample in samples], np.float32)
        self.signs = np.array([[SIGNS[s.marks[need]] for need in NEEDS] for s in samples], np.float32)

    def linear(self, places: Known) -> tuple[Floats, Floats]:
        """Logistic regression of every need over vector, word lists and n-grams: weights (f, k) and bias (k,)."""
        return fit_logistic(self.features.at(places), self.signs[places], self.weight[places], LINEAR_C)

    def neighbours(self, places: Known) -> Neighbours:
        """Kernel ridge regression of all needs at once, on some of the project's own texts and some borrowed ones."""
        chance = np.random.default_rng(0)
        own, borrowed = places[self.weight[places] >= 1.0], places[self.weight[places] < 1.0]
        kept = np.sort(np.concatenate([chance.permutation(own)[:OWN], chance.permutation(borrowed)[:BORROWED]]))
        settings = (self.weight[places], GAMMA, RIDGE)
        coefficient = fit_neighbours(self.unit[kept], self.unit[places], self.signs[places], *settings)
        return Neighbours.of(self.mean, self.unit[kept], coefficient, GAMMA)


def train_needs(samples: Sequence[Sample], vectors: Floats) -> tuple[Weights, dict[str, float]]:
    """Weights for every need, and the average precision of each on samples that were left out."""
    trainer = Trainer(samples, vectors)
    everything = np.arange(len(samples))
    seen, unseen = train_test_split(everything, test_size=HELD_OUT, random_state=1)
    tried = np.sort(unseen[trainer.weight[unseen] >= 1.0])
    table, bias = trainer.linear(seen)
    linear = trainer.features.at(tried).sums(table) + bias
    near = trainer.neighbours(seen).sums(trainer.vectors[tried])
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
    near = trainer.neighbours(everything)
    table, bias = trainer.linear(everything)
    dimension, rules = len(trainer.mean), len(load_lexicon().names)
    return Weights(
        mean=trainer.mean,
        vector=table[:dimension],
        rules=table[dimension : dimension + rules],
        grams=table[dimension + rules :],
        bias=bias,
        support=near.support,
        scale=near.scale,
        coefficient=near.coefficient,
        intercept=np.zeros(len(NEEDS), np.float32),
        gamma=near.gamma,
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
