"""How much a customer asks for at once, counted from the conversation itself: every gateway sees the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, bindparam, func, select

from handoff.store import tables as t
from handoff.store.clock import now


@dataclass(frozen=True)
class Pressure:
    """``unanswered``: the customer's messages since anybody else wrote. ``age``: seconds since their n-th newest."""

    unanswered: int
    age: float | None


def pressure_columns(conv: ColumnElement[str]) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """``unanswered`` and ``age`` of the conversation with the id ``conv``; the parameter ``nth`` counts from 0."""
    mine = t.event.c.conv_id == conv
    # From the newest backwards, so that a long conversation costs no more than a short one.
    others = t.event.alias("others")
    newest_of_others = (
        select(others.c.seq)
        .where(others.c.conv_id == conv, others.c.author != "customer")
        .order_by(others.c.seq.desc())
        .limit(1)
        .correlate_except(others)  # the conversation is two levels up, where it is not looked for by itself
        .scalar_subquery()
    )
    count = select(func.count()).select_from(t.event).where(mine, t.event.c.seq > func.coalesce(newest_of_others, 0))
    nth_newest = (
        select(t.event.c.created_at)
        .where(mine, t.event.c.author == "customer")
        .order_by(t.event.c.seq.desc())
        .limit(1)
        .offset(bindparam("nth", type_=Integer))
        .correlate_except(t.event)
        .scalar_subquery()
    )
    return count.correlate_except(t.event).scalar_subquery().label("unanswered"), (now() - nth_newest).label("age")


_UNANSWERED, _AGE = pressure_columns(bindparam("conv"))
_PRESSURE = select(_UNANSWERED, _AGE)
_COUNT = select(_UNANSWERED)


def pressure(conn: Connection, conv_id: str, nth: int) -> Pressure:
    """As things stand in this transaction; ``age`` is None while there are fewer than ``nth`` messages."""
    row = conn.execute(_PRESSURE, {"conv": conv_id, "nth": nth - 1}).one()
    return Pressure(row.unanswered, row.age)


def unanswered(conn: Connection, conv_id: str) -> int:
    """How many customer messages came since anybody else wrote."""
    return int(conn.execute(_COUNT, {"conv": conv_id}).scalar_one())
