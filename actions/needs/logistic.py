"""Logistic regression of many yes/no outputs at once; one by one, as scikit-learn has it, takes ten times as long."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.optimize import minimize
from scipy.special import expit

Floats = npt.NDArray[np.float32]
Wide = npt.NDArray[np.float64]
STEPS = 300


@dataclass(frozen=True)
class Features:
    """What n texts look like: dense (n, d) and counted (n, b) features, side by side."""

    dense: Floats
    counted: sparse.csr_matrix

    def at(self, places: npt.NDArray[np.intp]) -> Features:
        """The features of some of the texts."""
        return Features(self.dense[places], self.counted[places])

    def sums(self, table: Floats) -> Floats:
        """Features times weights, shape (n, k). table: (d + b, k)."""
        width = self.dense.shape[1]
        return np.asarray(self.dense @ table[:width] + self.counted @ table[width:], dtype=np.float32)

    def back(self, errors: Floats) -> Floats:
        """Transposed features times errors (n, k), shape (d + b, k)."""
        return np.concatenate([self.dense.T @ errors, self.counted.T @ errors]).astype(np.float32)


def fit_logistic(features: Features, signs: Floats, weight: Floats, strength: float) -> tuple[Floats, Floats]:
    """Weights (d + b, k) and bias (k,) with the least loss under an L2 penalty.

    signs (n, k): 1 yes, -1 no, 0 says nothing. weight (n,): how much each text counts. strength: the inverse of the
    penalty, `C` of scikit-learn, to whose LogisticRegression each column comes out equal.
    """
    rows = features.dense.shape[1] + features.counted.shape[1]
    outputs = signs.shape[1]
    weighed = np.abs(signs) * weight[:, None] * np.float32(strength)

    def loss(flat: Wide) -> tuple[float, Wide]:
        table = flat.reshape(rows + 1, outputs)
        margins = signs * (features.sums(table[:-1].astype(np.float32)) + table[-1].astype(np.float32))
        value = float((weighed * np.logaddexp(0.0, -margins)).sum(dtype=np.float64))
        errors = -signs * weighed * expit(-margins)
        slope = np.concatenate([features.back(errors) + table[:-1], errors.sum(axis=0, dtype=np.float64)[None]])
        return value + 0.5 * float((table[:-1] ** 2).sum()), slope.astype(np.float64).ravel()

    start = np.zeros((rows + 1) * outputs)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": STEPS, "ftol": 1e-7})
    table = found.x.reshape(rows + 1, outputs).astype(np.float32)
    return table[:-1], table[-1]
