"""Learns from the variants how wordings of one entry differ, so that product names and chatter count less."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

# Fewer wordings than this say nothing about how people vary a question.
_LEAST_WORDINGS = 200
# Weight of the prior "all directions vary alike", counted in wordings.
_PRIOR_WORDINGS = 2000
_SAMPLE = 20_000


def precision_matrix(vectors: Floats, sizes: npt.NDArray[np.int64]) -> Floats:
    """Inverse covariance (d, d) of the wordings around the mean of their entry, shrunk to the isotropic one.

    `sizes` counts the wordings of each entry, in the order of `vectors` (n, d). All zeros when too few entries have
    variants: `prototype_scores` is then 0 for every entry.
    """
    dimension = vectors.shape[1]
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)[:-1]])
    many = np.flatnonzero(sizes > 1)
    if int(sizes[many].sum()) < _LEAST_WORDINGS:
        return np.zeros((dimension, dimension), np.float32)
    many = many[np.random.default_rng(0).permutation(len(many))]
    many = many[np.cumsum(sizes[many]) <= max(_SAMPLE, int(sizes[many[0]]))]
    parts = [vectors[starts[n] : starts[n] + sizes[n]] for n in many]
    centred = np.concatenate([part - part.mean(0) for part in parts]).astype(np.float64)
    covariance = centred.T @ centred / len(centred)
    share = _PRIOR_WORDINGS / (_PRIOR_WORDINGS + len(centred))
    shrunk = (1 - share) * covariance + share * np.trace(covariance) / dimension * np.eye(dimension)
    return np.linalg.inv(shrunk).astype(np.float32)


def prototype_scores(vector: Floats, means: Floats, precision: Floats) -> Floats:
    """Log-likelihoods (k,), up to a constant, that `vector` (d,) is one more wording of each mean (k, d)."""
    if precision[0, 0] == 0.0:
        return np.zeros(len(means), np.float32)
    weighted = means @ precision
    scores: Floats = weighted @ vector - 0.5 * np.einsum("kd,kd->k", weighted, means)
    return scores
