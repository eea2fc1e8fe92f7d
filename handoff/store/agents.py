"""Accounts of the people who answer, their sessions and how many conversations they hold."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.engine import Row

from handoff.conversation import Agent, Role
from handoff.errors import AgentExists, LoadAboveCap, UnknownAgent
from handoff.store import presence
from handoff.store import tables as t
from handoff.store.clock import now
from handoff.store.customers import token_hash


@dataclass(frozen=True)
class AgentSession:
    agent: Agent
    csrf: str


def agent_from_row(row: Row[Any]) -> Agent:
    return Agent(
        id=row.id,
        name=row.name,
        display_name=row.display_name,
        role=Role(row.role),
        cap=row.cap,
        load=row.load,
        disabled=row.disabled,
        skills=tuple(row.skills),
        langs=tuple(row.langs),
    )


def insert_agent(conn: Connection, *, name: str, display_name: str, role: Role, password_hash: str, cap: int) -> Agent:
    """Make an account; `AgentExists` if the name is taken."""
    if conn.execute(select(t.agent.c.id).where(t.agent.c.name == name)).first():
        raise AgentExists(f"An account named {name!r} exists already.")
    row = conn.execute(
        insert(t.agent)
        .values(
            id=uuid.uuid4().hex,
            name=name,
            display_name=display_name,
            role=role,
            password_hash=password_hash,
            cap=cap,
            load=0,
            disabled=False,
            created_at=now(),
        )
        .returning(t.agent)
    ).one()
    return agent_from_row(row)


def list_agents(conn: Connection) -> list[Agent]:
    return [agent_from_row(row) for row in conn.execute(select(t.agent).order_by(t.agent.c.name))]


def agent_by_name(conn: Connection, name: str) -> tuple[Agent, str]:
    """Account and its password hash; `UnknownAgent` if there is none."""
    row = conn.execute(select(t.agent).where(t.agent.c.name == name)).first()
    if row is None:
        raise UnknownAgent(f"There is no account named {name!r}.")
    return agent_from_row(row), row.password_hash


def agent_by_id(conn: Connection, agent_id: str) -> Agent:
    row = conn.execute(select(t.agent).where(t.agent.c.id == agent_id)).first()
    if row is None:
        raise UnknownAgent()
    return agent_from_row(row)


def update_agent(conn: Connection, agent_id: str, **values: object) -> None:
    conn.execute(update(t.agent).where(t.agent.c.id == agent_id).values(**values))


def take_slot(conn: Connection, agent_id: str) -> bool:
    """Reserve one of the agent's places; False when all are taken or the account is disabled."""
    changed = conn.execute(
        update(t.agent)
        .where(t.agent.c.id == agent_id, t.agent.c.load < t.agent.c.cap, t.agent.c.disabled.is_(False))
        .values(load=t.agent.c.load + 1)
    )
    return changed.rowcount == 1


def free_slot(conn: Connection, agent_id: str) -> None:
    conn.execute(update(t.agent).where(t.agent.c.id == agent_id, t.agent.c.load > 0).values(load=t.agent.c.load - 1))


def lock(conn: Connection, *agent_ids: str) -> None:
    """Hold these agents' rows until the commit, in one order for everybody: first in the lock order of the queue."""
    for agent_id in sorted(agent_ids):
        conn.execute(select(t.agent.c.id).where(t.agent.c.id == agent_id).with_for_update())


def move_slot(conn: Connection, giver: str, taker: str) -> bool:
    """One conversation goes from one agent to another; False when the taker is full, disabled or gone."""
    lock(conn, giver, taker)
    free_slot(conn, giver)
    return take_slot(conn, taker)


def set_routing(conn: Connection, agent_id: str, *, skills: Sequence[str], langs: Sequence[str], cap: int) -> Agent:
    """What the agent can be given: no skills or languages named means all of them. `LoadAboveCap` when too low."""
    changed = conn.execute(
        update(t.agent)
        .where(t.agent.c.id == agent_id, t.agent.c.load <= cap)
        .values(skills=sorted(set(skills)), langs=sorted(set(langs)), cap=cap)
    )
    agent = agent_by_id(conn, agent_id)
    if changed.rowcount == 0:
        raise LoadAboveCap(load=agent.load, cap=cap)
    return agent


def create_session(conn: Connection, agent_id: str, ttl: float) -> tuple[str, str]:
    """A new console session; returns its secret id (for the cookie) and its CSRF token."""
    session_id, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    conn.execute(
        insert(t.agent_session).values(
            id_hash=token_hash(session_id),
            agent_id=agent_id,
            csrf=csrf,
            seen_at=now(),
            expires_at=now() + ttl,
        )
    )
    conn.execute(delete(t.agent_session).where(t.agent_session.c.expires_at < now()))
    return session_id, csrf


def find_session(conn: Connection, session_id: str) -> AgentSession | None:
    """The live session of an enabled account, or None."""
    row = conn.execute(
        select(t.agent, t.agent_session.c.csrf)
        .join(t.agent, t.agent.c.id == t.agent_session.c.agent_id)
        .where(
            t.agent_session.c.id_hash == token_hash(session_id),
            t.agent_session.c.expires_at > now(),
            t.agent.c.disabled.is_(False),
        )
    ).first()
    return AgentSession(agent_from_row(row), row.csrf) if row else None


def touch_session(conn: Connection, session_id: str, ttl: float) -> None:
    conn.execute(
        update(t.agent_session)
        .where(t.agent_session.c.id_hash == token_hash(session_id))
        .values(seen_at=now(), expires_at=now() + ttl)
    )


def end_session(conn: Connection, session_id: str) -> None:
    """Sign one browser out; with the last one the agent counts as gone at once."""
    hashed = token_hash(session_id)
    agent_id = conn.execute(select(t.agent_session.c.agent_id).where(t.agent_session.c.id_hash == hashed)).scalar()
    conn.execute(delete(t.agent_session).where(t.agent_session.c.id_hash == hashed))
    left = select(t.agent_session.c.id_hash).where(
        t.agent_session.c.agent_id == agent_id, t.agent_session.c.expires_at > now()
    )
    if agent_id is not None and conn.execute(left.limit(1)).first() is None:
        presence.end_lease(conn, agent_id)


def end_sessions_of(conn: Connection, agent_id: str) -> None:
    """Sign the agent out everywhere."""
    conn.execute(delete(t.agent_session).where(t.agent_session.c.agent_id == agent_id))
    presence.end_lease(conn, agent_id)
