"""Who is at their desk: a lease that the agent's console keeps alive, by the database's clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, update
from sqlalchemy.engine import Row

from handoff.conversation import PresenceState
from handoff.store import tables as t
from handoff.store.clock import now
from handoff.store.upsert import insert_or_skip

REMEMBERED = 12 * 3600.0


@dataclass(frozen=True)
class Presence:
    """What an agent said of themselves. ``lease_until`` is epoch seconds; ``reason`` is a code or their own words."""

    agent_id: str
    state: PresenceState
    reason: str
    since: float
    lease_until: float


def presence_of(conn: Connection, agent_id: str) -> Presence | None:
    """As it counts now: offline once the lease is over; None for an agent who never was here."""
    row = conn.execute(
        select(t.presence, (t.presence.c.lease_until > now()).label("alive")).where(t.presence.c.agent_id == agent_id)
    ).first()
    if row is None:
        return None
    state = PresenceState(row.state) if row.alive else PresenceState.OFFLINE
    return Presence(row.agent_id, state, row.reason, row.since, row.lease_until)


def set_state(conn: Connection, agent_id: str, state: PresenceState, lease: float, reason: str = "") -> bool:
    """The agent says where they are, for ``lease`` seconds unless a heartbeat comes; True when it changed."""
    current = presence_of(conn, agent_id)
    same = current is not None and current.state is state
    values: dict[str, Any] = {"state": state, "reason": reason, "lease_until": now() + lease, "missed": 0}
    if not same:
        values["since"] = now()
    if not insert_or_skip(conn, t.presence, **{"agent_id": agent_id, "since": now(), **values}):
        conn.execute(update(t.presence).where(t.presence.c.agent_id == agent_id).values(values))
    return not same


def beat(conn: Connection, agent_id: str, lease: float) -> Presence:
    """The console is open: the lease goes on, in whatever state the agent chose; the first beat means online.

    Who said "offline" gets no offers until they say otherwise, or until the next day; what they hold stays theirs.
    """
    p = t.presence.c
    said = conn.execute(
        select(p.state, (p.since > now() - REMEMBERED).label("lately")).where(p.agent_id == agent_id)
    ).first()
    if said is None or (said.state == PresenceState.OFFLINE and not said.lately):
        set_state(conn, agent_id, PresenceState.ONLINE, lease)
    else:
        conn.execute(update(t.presence).where(p.agent_id == agent_id).values(lease_until=now() + lease))
    found = presence_of(conn, agent_id)
    assert found is not None
    return found


def end_lease(conn: Connection, agent_id: str) -> None:
    """The agent signed out: they count as gone at once, and as they said when they sign in again."""
    conn.execute(
        update(t.presence)
        .where(t.presence.c.agent_id == agent_id, t.presence.c.lease_until > now())
        .values(lease_until=now())
    )


def missed_offer(conn: Connection, agent_id: str, limit: int) -> None:
    """An offer ran out; at the ``limit``-th in a row the agent counts as away."""
    row: Row[Any] | None = conn.execute(
        update(t.presence)
        .where(t.presence.c.agent_id == agent_id)
        .values(missed=t.presence.c.missed + 1)
        .returning(t.presence.c.missed)
    ).first()
    if row is not None and row.missed >= limit:
        conn.execute(
            update(t.presence)
            .where(t.presence.c.agent_id == agent_id, t.presence.c.state == PresenceState.ONLINE)
            .values(state=PresenceState.AWAY, reason="missed_offers", since=now(), missed=0)
        )
