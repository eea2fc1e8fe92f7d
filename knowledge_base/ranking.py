"""Scores the candidates of a search by several views and orders them: what the calibration is fitted on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from knowledge_base.calibration import FIRST_FEATURES, RANK_FEATURES, VIEWS_OF_FIRST, Calibration, sparseness
from knowledge_base.index import IndexData
from knowledge_base.prototypes import prototype_scores
from knowledge_base.requests import agreement
from knowledge_base.surroundings import AROUND, Neighbourhood, same_meaning, surroundings

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

_VOTERS = 15
_REQUESTS_READ = 12
_PROTOTYPE_UNIT = 20.0
_LONE_GAP = 3.0
_SAME_TEXT = 0.999
_DENSE = RANK_FEATURES.index("dense")


@dataclass(frozen=True)
class Query:
    """A customer's text with its unit vector (d,), language and the lexical share (0–1) of every entry.

    `unseen` is the share (0–1) of its words that no entry has.
    """

    text: str
    vector: Floats
    lang: str
    lexical: Floats
    unseen: float


@dataclass(frozen=True)
class Candidates:
    """Entries to compare: their positions, and `rows` of vectors, `sizes[n]` for the n-th."""

    positions: Ints
    rows: Ints
    sizes: Ints
    exact: npt.NDArray[np.bool_]
    foreign: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Ranking:
    """Candidates best first. `views` (n, len(RANK_FEATURES)) give `fused` (n,); `first` describes the best one."""

    positions: Ints
    dense: Floats
    lexical: Floats
    exact: npt.NDArray[np.bool_]
    views: npt.NDArray[np.float64]
    fused: npt.NDArray[np.float64]
    first: npt.NDArray[np.float64]


def rank(query: Query, found: Candidates, data: IndexData, rivals: Floats, weights: Calibration) -> Ranking:
    """Order the candidates; `rivals` (m, d) are vectors of texts that no entry answers.

    A rival with the very words of the query is left out, so that questions the rivals hold can be fitted on;
    what is exactly one of them is refused before (see `KnowledgeBase`).
    """
    if not len(found.positions):
        none = np.zeros(0)
        empty = np.zeros((0, len(RANK_FEATURES)))
        single = np.zeros(0, np.float32)
        return Ranking(found.positions, single, single, found.exact, empty, none, np.zeros(len(FIRST_FEATURES)))
    vectors = data.take(found.rows)
    cosines = vectors @ query.vector
    bounds = np.concatenate([np.zeros(1, np.int64), np.cumsum(found.sizes)[:-1]])
    dense = np.maximum.reduceat(cosines, bounds)
    views = _views(query, found, data, vectors, cosines, bounds)
    fused = views @ np.asarray(weights.rank_weights)
    _prefer_same_request(query, data, found, views, fused, weights)
    order = np.lexsort((-fused, ~found.exact))
    lexical = query.lexical[found.positions]
    parts = [vectors[bounds[n] : bounds[n] + found.sizes[n]] for n in order[: AROUND + 1]]
    wordings = data.entries[int(found.positions[order[0]])].wordings
    near = Neighbourhood(parts, wordings, views[order, _DENSE], dense[order], lexical[order].astype(np.float64))
    around = surroundings(query.text, query.vector, near, query.unseen, data.scales.of(query.lang))
    described = _describe_first(query, data, views[order], fused[order], cosines, rivals) + around
    first = np.array([*described, sparseness(len(wordings))], np.float64)
    return Ranking(
        found.positions[order], dense[order], lexical[order], found.exact[order], views[order], fused[order], first
    )


def _views(
    query: Query, found: Candidates, data: IndexData, vectors: Floats, cosines: Floats, bounds: Ints
) -> npt.NDArray[np.float64]:
    """One column for each of RANK_FEATURES; `request` is filled in later, for the best only."""
    scales = data.scales
    mean = np.where(found.foreign, scales.mixed.mean, scales.of(query.lang).mean)
    spread = np.where(found.foreign, scales.mixed.spread, scales.of(query.lang).spread)
    dense = (np.maximum.reduceat(cosines, bounds) - mean) / spread
    support = (np.add.reduceat(cosines, bounds) / found.sizes - mean) / spread
    sums = np.add.reduceat(vectors[:, : data.meaning], bounds, axis=0)
    middles: Floats = (sums / found.sizes[:, None]).astype(np.float32)
    prototype = prototype_scores(query.vector[: data.meaning], middles, data.precision) / _PROTOTYPE_UNIT
    owners = np.repeat(np.arange(len(found.positions)), found.sizes)
    near = np.argsort(-cosines, kind="stable")[:_VOTERS]
    weight = np.exp((cosines[near] - cosines[near[0]]) / scales.of(query.lang).spread)
    votes = np.bincount(owners[near], weights=weight, minlength=len(found.positions))
    lexical = query.lexical[found.positions]
    wording = _wording(query, data, vectors, float(dense.max()), bounds)
    columns = (dense, support, lexical, prototype, votes, np.zeros(len(dense)), found.foreign, wording)
    return np.stack([np.asarray(column, np.float64) for column in columns], axis=1)


def _wording(query: Query, data: IndexData, vectors: Floats, nearest: float, bounds: Ints) -> Floats:
    """How far behind the best each is in the middle layer's cosine, weighed by how surely the best mean the same.

    There only wording tells them apart; elsewhere likeness in wording leads astray (docs/adr/0007). `nearest` is the
    best scaled cosine.
    """
    asked = query.vector[data.meaning :]
    length = float(asked @ asked)
    if not length:
        return np.zeros(len(bounds), np.float32)
    cosines = vectors[:, data.meaning :] @ asked / np.float32(length)
    best = np.maximum.reduceat(cosines, bounds)
    wording: Floats = (best - best.max()) * np.float32(same_meaning(nearest))
    return wording


def _prefer_same_request(
    query: Query,
    data: IndexData,
    found: Candidates,
    views: npt.NDArray[np.float64],
    fused: npt.NDArray[np.float64],
    weights: Calibration,
) -> None:
    """Read the wordings of the best candidates only: comparing requests is the one slow view."""
    column = RANK_FEATURES.index("request")
    for place in np.argsort(-fused, kind="stable")[:_REQUESTS_READ]:
        views[place, column] = agreement(query.text, data.entries[int(found.positions[place])].wordings)
    fused += views[:, column] * weights.rank_weights[column]


def _describe_first(
    query: Query,
    data: IndexData,
    views: npt.NDArray[np.float64],
    fused: npt.NDArray[np.float64],
    cosines: Floats,
    rivals: Floats,
) -> list[float]:
    """DESCRIPTION up to SURROUNDINGS: how good the best candidate is, and how near are texts that none answers."""
    scale = data.scales.of(query.lang)
    nearest = rivals @ query.vector
    against = np.sort((nearest[nearest < _SAME_TEXT] - scale.mean) / scale.spread)[::-1]
    rival, rivals_near = (float(against[0]), float(against[:3].mean())) if len(against) else (0.0, 0.0)
    near = float((np.sort(cosines)[::-1][:5].mean() - scale.mean) / scale.spread)
    posterior = -float(np.log(np.exp(np.clip(fused - fused[0], -30.0, 30.0)).sum()))
    gap = float(fused[0] - fused[1]) if len(fused) > 1 else _LONE_GAP
    kept = [float(views[0, RANK_FEATURES.index(name)]) for name in VIEWS_OF_FIRST]
    against_it = (rival, rivals_near, near - rivals_near, float(query.lang == "en"))
    return [min(gap, 2 * _LONE_GAP), posterior, *kept, *against_it]
