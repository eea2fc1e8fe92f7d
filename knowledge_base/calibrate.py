"""Fits the calibration file from questions with known answers; run it after the FAQ has changed a lot."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
import typer

from knowledge_base.build import build_index
from knowledge_base.calibration import DEFAULT_FILE, FEATURES, Calibration
from knowledge_base.embedding import Embedder, load_embedder
from knowledge_base.errors import KnowledgeBaseError
from knowledge_base.evaluate import Case, ask, measure, read_cases
from knowledge_base.index import load_index
from knowledge_base.search import KnowledgeBase, Ranking

DEFAULT_CASES = Path("knowledge_base/eval/cases.jsonl")
_DEPTH = 5
_EXACT_SCORE = 0.98
_GRID = np.arange(0.05, 0.96, 0.01)

START = Calibration(
    lexical_weight=8.0,
    support_weight=0.5,
    foreign_penalty=2.0,
    intercept=0.0,
    coefficients=(0.0,) * len(FEATURES),
    exact_score=_EXACT_SCORE,
    answer_from=0.6,
    clarify_from=0.3,
)


def fit(base_of: Any, embedder: Embedder, cases: Sequence[Case], start: Calibration = START) -> Calibration:
    """Fit coefficients, then choose thresholds; `base_of(calibration)` opens the knowledge base with it."""
    from sklearn.linear_model import LogisticRegression

    vectors = embedder.encode([case.question for case in cases])
    base: KnowledgeBase = base_of(start)
    rankings = [base.rank(c.question, v, c.lang) for c, v in zip(cases, vectors, strict=True)]
    features, labels = _samples(base, rankings, cases)
    model = LogisticRegression(C=1.0, max_iter=2000).fit(features, labels)
    fitted = replace(
        start,
        intercept=round(float(model.intercept_[0]), 5),
        coefficients=tuple(round(float(value), 5) for value in model.coef_[0]),
    )
    return _with_thresholds(fitted, base_of(fitted), vectors, cases)


def _samples(
    base: KnowledgeBase, rankings: Sequence[Ranking], cases: Sequence[Case]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    features, labels = [], []
    for ranking, case in zip(rankings, cases, strict=True):
        for place in range(min(_DEPTH, len(ranking.positions))):
            features.append(ranking.features[place])
            labels.append(base.entries[int(ranking.positions[place])].id == case.id)
    return np.array(features), np.array(labels)


def _with_thresholds(
    fitted: Calibration, base: KnowledgeBase, vectors: npt.NDArray[np.float32], cases: Sequence[Case]
) -> Calibration:
    """`clarify_from` makes most decisions to answer or refuse right; above `answer_from` 95 % are right."""
    scores, right, empty = [], [], []
    for case, vector in zip(cases, vectors, strict=True):
        hits = base.search_vector(case.question, vector, case.lang, 1)
        scores.append(hits[0].score if hits else 0.0)
        right.append(bool(hits) and hits[0].entry.id == case.id)
        empty.append(case.id is None)
    score, good, none = np.array(scores), np.array(right), np.array(empty)
    gains = [(good & (score >= t)).sum() + (none & (score < t)).sum() for t in _GRID]
    clarify = float(_GRID[int(np.argmax(gains))])
    precise = [t for t in _GRID if t >= clarify and _mean(good[score >= t]) >= 0.95]
    answer = max(float(precise[0]) if precise else 0.8, clarify)
    return replace(fitted, clarify_from=round(clarify, 2), answer_from=round(answer, 2))


def _mean(values: npt.NDArray[np.bool_]) -> float:
    return float(values.mean()) if len(values) else 0.0


def halves(cases: Sequence[Case]) -> tuple[list[Case], list[Case]]:
    """Every second case for fitting, the others held out."""
    return list(cases[::2]), list(cases[1::2])


def main(
    faq: Annotated[Path, typer.Option(help="folder of FAQ Markdown")] = Path("knowledge_base/faq"),
    cases: Annotated[Path, typer.Option(help="JSON Lines with question and id")] = DEFAULT_CASES,
    embedder: Annotated[str, typer.Option(help="model folder or name")] = "var/models/e5-small",
    out: Annotated[Path, typer.Option(help="coefficients file to write")] = DEFAULT_FILE,
) -> None:
    """Fit on every second case, print the figures of the others, then fit on all and write the file."""
    try:
        all_cases = read_cases(cases)
        model = load_embedder(embedder)
        with tempfile.TemporaryDirectory() as scratch:
            build_index(faq, Path(scratch), model)
            data = load_index(Path(scratch), model)

            def base_of(calibration: Calibration) -> KnowledgeBase:
                return KnowledgeBase(data, model, calibration)

            train, held_out = halves(all_cases)
            report = measure(ask(base_of(fit(base_of, model, train)), model, held_out))
            typer.echo({key: value for key, value in report.items() if key != "misses"})
            final = fit(base_of, model, all_cases)
    except KnowledgeBaseError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    origin = f"python -m knowledge_base.calibrate, {len(all_cases)} cases, {model.name}"
    final = replace(final, fitted_with=origin)
    final.save(out)
    typer.echo(f"{out}: clarify from {final.clarify_from}, answer from {final.answer_from}")


if __name__ == "__main__":
    typer.run(main)
