"""Customers who wait long: whom to tell how it stands, and whose wait is over."""

from __future__ import annotations

from sqlalchemy import Connection, exists, func, select

from handoff.conversation import Handoff
from handoff.routing.rules import Rules
from handoff.store import handoffs
from handoff.store import tables as t
from handoff.store.business_hours import current_hours
from handoff.store.clock import read_clock
from handoff.store.ledger import Step


def to_tell(conn: Connection, rules: Rules) -> list[Handoff]:
    """Who waits longer than ``rules.long_wait``, or saw the hours end meanwhile, and was not told yet."""
    hours, clock = current_hours(conn), read_clock(conn)
    found = []
    for handoff in handoffs.waiting(conn, rules.ageing):
        closed = not hours.of(handoff.skill).is_open(clock)
        shut_meanwhile = closed and _closed_since(conn, handoff, clock) > handoff.queued_at
        long = clock - _in_line_since(conn, handoff) > rules.long_wait
        state = "closed" if closed else "waiting"
        if (shut_meanwhile if closed else long) and not _told(conn, handoff, state):
            found.append(handoff)
    return found


def over(conn: Connection, rules: Rules) -> list[Handoff]:
    """Whose wait has run out: nobody came in time, counted from the customer's last word."""
    hours, clock = current_hours(conn), read_clock(conn)
    found = []
    for handoff in handoffs.waiting(conn, rules.ageing):
        since = max(handoff.queued_at, _last_word(conn, handoff))
        limit = rules.expire_open
        if not hours.of(handoff.skill).is_open(clock):
            since, limit = max(since, _closed_since(conn, handoff, clock)), rules.expire_closed
        if clock - since > limit:
            found.append(handoff)
    return found


def _in_line_since(conn: Connection, handoff: Handoff) -> float:
    """Since when nobody answers; somebody whom an agent left is not told at once that it takes long."""
    c = t.handoff_event.c
    joined = select(func.max(c.at)).where(
        c.handoff_id == handoff.id, c.kind.in_([Step.OPENED, Step.TAKEN_BACK, Step.TRANSFERRED])
    )
    return float(conn.execute(joined).scalar() or handoff.queued_at)


def _closed_since(conn: Connection, handoff: Handoff, clock: float) -> float:
    return current_hours(conn).of(handoff.skill).last_closing(clock) or 0.0


def _last_word(conn: Connection, handoff: Handoff) -> float:
    e = t.event.c
    last = select(func.max(e.created_at)).where(e.conv_id == handoff.conv_id, e.author == "customer")
    return float(conn.execute(last).scalar() or 0.0)


def _told(conn: Connection, handoff: Handoff, state: str) -> bool:
    e = t.event.c
    key = f"{handoff.id}:{state}:long_wait"
    told = exists(select(e.seq).where(e.conv_id == handoff.conv_id, e.author == "system", e.client_msg_id == key))
    return bool(conn.execute(select(told)).scalar())
