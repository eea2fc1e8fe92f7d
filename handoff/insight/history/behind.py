"""The conversations behind a figure: the very rows that were counted, or those that fell short of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Float, and_, cast, func, literal, not_, select

from handoff.errors import InvalidRequest
from handoff.insight.history.figures import FIGURES, Figure, Measure
from handoff.insight.history.rows import Scope, fact_rows
from handoff.store import tables as t

Which = Literal["counted", "rest"]
PAGE = 100


@dataclass(frozen=True)
class Behind:
    """One row behind a figure; ``at`` is epoch seconds, ``value`` the row's own seconds or score if it has one."""

    conv_id: str
    handoff_id: str | None
    at: float
    channel: str
    skill: str
    category: str
    reason: str
    rule: str
    agent: str
    value: float | None

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class BehindPage:
    """Some of the rows; ``total`` is how many there are."""

    total: int
    rows: list[Behind]


def figure_of(key: str) -> Figure:
    """The figure of this name; `InvalidRequest` when there is none."""
    if key not in FIGURES:
        raise InvalidRequest(f"There is no figure {key!r}.")
    return FIGURES[key]


def rows_behind(
    conn: Connection, scope: Scope, figure: Figure, which: Which = "counted", *, limit: int = PAGE, offset: int = 0
) -> BehindPage:
    """Rows that the figure counts, or (``rest``) those it is counted out of without them; the longest or newest first.

    For a median or a mean every row with a value is counted and the rest is empty.
    """
    rows = fact_rows(conn, figure.fact, scope, ["category"])
    chosen = _condition(figure, which, rows.c)
    value = _value(figure, rows.c)
    total = conn.execute(select(func.count()).select_from(rows).where(chosen)).scalar_one()
    name = func.coalesce(t.agent.c.display_name, rows.c.agent).label("agent_name")
    query = (
        select(rows, value.label("own"), name)
        .outerjoin(t.agent, t.agent.c.id == rows.c.agent)
        .where(chosen)
        .order_by(_worst_first(figure, value), rows.c.at.desc(), rows.c.conv_id)
        .limit(limit)
        .offset(offset)
    )
    found = [
        Behind(
            conv_id=row.conv_id,
            handoff_id=row.handoff_id,
            at=row.at,
            channel=row.channel,
            skill=row.skill,
            category=row.category,
            reason=row.reason,
            rule=row.rule,
            agent=row.agent_name,
            value=row.own,
        )
        for row in conn.execute(query)
    ]
    return BehindPage(int(total), found)


def _condition(figure: Figure, which: Which, c: Any) -> ColumnElement[bool]:
    if which == "counted":
        return figure.rows(c)
    if figure.measure is not Measure.SHARE or figure.per:
        return literal(False)
    return and_(figure.of(c), not_(figure.rows(c)))


# The value a row is shown with, where the figure itself has none.
_OWN = {"waits": "first_response", "ends": "took", "left_messages": "took", "complaints": "took"}


def _value(figure: Figure, c: Any) -> ColumnElement[float | None]:
    name = figure.value or _OWN.get(figure.fact, "")
    return cast(c[name], Float) if name else cast(literal(None), Float)


def _worst_first(figure: Figure, value: ColumnElement[float | None]) -> ColumnElement[Any]:
    """Long times first, low scores first; everything without a value after."""
    if not figure.value:
        return literal(0)
    return func.coalesce(value if figure.better == "more" else -value, 1e18)
