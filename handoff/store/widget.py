"""The settings of the chat in force: every version ever set is kept, the newest counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, insert, select

from handoff.store import tables as t
from handoff.store.clock import now


@dataclass(frozen=True)
class LookVersion:
    """What was set, by whom and when (epoch seconds). Version 0: nobody has set anything."""

    version: int
    body: dict[str, Any]
    author: str
    at: float


def current(conn: Connection) -> LookVersion:
    """The settings in force."""
    return next(iter(versions(conn, 1)), LookVersion(0, {}, "", 0.0))


def put(conn: Connection, body: dict[str, Any], author: str) -> LookVersion:
    """Put these settings in force."""
    newest = conn.execute(select(func.coalesce(func.max(t.widget_settings.c.version), 0))).scalar_one()
    conn.execute(insert(t.widget_settings).values(version=newest + 1, body=body, author=author, at=now()))
    return current(conn)


def versions(conn: Connection, limit: int = 20) -> list[LookVersion]:
    """The latest settings, newest first."""
    w = t.widget_settings
    rows = conn.execute(select(w).order_by(w.c.version.desc()).limit(limit))
    return [LookVersion(row.version, dict(row.body), row.author, row.at) for row in rows]
