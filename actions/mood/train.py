"""`python -m actions.mood.train`: trains the mood head on the project's own messages and prints its figures."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold, cross_val_predict

from actions.fitting import Floats, feature_matrix, fit_neighbours, training_command
from actions.mood.features import load_lexicon
from actions.mood.figures import figures
from actions.mood.head import OUTPUTS, Head, save_head
from actions.mood.model import MoodModel
from actions.mood.rows import Row, load_rows
from actions.neighbours import LAYER, Neighbours, balanced, directions, nearness
from knowledge_base.layers import load_search_embedder

# Valence gains from nearness to known messages, anger and urgency do not (model card).
NEAR = frozenset({"bad1", "bad2", "good1", "good2"})
GAMMA, RIDGE, FOLDS = 0.5, 0.5, 5
STRENGTH = 0.3  # inverse of the L2 penalty, chosen by cross-validation on the training part (see the model card)

TARGETS: dict[str, Callable[[Row], bool]] = {
    "anger1": lambda row: row.anger >= 1,
    "anger2": lambda row: row.anger >= 2,
    "anger3": lambda row: row.anger >= 3,
    "bad1": lambda row: row.valence <= -1,
    "bad2": lambda row: row.valence <= -2,
    "good1": lambda row: row.valence >= 1,
    "good2": lambda row: row.valence >= 2,
    "urgent1": lambda row: row.urgency >= 1,
    "urgent2": lambda row: row.urgency >= 2,
    "other": lambda row: row.target == "other" and (row.anger >= 1 or row.valence < 0),
}


def train_head(rows: Sequence[Row], vectors: Floats, encoder: str) -> Head:
    """Fit every output and its calibration (Platt, on out-of-fold scores) on the rows given."""
    wide = balanced(vectors)
    meanings = wide[:, :LAYER]
    mean = meanings.mean(axis=0)
    matrix = feature_matrix([row.text for row in rows], meanings, mean)
    near, told = train_neighbours(rows, wide)
    weights, biases, slopes, shifts, blends = [], [], [], [], []
    for column, name in enumerate(OUTPUTS):
        wanted = np.array([TARGETS[name](row) for row in rows])
        model = LogisticRegression(C=STRENGTH, max_iter=3000)
        scores = cross_val_predict(model, matrix, wanted, cv=5, method="decision_function")
        platt = LogisticRegression(C=100.0).fit(scores.reshape(-1, 1), wanted)
        model.fit(matrix, wanted)
        weights.append(model.coef_[0])
        biases.append(model.intercept_[0])
        slopes.append(platt.coef_[0, 0])
        shifts.append(platt.intercept_[0])
        blends.append((platt.coef_[0, 0], 0.0, platt.intercept_[0]))
        if name in NEAR:
            both = LogisticRegression(C=100.0).fit(np.stack((scores, told[:, column]), axis=1), wanted)
            blends[-1] = (*both.coef_[0], both.intercept_[0])
    names = load_lexicon().names
    table = np.stack(weights, axis=1).astype(np.float32)
    d, r = meanings.shape[1], len(names)
    return Head(
        mean=mean,
        vector=table[:d],
        rules=table[d : d + r],
        grams=table[d + r :],
        bias=np.array(biases, np.float32),
        slope=np.array(slopes, np.float32),
        shift=np.array(shifts, np.float32),
        near=near,
        blend=np.array(blends, np.float32).T,
        encoder=encoder,
        rule_names=names,
    )


def train_neighbours(rows: Sequence[Row], wide: Floats) -> tuple[Neighbours, Floats]:
    """All rows as neighbours, and what those of other folds say of each row, shape (n, len(OUTPUTS))."""
    mean = wide.mean(axis=0)
    unit = directions(wide, mean)
    signs = np.array([[1.0 if TARGETS[name](row) else -1.0 for name in OUTPUTS] for row in rows], np.float32)
    alike = np.ones(len(rows), np.float32)
    told = np.zeros(signs.shape, np.float32)
    for seen, unseen in KFold(FOLDS, shuffle=True, random_state=0).split(unit):
        kept = unit[seen]
        coefficient = fit_neighbours(kept, kept, signs[seen], alike[seen], GAMMA, RIDGE)
        told[unseen] = nearness(unit[unseen], kept, GAMMA) @ coefficient
    return Neighbours.of(mean, unit, fit_neighbours(unit, unit, signs, alike, GAMMA, RIDGE), GAMMA), told


def fit(rows: Sequence[Row], vectors: Floats, out: Path, facts: dict[str, object]) -> None:
    """Train on the training part, print the figures of the test part, write the head to `out`."""
    test = np.array([row.in_test for row in rows])
    kept, tried = [row for row in rows if not row.in_test], [row for row in rows if row.in_test]
    head = train_head(kept, vectors[~test], str(facts["encoder"]))
    moods = MoodModel(head, load_lexicon()).read([row.text for row in tried], vectors[test])
    shown = figures(tried, moods)
    save_head(head, out, {**facts, "trained_on": len(kept), "tested_on": len(tried), "figures": shown})
    for name, value in shown.items():
        print(f"{name:28} {value}")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. 0 done, 2 bad input."""
    return training_command(arguments, "actions.mood.train", __doc__, load_rows, fit, load_search_embedder)


if __name__ == "__main__":
    sys.exit(main())
