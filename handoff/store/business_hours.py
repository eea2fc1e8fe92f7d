"""The business hours in force: every version ever set is kept, the newest counts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, func, insert, select

from handoff.hours import ALWAYS_OPEN, Hours, parse_hours
from handoff.store import tables as t
from handoff.store.clock import now


@dataclass(frozen=True)
class HoursVersion:
    """What was set, by whom and when (epoch seconds). Version 0 is the default: always open."""

    version: int
    body: dict[str, Any]
    author: str
    at: float


def current_version(conn: Connection) -> HoursVersion:
    """The hours in force, as the operator wrote them."""
    row = conn.execute(select(t.service_hours).order_by(t.service_hours.c.version.desc()).limit(1)).first()
    if row is None:
        return HoursVersion(0, ALWAYS_OPEN, "", 0.0)
    return HoursVersion(row.version, row.body, row.author, row.at)


def current_hours(conn: Connection) -> Hours:
    """The hours in force."""
    return _parsed(json.dumps(current_version(conn).body))


def set_hours(conn: Connection, body: Any, author: str) -> HoursVersion:
    """Put these hours in force; `HoursError` names what is wrong with them, and the old ones stay."""
    # Dates of a YAML file become text, and what is stored is what was checked.
    plain = json.loads(json.dumps(body, default=str))
    parse_hours(plain)
    newest = conn.execute(select(func.coalesce(func.max(t.service_hours.c.version), 0))).scalar_one()
    conn.execute(insert(t.service_hours).values(version=newest + 1, body=plain, author=author, at=now()))
    return current_version(conn)


def versions(conn: Connection, limit: int = 50) -> list[HoursVersion]:
    """The latest settings, newest first."""
    rows = conn.execute(select(t.service_hours).order_by(t.service_hours.c.version.desc()).limit(limit))
    return [HoursVersion(row.version, row.body, row.author, row.at) for row in rows]


@lru_cache(maxsize=4)
def _parsed(body: str) -> Hours:
    return parse_hours(json.loads(body))
