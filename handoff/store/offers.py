"""Offers of a waiting handoff to one agent, and who was asked and did not take it."""

from __future__ import annotations

from sqlalchemy import Connection, delete, func, insert, select, update

from handoff.conversation import Handoff, HandoffState
from handoff.store import tables as t
from handoff.store.clock import now
from handoff.store.handoffs import handoff_from_row
from handoff.store.queue_version import bump_queue


def offer_to(conn: Connection, handoff_id: str, agent_id: str, seconds: float) -> bool:
    """Offer a queued handoff to one agent for ``seconds``; False when it is not queued any more."""
    changed = conn.execute(
        update(t.handoff)
        .where(t.handoff.c.id == handoff_id, t.handoff.c.state == HandoffState.QUEUED)
        .values(state=HandoffState.OFFERED, offered_to=agent_id, offer_until=now() + seconds)
    )
    bump_queue(conn)
    return changed.rowcount == 1


def withdraw_offer(conn: Connection, handoff_id: str, agent_id: str) -> bool:
    """The handoff offered to this agent waits for anybody again; False when it is not offered to them."""
    changed = conn.execute(
        update(t.handoff)
        .where(
            t.handoff.c.id == handoff_id,
            t.handoff.c.state == HandoffState.OFFERED,
            t.handoff.c.offered_to == agent_id,
        )
        .values(state=HandoffState.QUEUED, offered_to=None, offer_until=None)
    )
    bump_queue(conn)
    return changed.rowcount == 1


def lapsed_offers(conn: Connection) -> list[Handoff]:
    """Offers whose time is over."""
    rows = conn.execute(
        select(t.handoff).where(t.handoff.c.state == HandoffState.OFFERED, t.handoff.c.offer_until < now())
    )
    return [handoff_from_row(row) for row in rows]


def offers_to(conn: Connection, agent_id: str) -> list[Handoff]:
    """What this agent is asked to take now."""
    h = t.handoff.c
    rows = conn.execute(
        select(t.handoff).where(h.state == HandoffState.OFFERED, h.offered_to == agent_id).order_by(h.offer_until)
    )
    return [handoff_from_row(row) for row in rows]


def note_refusal(conn: Connection, handoff_id: str, agent_id: str, how: str) -> None:
    """Remember that this agent was asked and did not take it; ``how`` is declined, expired, gone, silent or passed."""
    where = (t.handoff_refusal.c.handoff_id == handoff_id, t.handoff_refusal.c.agent_id == agent_id)
    conn.execute(delete(t.handoff_refusal).where(*where))
    conn.execute(insert(t.handoff_refusal).values(handoff_id=handoff_id, agent_id=agent_id, how=how, at=now()))


def refused_lately(conn: Connection, handoff_id: str, seconds: float) -> set[str]:
    """Agents who did not take this handoff within the last ``seconds``."""
    r = t.handoff_refusal.c
    return set(conn.execute(select(r.agent_id).where(r.handoff_id == handoff_id, r.at > now() - seconds)).scalars())


def has_refused(conn: Connection, handoff_id: str, agent_id: str) -> bool:
    """Whether this agent was ever asked to take it and did not."""
    r = t.handoff_refusal.c
    return bool(
        conn.execute(select(func.count()).where(r.handoff_id == handoff_id, r.agent_id == agent_id)).scalar_one()
    )
