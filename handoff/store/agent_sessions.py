"""Open console sessions of the team as their owners and administrators see them; the secret ids are never read."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, select, update

from handoff.store import tables as t
from handoff.store.clock import now
from handoff.store.customers import token_hash


@dataclass(frozen=True)
class OpenSession:
    """``id`` names the session for revoking and opens nothing; times are epoch seconds."""

    id: str
    created_at: float
    seen_at: float
    address: str
    browser: str
    current: bool


def describe(conn: Connection, session_id: str, address: str, browser: str) -> None:
    """Keep where a fresh session came from."""
    conn.execute(
        update(t.agent_session)
        .where(t.agent_session.c.id_hash == token_hash(session_id))
        .values(created_at=now(), address=address, browser=browser)
    )


def sessions_of(conn: Connection, agent_id: str, current: str | None = None) -> list[OpenSession]:
    """Live sessions, newest use first; ``current`` is the secret id of the asker's own."""
    s = t.agent_session.c
    own = token_hash(current) if current else ""
    rows = conn.execute(
        select(s.id_hash, s.created_at, s.seen_at, s.address, s.browser)
        .where(s.agent_id == agent_id, s.expires_at > now())
        .order_by(s.seen_at.desc(), s.id_hash)
    )
    return [OpenSession(r.id_hash, r.created_at, r.seen_at, r.address, r.browser, r.id_hash == own) for r in rows]


def revoke(conn: Connection, agent_id: str, session: str) -> bool:
    """End the session named by `OpenSession.id`; False when there is none."""
    s = t.agent_session.c
    return conn.execute(delete(t.agent_session).where(s.agent_id == agent_id, s.id_hash == session)).rowcount == 1


def revoke_others(conn: Connection, agent_id: str, current: str) -> None:
    """End all sessions of the account but the one whose secret id is ``current``."""
    s = t.agent_session.c
    conn.execute(delete(t.agent_session).where(s.agent_id == agent_id, s.id_hash != token_hash(current)))
