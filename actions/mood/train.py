"""`python -m actions.mood.train`: trains the mood head on the project's own messages and prints its figures."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict

from actions.mood.errors import MoodModelError
from actions.mood.features import (
    BUCKETS,
    RULE_SCALE,
    VECTOR_SCALE,
    gram_buckets,
    gram_weight,
    load_lexicon,
    rule_matrix,
)
from actions.mood.figures import figures
from actions.mood.head import OUTPUTS, SHIPPED, Head, save_head
from actions.mood.model import MoodModel
from actions.mood.rows import Row, load_rows
from knowledge_base.embedding import Embedder, load_embedder

Floats = npt.NDArray[np.float32]
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


def encode_texts(texts: Sequence[str], embedder: Embedder) -> Floats:
    """Vectors of the texts, shape (n, dimension), encoded shortest first in batches with a line of progress."""
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    vectors = np.zeros((len(texts), embedder.dimension), np.float32)
    for start in range(0, len(order), 64):
        part = order[start : start + 64]
        vectors[part] = embedder.encode([texts[i] for i in part])
        print(f"\rencoding {min(start + 64, len(order))}/{len(order)}", end="", file=sys.stderr)
    print(file=sys.stderr)
    return vectors


def feature_matrix(texts: Sequence[str], vectors: Floats, mean: Floats) -> sparse.csr_matrix:
    """Vector, rule and n-gram features side by side, scaled as at run time, shape (n, d + r + BUCKETS)."""
    found = [gram_buckets(text) for text in texts]
    values = np.concatenate([np.full(len(places), gram_weight(len(places)), np.float32) for places in found])
    ends = np.cumsum([0, *(len(places) for places in found)])
    grams = sparse.csr_matrix((values, np.concatenate(found), ends), shape=(len(texts), BUCKETS))
    rules = rule_matrix(texts, load_lexicon()) * RULE_SCALE
    return sparse.hstack([sparse.csr_matrix((vectors - mean) * VECTOR_SCALE), sparse.csr_matrix(rules), grams]).tocsr()


def train_head(rows: Sequence[Row], vectors: Floats, encoder: str) -> Head:
    """Fit every output and its calibration (Platt, on out-of-fold scores) on the rows given."""
    mean = vectors.mean(axis=0)
    matrix = feature_matrix([row.text for row in rows], vectors, mean)
    weights, biases, slopes, shifts = [], [], [], []
    for name in OUTPUTS:
        wanted = np.array([TARGETS[name](row) for row in rows])
        model = LogisticRegression(C=STRENGTH, max_iter=3000)
        scores = cross_val_predict(model, matrix, wanted, cv=5, method="decision_function")
        platt = LogisticRegression(C=100.0).fit(scores.reshape(-1, 1), wanted)
        model.fit(matrix, wanted)
        weights.append(model.coef_[0])
        biases.append(model.intercept_[0])
        slopes.append(platt.coef_[0, 0])
        shifts.append(platt.intercept_[0])
    names = load_lexicon().names
    table = np.stack(weights, axis=1).astype(np.float32)
    d, r = vectors.shape[1], len(names)
    return Head(
        mean=mean,
        vector=table[:d],
        rules=table[d : d + r],
        grams=table[d + r :],
        bias=np.array(biases, np.float32),
        slope=np.array(slopes, np.float32),
        shift=np.array(shifts, np.float32),
        encoder=encoder,
        rule_names=names,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Train on the training part, print the figures of the test part, write the head. 0 done, 2 bad input."""
    parser = argparse.ArgumentParser(prog="python -m actions.mood.train", description=__doc__)
    parser.add_argument("--embedder", default="var/models/e5-small", help="sentence-transformers name or folder")
    parser.add_argument("--out", type=Path, default=SHIPPED, help="folder for head.npz and head.json")
    options = parser.parse_args(arguments)
    try:
        rows = load_rows()
        embedder = load_embedder(options.embedder)
        vectors = encode_texts([row.text for row in rows], embedder)
    except (MoodModelError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    test = np.array([row.in_test for row in rows])
    kept = [row for row in rows if not row.in_test]
    head = train_head(kept, vectors[~test], "multilingual-e5-small" if "e5" in options.embedder else embedder.name)
    tried = [row for row in rows if row.in_test]
    moods = MoodModel(head, load_lexicon()).read([row.text for row in tried], vectors[test])
    shown = figures(tried, moods)
    options.out.mkdir(parents=True, exist_ok=True)
    save_head(head, options.out, {"trained_on": len(kept), "tested_on": len(tried), "figures": shown})
    for name, value in shown.items():
        print(f"{name:28} {value}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
