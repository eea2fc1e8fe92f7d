"""The rows of one fact that a question is about, each with its local day and, where wanted, its FAQ category."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, literal, select
from sqlalchemy.sql.selectable import CTE, FromClause

from handoff.errors import InvalidRequest
from handoff.insight.history.facts import FACTS, Question
from handoff.insight.history.figures import DIMENSIONS
from handoff.insight.history.sql import category_table, last_entry, local_day, once

EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Scope:
    """Which rows are looked at: ``categories`` by FAQ entry, ``where`` values of dimensions."""

    question: Question
    categories: Mapping[str, str] = field(default_factory=dict)
    where: Mapping[str, str] = field(default_factory=dict)


def check_dimension(name: str) -> str:
    """``name``, if there is such a dimension; `InvalidRequest` otherwise."""
    if name not in DIMENSIONS:
        raise InvalidRequest(f"There is no dimension {name!r}; there are {', '.join(DIMENSIONS)}.")
    return name


def day_text(number_of_day: int) -> str:
    """A day counted from 1970-01-01 as ISO text."""
    return (EPOCH + timedelta(days=int(number_of_day))).isoformat()


def fact_rows(conn: Connection, name: str, scope: Scope, by: Iterable[str] = ()) -> CTE:
    """The rows of a fact within the scope; ``category`` is there when it is in ``by`` or narrows the scope."""
    raw: FromClause = FACTS[name](scope.question).subquery("fact")
    names = None
    if "category" in {*by, *scope.where}:
        raw = once(FACTS[name](scope.question), "fact")
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
    wanted = [rows.c[check_dimension(one)] == _wanted(one, value) for one, value in scope.where.items()]
    return once(select(rows).where(*wanted), "chosen")


def _wanted(dimension: str, value: str) -> str | int:
    if dimension != "day":
        return value
    try:
        return (date.fromisoformat(value) - EPOCH).days
    except ValueError:
        raise InvalidRequest(f"{value!r} is no day.") from None
