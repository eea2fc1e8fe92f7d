"""Customers of agents who do not answer: since when each waits, and whether the agent is still there."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, and_, func, select

from handoff.conversation import Handoff, HandoffState
from handoff.store import attention
from handoff.store import tables as t
from handoff.store.clock import now, read_clock
from handoff.store.handoffs import handoff_from_row


@dataclass(frozen=True)
class Neglected:
    """A handoff to take back, and why: ``silent`` or ``gone``."""

    handoff: Handoff
    why: str


def waiting_since(conn: Connection, handoff: Handoff) -> float | None:
    """Since when the customer waits for this owner's word (epoch seconds); None when it is the customer's turn."""
    e = t.event.c
    mine = and_(e.conv_id == handoff.conv_id, e.kind == "message")
    claimed = handoff.claimed_at or 0.0
    answered = conn.execute(select(func.max(e.seq)).where(mine, e.author == "agent", e.created_at >= claimed)).scalar()
    if answered is None:
        return claimed
    return conn.execute(select(func.min(e.created_at)).where(mine, e.author == "customer", e.seq > answered)).scalar()


def neglected(conn: Connection, *, silent_after: float, grace: float) -> list[Neglected]:
    """Handoffs whose customer waits while the agent is gone longer than ``grace``, or silent for ``silent_after``.

    An agent who is typing is not silent.
    """
    rows = conn.execute(
        select(t.handoff, (t.presence.c.lease_until < now() - grace).label("gone"))
        .outerjoin(t.presence, t.presence.c.agent_id == t.handoff.c.claimed_by)
        .where(t.handoff.c.state == HandoffState.ACCEPTED)
    ).all()
    clock = read_clock(conn)
    found = []
    for row in rows:
        handoff = handoff_from_row(row)
        since = waiting_since(conn, handoff)
        if since is None:
            continue
        if row.gone:
            found.append(Neglected(handoff, "gone"))
        elif clock - since > silent_after and handoff.claimed_by not in attention.present(
            conn, handoff.conv_id, "typing"
        ):
            found.append(Neglected(handoff, "silent"))
    return found
