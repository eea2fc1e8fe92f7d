"""Fits the calibration file from questions with known answers; run it after the FAQ has changed a lot."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
import numpy.typing as npt
import typer

from knowledge_base.build import build_entries
from knowledge_base.calibration import DEFAULT_FILE, FIRST_FEATURES, Calibration
from knowledge_base.embedding import Embedder, Vectors, load_embedder
from knowledge_base.errors import KnowledgeBaseError
from knowledge_base.evaluate import Case, ask, measure, read_cases
from knowledge_base.index import load_index
from knowledge_base.markdown import load_entries
from knowledge_base.models import Entry
from knowledge_base.ranking import Ranking
from knowledge_base.rehearsal import TextVectors
from knowledge_base.search import KnowledgeBase

DEFAULT_CASES = Path("knowledge_base/eval/cases.jsonl")
NEGATIVES = Path("knowledge_base/eval/negatives.jsonl")
_EXACT_SCORE = 0.98
_TRANSLATION = "-en"
_GRID = np.arange(0.05, 0.96, 0.01)
# Share of customers' questions that have no answer: what the extra negatives are weighed down to.
_UNANSWERED_SHARE = 0.2

START = Calibration(
    rank_weights=(2.0, 1.0, 12.0, 1.0, 0.5, 2.0, -2.0),
    intercept=0.0,
    coefficients=(0.0,) * len(FIRST_FEATURES),
    exact_score=_EXACT_SCORE,
    answer_from=0.6,
    clarify_from=0.3,
)


BasesOf = Callable[[Calibration], Sequence[KnowledgeBase]]


def fit(bases_of: BasesOf, embedder: Embedder, cases: Sequence[Case], start: Calibration = START) -> Calibration:
    """Fit ranking weights, then the probability, then thresholds.

    `bases_of(calibration)` opens the knowledge base with it, first as it is, then with fewer variants and with entries
    left out: probabilities must hold for editors who have not written many yet, and for questions near to an entry.
    """
    vectors = embedder.encode([case.question for case in cases])
    full = bases_of(start)[0]
    weights = fit_ranking(_rankings(full, vectors, cases), cases, full, start)
    ranked = replace(start, rank_weights=weights)
    samples = [(_rankings(base, vectors, cases), base) for base in bases_of(ranked)]
    fitted = fit_probability(samples, cases, ranked)
    scores = [_scores(rankings, fitted) for rankings, _ in samples]
    return _with_thresholds(fitted, samples, scores, cases)


def thinned(entries: Sequence[Entry], variants: int) -> list[Entry]:
    """The same entries with at most so many variants."""
    return [replace(entry, variants=entry.variants[:variants]) for entry in entries]


def without(entries: Sequence[Entry], part: int) -> list[Entry]:
    """The entries without every sixth one from `part` on, and its translation: questions for them have no answer."""
    names = sorted({entry.id.removesuffix(_TRANSLATION) for entry in entries})
    gone = set(names[part::6])
    return [entry for entry in entries if entry.id.removesuffix(_TRANSLATION) not in gone]


def _rankings(base: KnowledgeBase, vectors: Vectors, cases: Sequence[Case]) -> list[Ranking]:
    return [base.rank(c.question, v, c.lang) for c, v in zip(cases, vectors, strict=True)]


def fit_ranking(
    rankings: Sequence[Ranking], cases: Sequence[Case], base: KnowledgeBase, start: Calibration
) -> tuple[float, ...]:
    """Weights that make the right entry the likeliest of its candidates (conditional logit, light ridge)."""
    from scipy.optimize import minimize

    samples = []
    for ranking, case in zip(rankings, cases, strict=True):
        right = [base.entries[int(position)].id == case.id for position in ranking.positions]
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

    found = minimize(loss, np.asarray(start.rank_weights) * spread, jac=True, method="L-BFGS-B")
    return tuple(round(float(value), 5) for value in found.x / spread)


def fit_probability(
    samples: Sequence[tuple[Sequence[Ranking], KnowledgeBase]], cases: Sequence[Case], ranked: Calibration
) -> Calibration:
    """Logistic regression: is the best candidate the right one? `samples` are rankings of the cases, by base."""
    from sklearn.linear_model import LogisticRegression

    features = np.stack([ranking.first for rankings, _ in samples for ranking in rankings])
    right = np.concatenate([_right(rankings, cases, base) for rankings, base in samples])
    weights = np.concatenate([_sample_weights(_empty(cases, base)) for _, base in samples])
    middle, spread = features.mean(0), features.std(0) + 1e-9
    model = LogisticRegression(C=0.5, max_iter=2000)
    model.fit((features - middle) / spread, right, sample_weight=weights)
    coefficients = model.coef_[0] / spread
    return replace(
        ranked,
        intercept=round(float(model.intercept_[0] - coefficients @ middle), 5),
        coefficients=tuple(round(float(value), 5) for value in coefficients),
    )


def _right(rankings: Sequence[Ranking], cases: Sequence[Case], base: KnowledgeBase) -> npt.NDArray[np.bool_]:
    firsts = [base.entries[int(r.positions[0])].id if len(r.positions) else None for r in rankings]
    return np.array([case.id is not None and case.id == first for case, first in zip(cases, firsts, strict=True)])


def _empty(cases: Sequence[Case], base: KnowledgeBase) -> npt.NDArray[np.bool_]:
    """Which cases have no answer in this base."""
    return np.array([case.id is None or base.get(case.id) is None for case in cases])


def _sample_weights(empty: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    if not 0 < empty.sum() < len(empty):
        return np.ones(len(empty))
    fair = _UNANSWERED_SHARE / (1 - _UNANSWERED_SHARE) * (~empty).sum() / empty.sum()
    return np.where(empty, min(1.0, float(fair)), 1.0)


def _scores(rankings: Sequence[Ranking], fitted: Calibration) -> npt.NDArray[np.float64]:
    known = [fitted.probability(ranking.first) if len(ranking.positions) else 0.0 for ranking in rankings]
    exact = np.array([bool(ranking.exact.any()) for ranking in rankings])
    return np.where(exact, np.maximum(known, fitted.exact_score), known)


def _with_thresholds(
    fitted: Calibration,
    samples: Sequence[tuple[Sequence[Ranking], KnowledgeBase]],
    scores: Sequence[npt.NDArray[np.float64]],
    cases: Sequence[Case],
) -> Calibration:
    """`clarify_from` makes most decisions right, over all bases; above `answer_from` 95 % of the answers are right.

    The latter only in the base as it is, the first of `samples`: the others are harder than life.
    """
    empty = [_empty(cases, base) for _, base in samples]
    good = [_right(rankings, cases, base) for rankings, base in samples]
    weights = np.concatenate([_sample_weights(none) for none in empty])
    score, right, none = np.concatenate(scores), np.concatenate(good), np.concatenate(empty)
    gains = [weights[(right & (score >= t)) | (none & (score < t))].sum() for t in _GRID]
    clarify = float(_GRID[int(np.argmax(gains))])
    own, own_right, own_weights = scores[0], good[0], _sample_weights(empty[0])
    precise = [t for t in _GRID if t >= clarify and _mean(own_right[own >= t], own_weights[own >= t]) >= 0.95]
    answer = max(float(precise[0]) if precise else 0.8, clarify)
    return replace(fitted, clarify_from=round(clarify, 2), answer_from=round(answer, 2))


def _mean(values: npt.NDArray[np.bool_], weights: npt.NDArray[np.float64]) -> float:
    return float(np.average(values, weights=weights)) if len(values) else 0.0


def halves(cases: Sequence[Case]) -> tuple[list[Case], list[Case]]:
    """Every second case for fitting, the others held out."""
    return list(cases[::2]), list(cases[1::2])


class _Remembering:
    """An embedder that encodes each text once, however many bases hold it."""

    def __init__(self, inner: Embedder) -> None:
        self.name, self.dimension = inner.name, inner.dimension
        self._vectors = TextVectors(inner)

    def encode(self, texts: Sequence[str]) -> Vectors:
        return self._vectors.of(texts)


def open_bases(entries: Sequence[Entry], scratch: Path, model: Embedder) -> BasesOf:
    """The whole FAQ, then with two variants an entry, then with none, then with a sixth of the entries left out."""
    few = [thinned(entries, variants) for variants in (1000, 2, 0)]
    gaps = [without(entries, 0), without(entries, 2), without(few[1], 4)]
    loaded = []
    for number, part in enumerate([*few, *gaps]):
        build_entries(part, scratch / str(number), model)
        loaded.append(load_index(scratch / str(number), model))
    return lambda calibration: [KnowledgeBase(data, model, calibration) for data in loaded]


def main(
    faq: Annotated[Path, typer.Option(help="folder of FAQ Markdown")] = Path("knowledge_base/faq"),
    cases: Annotated[Path, typer.Option(help="JSON Lines with question and id")] = DEFAULT_CASES,
    negatives: Annotated[Path, typer.Option(help="more questions without an answer")] = NEGATIVES,
    embedder: Annotated[str, typer.Option(help="model folder or name")] = "var/models/e5-small",
    out: Annotated[Path, typer.Option(help="coefficients file to write")] = DEFAULT_FILE,
) -> None:
    """Fit on every second case, print the figures of the others, then fit on all and write the file."""
    try:
        all_cases = read_cases(cases) + read_cases(negatives)
        model = _Remembering(load_embedder(embedder))
        with tempfile.TemporaryDirectory() as scratch:
            bases_of = open_bases(load_entries(faq), Path(scratch), model)
            train, held_out = halves(all_cases)
            report = measure(ask(bases_of(fit(bases_of, model, train))[0], model, held_out))
            typer.echo({key: value for key, value in report.items() if key != "misses"})
            final = fit(bases_of, model, all_cases)
    except KnowledgeBaseError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    origin = f"python -m knowledge_base.calibrate, {len(all_cases)} cases, {model.name}"
    final = replace(final, fitted_with=origin)
    final.save(out)
    typer.echo(f"{out}: clarify from {final.clarify_from}, answer from {final.answer_from}")


if __name__ == "__main__":
    typer.run(main)
