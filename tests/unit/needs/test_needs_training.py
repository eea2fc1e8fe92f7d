"""The two models behind a need: many logistic regressions at once, and layers weighed alike."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from actions.needs.logistic import Features, fit_logistic
from actions.neighbours import LAYER, balanced


def test_each_output_comes_out_as_one_regression_on_what_says_something_of_it() -> None:
    rng = np.random.default_rng(3)
    dense = rng.normal(size=(200, 6)).astype(np.float32)
    counted = sparse.csr_matrix((rng.random((200, 9)) < 0.2).astype(np.float32))
    weight = rng.choice([0.3, 1.0], 200).astype(np.float32)
    signs = np.sign(dense[:, :2] + rng.normal(size=(200, 2))).astype(np.float32)
    signs[rng.random((200, 2)) < 0.2] = 0.0
    table, bias = fit_logistic(Features(dense, counted), signs, weight, 0.7)
    both = np.hstack([dense, counted.toarray()])
    for column in range(2):
        told = signs[:, column] != 0
        plain = LogisticRegression(C=0.7, max_iter=3000, tol=1e-8)
        plain.fit(both[told], signs[told, column] > 0, sample_weight=weight[told])
        assert np.allclose(table[:, column], plain.coef_[0], atol=5e-3)
        assert abs(bias[column] - plain.intercept_[0]) < 5e-3


def test_layers_count_alike_however_the_search_weighs_them() -> None:
    rng = np.random.default_rng(4)
    layers = rng.normal(size=(3, 2, LAYER))
    layers /= np.linalg.norm(layers, axis=2, keepdims=True)
    shares = [np.concatenate([layers[:, 0] * a, layers[:, 1] * (1 - a)], axis=1) for a in (0.99, 0.5)]
    assert np.allclose(balanced(shares[0]), balanced(shares[1]), atol=1e-5)
    assert np.allclose(np.linalg.norm(balanced(shares[0])[:, LAYER:], axis=1), 1.0, atol=1e-5)
    alone = rng.normal(size=(2, 5))
    assert np.allclose(np.linalg.norm(balanced(alone), axis=1), 1.0, atol=1e-5)
    assert np.isfinite(balanced(np.full((1, 2 * LAYER), np.nan))).all()
