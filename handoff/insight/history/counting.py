"""Counts the figures of one fact: sums by day and one more dimension in one query, medians in another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
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
from sqlalchemy.sql.selectable import CTE

from handoff.errors import InvalidRequest
from handoff.insight.history.facts import FACTS, Question
from handoff.insight.history.figures import DIMENSIONS, FIGURES, Figure, Measure
from handoff.insight.history.sql import category_table, last_entry, local_day, once

EPOCH = date(1970, 1, 1)
# Score from which a customer recommends us, and up to which they warn of us.
PROMOTER, DETRACTOR = 9, 6


@dataclass(frozen=True)
class Scope:
    """Which rows are looked at: ``categories`` by FAQ entry, ``where`` values of dimensions."""

    question: Question
    categories: Mapping[str, str] = field(default_factory=dict)
    where: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Number:
    """A figure of some rows: its ``value`` (None when there is nothing to count), and ``n`` out of ``of`` rows."""

    value: float | None
    n: float
    of: float

    def to_dict(self) -> dict[str, float | None]:
        """Plain JSON values."""
        return {"value": self.value, "n": self.n, "of": self.of}


@dataclass
class Counted:
    """Numbers by figure: of everything, of each local day, of each value of the dimension."""

    total: dict[str, Number] = field(default_factory=dict)
    by_day: dict[str, dict[str, Number]] = field(default_factory=lambda: defaultdict(dict))
    by_value: dict[str, dict[str, Number]] = field(default_factory=lambda: defaultdict(dict))


def check_dimension(name: str) -> str:
    """``name``, if there is such a dimension; `InvalidRequest` otherwise."""
    if name not in DIMENSIONS:
        raise InvalidRequest(f"There is no dimension {name!r}; there are {', '.join(DIMENSIONS)}.")
    return name


def fact_rows(conn: Connection, name: str, scope: Scope, by: Iterable[str]) -> CTE:
    """The rows of a fact within the scope; ``category`` is there when it is in ``by`` or narrows the scope."""
    raw, names = once(FACTS[name](scope.question), "fact"), None
    if "category" in {*by, *scope.where}:
        entry = last_entry(raw.c.conv_id, raw.c.look_from, raw.c.look_to)
        raw = once(select(raw, entry.label("entry")), "known")
        names = category_table(conn, scope.categories)
    columns: list[ColumnElement[Any]] = [column for column in raw.c if column.name not in ("look_from", "look_to")]
    columns.append(local_day(raw.c.at, scope.question.period).label("day"))
    if names is None:
        rows = select(*columns).subquery("row")
    else:
        columns.append(func.coalesce(names.c.value, literal("")).label("category"))
        joined = raw.outerjoin(names, names.c.key == raw.c.entry)
        rows = select(*columns).select_from(joined).subquery("row")
    wanted = [rows.c[check_dimension(by)] == _wanted(by, value) for by, value in scope.where.items()]
    return once(select(rows).where(*wanted), "chosen")


def _wanted(dimension: str, value: str) -> str | int:
    if dimension != "day":
        return value
    try:
        return (date.fromisoformat(value) - EPOCH).days
    except ValueError:
        raise InvalidRequest(f"{value!r} is no day.") from None


def count_fact(conn: Connection, name: str, scope: Scope, dimension: str) -> Counted:
    """Every figure of the fact: in all, by day, and by the dimension."""
    figures = [figure for figure in FIGURES.values() if figure.fact == name]
    counted = Counted()
    _add_sums(conn, name, scope, dimension, [figure for figure in figures if figure.additive], counted)
    ranked = [figure for figure in figures if not figure.additive]
    if ranked:
        _add_ranks(conn, name, scope, dimension, ranked, counted)
    return counted


def _add_sums(
    conn: Connection, name: str, scope: Scope, dimension: str, figures: Sequence[Figure], counted: Counted
) -> None:
    rows = fact_rows(conn, name, scope, [dimension])
    parts = [part for figure in figures for part in _parts(figure, rows.c)]
    value = rows.c[dimension]
    found = conn.execute(select(rows.c.day, value.label("value"), *parts).group_by(rows.c.day, value)).all()
    for figure in figures:
        everything = [0.0, 0.0]
        days: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
        values: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
        for row in found:
            pair = row._mapping[f"{figure.key}_n"], row._mapping[f"{figure.key}_of"]
            group = day_text(row.value) if dimension == "day" else row.value
            for sums in (everything, days[day_text(row.day)], values[group]):
                sums[0] += pair[0] or 0
                sums[1] += pair[1] or 0
        counted.total[figure.key] = number(figure, *everything)
        for target, groups in ((counted.by_day, days), (counted.by_value, values)):
            for group, sums in groups.items():
                target[group][figure.key] = number(figure, *sums)


def _parts(figure: Figure, c: Any) -> list[ColumnElement[Any]]:
    """What is summed: the counted, and what they are counted out of."""
    of = func.sum(case((figure.of(c), 1), else_=0))
    n = func.sum(case((figure.rows(c), 1), else_=0))
    if figure.measure is Measure.MEAN:
        n = func.sum(c[figure.value])
    elif figure.measure is Measure.BALANCE:
        score = c[figure.value]
        n = func.sum(case((score >= PROMOTER, 1), (score <= DETRACTOR, -1), else_=0))
    return [n.label(f"{figure.key}_n"), of.label(f"{figure.key}_of")]


def number(figure: Figure, n: float, of: float) -> Number:
    """The value of an additive figure from its sums."""
    if figure.measure is Measure.COUNT:
        return Number(n, n, of)
    if not of:
        return Number(None, n, of)
    scale = 100.0 if figure.measure is Measure.BALANCE else 1.0
    return Number(scale * n / of, n, of)


def _add_ranks(
    conn: Connection, name: str, scope: Scope, dimension: str, figures: Sequence[Figure], counted: Counted
) -> None:
    rows = fact_rows(conn, name, scope, [dimension])
    for value in dict.fromkeys(figure.value for figure in figures):
        alike = [figure for figure in figures if figure.value == value]
        where = alike[0].of(rows.c)
        groups = {"total": literal(""), "day": rows.c.day, "value": rows.c[dimension]}
        queries = [_ranked(rows, kind, group, value, where) for kind, group in groups.items()]
        for row in conn.execute(union_all(*queries)):
            for figure in alike:
                found = row.half if figure.measure is Measure.MEDIAN else row.most
                _put(counted, row.kind, str(row.value), dimension, figure.key, Number(found, row.n, row.n))
    for figure in figures:
        counted.total.setdefault(figure.key, Number(None, 0, 0))


def _ranked(
    rows: FromClause, kind: str, group: ColumnElement[Any], value: str, where: ColumnElement[bool]
) -> Select[Any]:
    """Nearest-rank median and 90th percentile of ``value`` in each group."""
    by = cast(group, String).label("value")
    known = and_(where, rows.c[value].is_not(None))
    place = func.row_number().over(partition_by=group, order_by=rows.c[value])
    size = func.count().over(partition_by=group)
    ranks = select(by, rows.c[value].label("time"), place.label("place"), size.label("size")).where(known).subquery()
    half = func.min(case((ranks.c.place * 2 >= ranks.c.size, ranks.c.time)))
    most = func.min(case((ranks.c.place * 10 >= ranks.c.size * 9, ranks.c.time)))
    return select(
        literal(kind).label("kind"), ranks.c.value, half.label("half"), most.label("most"), func.count().label("n")
    ).group_by(ranks.c.value)


def _put(counted: Counted, kind: str, value: str, dimension: str, key: str, found: Number) -> None:
    if kind == "total":
        counted.total[key] = found
    elif kind == "day":
        counted.by_day[day_text(int(value))][key] = found
    else:
        counted.by_value[day_text(int(value)) if dimension == "day" else value][key] = found


def day_text(number_of_day: int) -> str:
    """A day counted from 1970-01-01 as ISO text."""
    return (EPOCH + timedelta(days=int(number_of_day))).isoformat()
