"""What the training commands of the two small models share: texts encoded, features side by side, files written."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.linalg import cho_factor, cho_solve

from actions.errors import ActionsError
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
from actions.needs.errors import NeedsError
from actions.neighbours import nearness
from knowledge_base.embedding import Embedder, load_embedder
from knowledge_base.errors import KnowledgeBaseError

ROOT = Path(__file__).resolve().parents[1]
Floats = npt.NDArray[np.float32]


class Labelled(Protocol):
    """Anything that is learnt from."""

    @property
    def text(self) -> str: ...


L = TypeVar("L", bound=Labelled)
Fit = Callable[[Sequence[L], Floats, Path, dict[str, object]], None]


def training_command(
    arguments: Sequence[str] | None,
    module: str,
    about: str | None,
    load: Callable[[], Sequence[L]],
    fit: Fit[L],
    open_embedder: Callable[[str], Embedder] = load_embedder,
) -> int:
    """Load, encode and fit; 0 done, 2 bad input.

    fit gets the examples, their vectors (n, dimension), the folder to write to, and what the card must say of the
    encoder: its family, which a running Baton compares, and the very files the vectors came from.
    """
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=about)
    parser.add_argument("--embedder", default="var/models/e5-small", help="sentence-transformers name or folder")
    parser.add_argument(
        "--out", type=Path, default=ROOT.joinpath(*module.split(".")[:-1]), help="folder for the model's files"
    )
    options = parser.parse_args(arguments)
    try:
        rows = load()
        embedder = open_embedder(options.embedder)
        vectors = encode_texts([row.text for row in rows], embedder)
        family = "multilingual-e5-small" if "e5" in options.embedder else embedder.name
        options.out.mkdir(parents=True, exist_ok=True)
        fit(rows, vectors, options.out, {"encoder": family, "encoder_files": embedder.name})
    except (ActionsError, MoodModelError, NeedsError, KnowledgeBaseError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


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


JITTER = 0.05  # keeps texts that are nearly the same from making the sums below unsolvable


def fit_neighbours(kept: Floats, unit: Floats, signs: Floats, weight: Floats, gamma: float, ridge: float) -> Floats:
    """Kernel ridge regression of k outputs at once on the texts kept: coefficients, shape (m, k), float32.

    kept (m, d) and unit (n, d): unit vectors. signs (n, k): 1 yes, -1 no; a text with 0 pulls towards neither.
    """
    near = nearness(kept, unit, gamma)
    weighed = near * weight
    left = (weighed @ near.T + ridge * nearness(kept, kept, gamma)).astype(np.float64)
    left[np.diag_indices(len(kept))] += JITTER
    return np.asarray(cho_solve(cho_factor(left, overwrite_a=True), weighed @ signs), dtype=np.float32)


def feature_matrix(texts: Sequence[str], vectors: Floats, mean: Floats) -> sparse.csr_matrix:
    """Vector, rule and n-gram features side by side, scaled as at run time, shape (n, d + r + BUCKETS)."""
    found = [gram_buckets(text) for text in texts]
    values = np.concatenate([np.full(len(places), gram_weight(len(places)), np.float32) for places in found])
    ends = np.cumsum([0, *(len(places) for places in found)])
    grams = sparse.csr_matrix((values, np.concatenate(found), ends), shape=(len(texts), BUCKETS))
    rules = rule_matrix(texts, load_lexicon()) * RULE_SCALE
    return sparse.hstack([sparse.csr_matrix((vectors - mean) * VECTOR_SCALE), sparse.csr_matrix(rules), grams]).tocsr()
