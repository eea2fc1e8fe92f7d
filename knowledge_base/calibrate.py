"""Fits the calibration file on many knowledge bases at once; run it after the model or the features have changed."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import numpy as np
import numpy.typing as npt
import typer
from rich.console import Console
from rich.progress import track

from knowledge_base.build import build_entries
from knowledge_base.calibration import DEFAULT_FILE, DESCRIPTION, FIRST_FEATURES, Calibration, default_calibration
from knowledge_base.embedding import Embedder
from knowledge_base.errors import KnowledgeBaseError
from knowledge_base.evaluate import Case, ask, measure, read_cases
from knowledge_base.index import load_index
from knowledge_base.layers import load_search_embedder
from knowledge_base.markdown import load_entries
from knowledge_base.practice import BARE, EVAL, Practice, practices
from knowledge_base.ranking import Ranking
from knowledge_base.refused import refused_texts
from knowledge_base.rehearsal import RememberingEmbedder
from knowledge_base.search import KnowledgeBase

# Questions to the shipped FAQ that the confidence is fitted on.
FITTED = ("cases", "hands", "negatives")
_EXACT_SCORE = 0.98
_GRID = np.arange(0.05, 0.96, 0.01)
# Share of customers' questions that have no answer: what the extra negatives are weighed down to.
_UNANSWERED_SHARE = 0.2
_RIDGE = 0.1
# Share of the answers above `answer_from` that are right.
_SURE = 0.95
_SLACK = 0.001

START = Calibration(
    rank_weights=(2.0, 1.0, 12.0, 1.0, 0.5, 2.0, -2.0, 60.0),
    intercept=0.0,
    coefficients=(0.0,) * len(FIRST_FEATURES),
    sparse_coefficients=(0.0,) * len(DESCRIPTION),
    exact_score=_EXACT_SCORE,
    answer_from=0.6,
    clarify_from=0.3,
    clarify_sparse=0.3,
)


@dataclass(frozen=True)
class Sample:
    """What one knowledge base found for the questions of a practice."""

    rankings: Sequence[Ranking]
    base: KnowledgeBase
    cases: Sequence[Case]
    weight: float = 1.0

    @property
    def right(self) -> npt.NDArray[np.bool_]:
        """Whether the best candidate is the right one, question by question."""
        firsts = [self.base.entries[int(r.positions[0])].id if len(r.positions) else None for r in self.rankings]
        found = [case.id is not None and case.id == first for case, first in zip(self.cases, firsts, strict=True)]
        return np.array(found, bool)

    @property
    def empty(self) -> npt.NDArray[np.bool_]:
        """Which questions have no answer in this base."""
        return np.array([case.id is None or self.base.get(case.id) is None for case in self.cases], bool)

    @property
    def weights(self) -> npt.NDArray[np.float64]:
        """Of each question: those without an answer together weigh what they do in life."""
        empty = self.empty
        if not 0 < empty.sum() < len(empty):
            return np.full(len(empty), self.weight)
        fair = _UNANSWERED_SHARE / (1 - _UNANSWERED_SHARE) * (~empty).sum() / empty.sum()
        return self.weight * np.where(empty, min(1.0, float(fair)), 1.0)

    def scores(self, fitted: Calibration) -> npt.NDArray[np.float64]:
        """Probability that the best candidate is right, by `fitted`."""
        known = [fitted.probability(r.first) if len(r.positions) else 0.0 for r in self.rankings]
        exact = np.array([bool(r.exact.any()) for r in self.rankings])
        return np.where(exact, np.maximum(known, fitted.exact_score), known)


def sample(practice: Practice, embedder: Embedder, calibration: Calibration) -> Sample:
    """Build the practice's knowledge base and ask it everything."""
    with tempfile.TemporaryDirectory() as scratch:
        build_entries(practice.entries, Path(scratch), embedder, refused=practice.refused)
        base = KnowledgeBase(load_index(Path(scratch), embedder), embedder, calibration)
        vectors = embedder.encode([case.question for case in practice.cases])
        pairs = zip(practice.cases, vectors, strict=True)
        rankings = [base.rank(case.question, vector, case.lang) for case, vector in pairs]
    return Sample(rankings, base, practice.cases, practice.weight)


