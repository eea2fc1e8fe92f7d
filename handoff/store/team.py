"""The team as the queue sees it: who is here, with which skills, how loaded, and asked how often."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection, and_, func, select

from handoff.conversation import HandoffState, PresenceState
from handoff.routing.rules import Member
from handoff.store import tables as t
from handoff.store.agents import agent_from_row
from handoff.store.clock import now


def members(conn: Connection) -> list[Member]:
    """Every enabled account, present or not."""
    h = t.handoff.c
    offered = select(func.count()).where(h.state == HandoffState.OFFERED, h.offered_to == t.agent.c.id)
    last = select(func.max(h.claimed_at)).where(h.claimed_by == t.agent.c.id)
    rows = conn.execute(
        select(
            t.agent,
            t.presence.c.state,
            and_(t.presence.c.lease_until > now()).label("alive"),
            offered.scalar_subquery().label("offered"),
            last.scalar_subquery().label("last_claim"),
        )
        .outerjoin(t.presence, t.presence.c.agent_id == t.agent.c.id)
        .where(t.agent.c.disabled.is_(False))
        .order_by(t.agent.c.name)
    )
    return [
        Member(
            agent=agent_from_row(row),
            state=PresenceState(row.state) if row.alive else PresenceState.OFFLINE,
            offered=row.offered,
            idle_since=row.last_claim or 0.0,
        )
        for row in rows
    ]


def with_offer(member: Member) -> Member:
    """The member with one more open offer."""
    return replace(member, offered=member.offered + 1)
