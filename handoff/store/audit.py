"""Who did what, for the people who must answer for it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, insert, or_, select

from handoff.store import tables as t
from handoff.store.clock import now


@dataclass(frozen=True)
class AuditEntry:
    """One line of the trail. ``actor`` is an agent's id or a part of the service; ``at`` is epoch seconds."""

    id: str
    at: float
    actor: str
    action: str
    conv_id: str | None
    data: dict[str, Any]


def record(conn: Connection, actor: str, action: str, conv_id: str | None = None, **data: Any) -> None:
    conn.execute(
        insert(t.audit).values(id=uuid.uuid4().hex, at=now(), actor=actor, action=action, conv_id=conv_id, data=data)
    )


def trail(
    conn: Connection,
    *,
    before: tuple[float, str] | None = None,
    actor: str = "",
    action: str = "",
    limit: int = 50,
) -> list[AuditEntry]:
    """Newest first; ``before`` is time and id of the last entry seen, ``actor`` and ``action`` narrow it."""
    a = t.audit.c
    query = select(t.audit).order_by(a.at.desc(), a.id.desc()).limit(limit)
    if before is not None:
        query = query.where(or_(a.at < before[0], and_(a.at == before[0], a.id < before[1])))
    if actor:
        query = query.where(a.actor == actor)
    if action:
        query = query.where(a.action == action)
    return [
        AuditEntry(row.id, row.at, row.actor, row.action, row.conv_id, dict(row.data or {}))
        for row in conn.execute(query)
    ]


def actions(conn: Connection) -> list[str]:
    """Every action that the trail knows, by name."""
    return list(conn.execute(select(t.audit.c.action).distinct().order_by(t.audit.c.action)).scalars())