def fit_ranking(found: Sample, start: Calibration = START) -> tuple[float, ...]:
    """Weights that make the right entry the likeliest of its candidates (conditional logit, light ridge)."""
    from scipy.optimize import minimize

    samples = []
    for ranking, case in zip(found.rankings, found.cases, strict=True):
        right = [found.base.entries[int(position)].id == case.id for position in ranking.positions]
        if case.id is not None and any(right):
            samples.append(ranking.views - ranking.views[right.index(True)])
    spread = np.concatenate(samples).std(0) + 1e-9

    def loss(weights: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        total, slope = 0.0, np.zeros_like(weights)
        for views in samples:
            scores = (views / spread) @ weights
            top = scores.max()
            shares = np.exp(scores - top)
            total += top + float(np.log(shares.sum()))
            slope += (shares / shares.sum()) @ (views / spread)
        return total + 0.05 * float(weights @ weights), slope + 0.1 * weights

    result = minimize(loss, np.asarray(start.rank_weights) * spread, jac=True, method="L-BFGS-B")
    return tuple(round(float(value), 5) for value in result.x / spread)


def fit_probability(samples: Sequence[Sample], ranked: Calibration) -> Calibration:
    """Logistic regression over all samples: is the best candidate the right one?"""
    from sklearn.linear_model import LogisticRegression

    described = np.stack([ranking.first for found in samples for ranking in found.rankings])
    features = np.hstack([described, described[:, :-1] * described[:, -1:]])
    right = np.concatenate([found.right for found in samples])
    weights = np.concatenate([found.weights for found in samples])
    middle, spread = features.mean(0), features.std(0) + 1e-9
    model = LogisticRegression(C=_RIDGE, max_iter=5000)
    model.fit((features - middle) / spread, right, sample_weight=weights / weights.mean())
    found_weights = model.coef_[0] / spread
    numbers = [round(float(value), 5) for value in found_weights]
    return replace(
        ranked,
        intercept=round(float(model.intercept_[0] - found_weights @ middle), 5),
        coefficients=tuple(numbers[: len(FIRST_FEATURES)]),
        sparse_coefficients=tuple(numbers[len(FIRST_FEATURES) :]),
    )


def with_thresholds(fitted: Calibration, own: Sample, bare: Sample) -> Calibration:
    """Limits that make most decisions right; above `answer_from` 95 % of the answers are.

    Both in the knowledge base as it is, `own`; the limit for sparse entries in `bare`, the same without variants.
    """
    score, right, weights = own.scores(fitted), own.right, own.weights
    clarify, sparse = _most_right(own, score), _most_right(bare, bare.scores(fitted))
    precise = [t for t in _GRID if t >= clarify and _mean(right[score >= t], weights[score >= t]) >= _SURE]
    answer = max(float(precise[0]) if precise else 0.8, clarify)
    return replace(
        fitted,
        clarify_from=round(clarify, 2),
        clarify_sparse=round(min(sparse, clarify), 2),
        answer_from=round(answer, 2),
    )


def _most_right(found: Sample, score: npt.NDArray[np.float64]) -> float:
    """The middle of the limits at which as many questions as can be, but for one in a thousand, are rightly met."""
    right, empty, weights = found.right, found.empty, found.weights
    met = np.array([weights[(right & (score >= t)) | (empty & (score < t))].sum() for t in _GRID])
    good = _GRID[met >= met.max() - _SLACK * weights.sum()]
    return float(good.min() + good.max()) / 2.0


def _mean(values: npt.NDArray[np.bool_], weights: npt.NDArray[np.float64]) -> float:
    return float(np.average(values, weights=weights)) if len(values) else 0.0


def fit(found: Sequence[Practice], embedder: Embedder, start: Calibration, *, ranking: bool = False) -> Calibration:
    """Fit the probability and the thresholds; `found` begins as `practices` does.

    The weights of the ranking stay those of `start` unless `ranking` is set: every way of fitting them that was tried
    moved the public sets by a point, half of them down.
    """
    if ranking:
        start = replace(start, rank_weights=fit_ranking(sample(found[0], embedder, start), start))
    listed = track(found, "practising", console=Console(stderr=True), transient=True)
    samples = [sample(practice, embedder, start) for practice in listed]
    return with_thresholds(fit_probability(samples, start), samples[0], samples[BARE])


def main(
    faq: Annotated[Path, typer.Option(help="folder of FAQ Markdown")] = Path("knowledge_base/faq"),
    folder: Annotated[Path, typer.Option(help="cases, hands, negatives, trades, patterns, dev")] = EVAL,
    embedder: Annotated[str, typer.Option(help="model folder or name")] = "var/models/e5-small",
    ranking: Annotated[bool, typer.Option(help="fit the weights of the ranking, too")] = False,
    out: Annotated[Path, typer.Option(help="coefficients file to write")] = DEFAULT_FILE,
) -> None:
    """Fit on all practices, print the figures of the held-out `dev.jsonl`, write the file."""
    try:
        cases = [case for part in FITTED for case in read_cases(folder / f"{part}.jsonl")]
        model = RememberingEmbedder(load_search_embedder(embedder), remembered=10_000_000)
        found = practices(load_entries(faq), cases, folder, refused_texts(faq))
        fitted = fit(found, model, default_calibration(), ranking=ranking)
        with tempfile.TemporaryDirectory() as scratch:
            build_entries(found[0].entries, Path(scratch), model, refused=found[0].refused)
            base = KnowledgeBase(load_index(Path(scratch), model), model, fitted)
            report = measure(ask(base, model, read_cases(folder / "dev.jsonl")))
        typer.echo({key: value for key, value in report.items() if key != "misses"})
    except KnowledgeBaseError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    asked = sum(len(practice.cases) for practice in found)
    origin = f"python -m knowledge_base.calibrate, {asked} questions to {len(found)} bases, {model.name}"
    replace(fitted, fitted_with=origin).save(out)
    typer.echo(
        f"{out}: clarify from {fitted.clarify_from} (sparse {fitted.clarify_sparse}), answer from {fitted.answer_from}"
    )


if __name__ == "__main__":
    typer.run(main)
