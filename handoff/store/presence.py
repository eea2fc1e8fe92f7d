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
    """The console is open: the lease goes on, in whatever state the agent chose; the first beat means online."""
    current = presence_of(conn, agent_id)
    if current is None or current.state is PresenceState.OFFLINE:
        # Back after a lost connection: the state said last still holds, except that "offline" was not said.
        said = conn.execute(select(t.presence.c.state).where(t.presence.c.agent_id == agent_id)).scalar()
        state = PresenceState.AWAY if said == PresenceState.AWAY else PresenceState.ONLINE
        set_state(conn, agent_id, state, lease, current.reason if current and state is PresenceState.AWAY else "")
    else:
        conn.execute(update(t.presence).where(t.presence.c.agent_id == agent_id).values(lease_until=now() + lease))
    found = presence_of(conn, agent_id)
    assert found is not None
    return found


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
