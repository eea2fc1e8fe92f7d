"""How much a customer asks for at once, counted from the conversation itself: every gateway sees the same."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, Integer, bindparam, func, select

from handoff.store import tables as t
from handoff.store.clock import now

_OF_CONVERSATION = t.event.c.conv_id == bindparam("conv")
# From the newest backwards, so that a long conversation costs no more than a short one.
_NEWEST_OF_OTHERS = (
    select(t.event.c.seq)
    .where(_OF_CONVERSATION, t.event.c.author != "customer")
    .order_by(t.event.c.seq.desc())
    .limit(1)
    .scalar_subquery()
)
_UNANSWERED = select(func.count()).where(_OF_CONVERSATION, t.event.c.seq > func.coalesce(_NEWEST_OF_OTHERS, 0))
_NTH_NEWEST = (
    select(t.event.c.created_at)
    .where(_OF_CONVERSATION, t.event.c.author == "customer")
    .order_by(t.event.c.seq.desc())
    .limit(1)
    .offset(bindparam("nth", type_=Integer))
    .scalar_subquery()
)
_PRESSURE = select(_UNANSWERED.scalar_subquery().label("unanswered"), (now() - _NTH_NEWEST).label("age"))


@dataclass(frozen=True)
class Pressure:
    """``unanswered``: the customer's messages since anybody else wrote. ``age``: seconds since their n-th newest."""

    unanswered: int
    age: float | None


def pressure(conn: Connection, conv_id: str, nth: int) -> Pressure:
    """As things stand in this transaction; ``age`` is None while there are fewer than ``nth`` messages."""
    row = conn.execute(_PRESSURE, {"conv": conv_id, "nth": nth - 1}).one()
    return Pressure(row.unanswered, row.age)


def unanswered(conn: Connection, conv_id: str) -> int:
    """How many customer messages came since anybody else wrote."""
    return int(conn.execute(_UNANSWERED, {"conv": conv_id}).scalar_one())
