"""Counts the figures of one fact in one statement: sums by day and one more dimension, and ranks beside them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Float,
    Select,
    String,
    and_,
    case,
    cast,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.engine import Row
from sqlalchemy.sql.selectable import CTE

from handoff.insight.history.figures import FIGURES, Figure, Measure
from handoff.insight.history.rows import Scope, day_text, fact_rows

# Score from which a customer recommends us, and up to which they warn of us.
PROMOTER, DETRACTOR = 9, 6


@dataclass(frozen=True)
class Number:
    """A figure of some rows: its ``value`` (None when there is nothing to count), and ``n`` out of ``of`` rows."""

    value: float | None
    n: float
    of: float

    def to_dict(self) -> dict[str, float | None]:
        """Plain JSON values."""
        return {"value": self.value, "n": self.n, "of": self.of}


Groups = dict[str, dict[str, Number]]


@dataclass
class Counted:
    """Numbers by figure: of everything, of each local day, of each value of the dimension."""

    total: dict[str, Number] = field(default_factory=dict)
    by_day: Groups = field(default_factory=lambda: defaultdict(dict))
    by_value: Groups = field(default_factory=lambda: defaultdict(dict))


def count_fact(conn: Connection, name: str, scope: Scope, dimension: str | None) -> Counted:
    """Every figure of the fact: in all, by day, and by the dimension; in all only when ``dimension`` is None."""
    figures = [figure for figure in FIGURES.values() if figure.fact == name]
    sums = [figure for figure in figures if figure.additive]
    ranks = [figure for figure in figures if not figure.additive]
    rows = fact_rows(conn, name, scope, [dimension] if dimension else [])
    queries = [_sums(rows, sums, dimension)]
    if ranks:
        kinds = ("total", "day", "value") if dimension else ("total",)
        queries += [_ranked(rows, kind, ranks[0], dimension, 2 * len(sums)) for kind in kinds]
    found = conn.execute(union_all(*queries)).all()
    counted = Counted()
    _add_sums([row for row in found if row.kind == "sum"], sums, dimension, counted)
    for row in found:
        if row.kind != "sum":
            _add_ranks(row, ranks, dimension, counted)
    for figure in ranks:
        counted.total.setdefault(figure.key, Number(None, 0, 0))
    return counted


def _sums(rows: CTE, figures: Sequence[Figure], dimension: str | None) -> Select[Any]:
    """Columns ``kind``, ``day``, ``value``, then two for each figure: the counted, and what they are counted out of."""
    parts = [part for figure in figures for part in _parts(figure, rows.c)]
    columns: list[ColumnElement[Any]] = [literal("sum").label("kind")]
    if dimension is None:
        columns += [literal("").label("day"), literal("").label("value")]
    else:
        columns += [cast(rows.c.day, String).label("day"), cast(rows.c[dimension], String).label("value")]
    columns += [cast(part, Float).label(f"c{place}") for place, part in enumerate(parts)]
    query = select(*columns)
    return query if dimension is None else query.group_by(rows.c.day, rows.c[dimension])


def _parts(figure: Figure, c: Any) -> list[ColumnElement[Any]]:
    of = func.sum(case((figure.of(c), 1), else_=0))
    n = func.sum(case((figure.rows(c), 1), else_=0))
    if figure.measure is Measure.MEAN:
        n = func.sum(c[figure.value])
    elif figure.measure is Measure.BALANCE:
        score = c[figure.value]
        n = func.sum(case((score >= PROMOTER, 1), (score <= DETRACTOR, -1), else_=0))
    return [n, of]


def _ranked(rows: CTE, kind: str, figure: Figure, dimension: str | None, width: int) -> Select[Any]:
    """Nearest-rank median, 90th percentile and number of the figure's ``value`` in each group, in `_sums`' columns."""
    groups = {"total": literal(""), "day": rows.c.day, "value": rows.c[dimension] if dimension else literal("")}
    group, time = groups[kind], rows.c[figure.value]
    place = func.row_number().over(partition_by=group, order_by=time)
    size = func.count().over(partition_by=group)
    ranks = (
        select(cast(group, String).label("value"), time.label("time"), place.label("place"), size.label("size"))
        .where(and_(figure.of(rows.c), time.is_not(None)))
        .subquery()
    )
    half = func.min(case((ranks.c.place * 2 >= ranks.c.size, ranks.c.time)))
    most = func.min(case((ranks.c.place * 10 >= ranks.c.size * 9, ranks.c.time)))
    numbers = [half, most, func.count(), *(literal(0.0) for _ in range(width - 3))]
    columns = [cast(number, Float).label(f"c{place}") for place, number in enumerate(numbers)]
    return select(literal(kind).label("kind"), literal("").label("day"), ranks.c.value, *columns).group_by(
        ranks.c.value
    )


def _add_sums(rows: Sequence[Row[Any]], figures: Sequence[Figure], dimension: str | None, counted: Counted) -> None:
    for place, figure in enumerate(figures):
        everything = [0.0, 0.0]
        days: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
        values: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
        for row in rows:
            pair = row[3 + 2 * place] or 0.0, row[4 + 2 * place] or 0.0
            groups = [everything]
            if dimension:
                groups += [days[day_text(row.day)], values[_named(row.value, dimension)]]
            for sums in groups:
                sums[0] += pair[0]
                sums[1] += pair[1]
        counted.total[figure.key] = number(figure, *everything)
        for target, found in ((counted.by_day, days), (counted.by_value, values)):
            for group, sums in found.items():
                target[group][figure.key] = number(figure, *sums)


def number(figure: Figure, n: float, of: float) -> Number:
    """The value of an additive figure from its sums."""
    if figure.measure is Measure.COUNT:
        return Number(n, n, of)
    if not of:
        return Number(None, n, of)
    scale = 100.0 if figure.measure is Measure.BALANCE else 1.0
    return Number(scale * n / of, n, of)


def _add_ranks(row: Row[Any], figures: Sequence[Figure], dimension: str | None, counted: Counted) -> None:
    half, most, size = row.c0, row.c1, row.c2
    for figure in figures:
        found = Number(half if figure.measure is Measure.MEDIAN else most, size, size)
        if row.kind == "total":
            counted.total[figure.key] = found
        elif row.kind == "day":
            counted.by_day[day_text(row.value)][figure.key] = found
        else:
            counted.by_value[_named(row.value, dimension)][figure.key] = found


def _named(value: str, dimension: str | None) -> str:
    return day_text(int(value)) if dimension == "day" else value
