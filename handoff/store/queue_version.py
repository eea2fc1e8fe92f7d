"""The version of the queue: a console that holds an older one asks again."""

from __future__ import annotations

import secrets

from sqlalchemy import Connection, Integer, cast, func, select, update

from handoff.store import tables as t
from handoff.store.at_end import at_end
from handoff.store.upsert import insert_or_skip

# One row would make every change of the queue wait for the one before it to reach the disk.
SHARDS = 8
PREFIX = "queue_version"


def bump_queue(conn: Connection) -> None:
    """This transaction changes the queue."""
    at_end(conn, _bump)


def queue_version(conn: Connection) -> int:
    """How many committed transactions have changed the queue."""
    total = select(func.sum(cast(t.meta.c.value, Integer))).where(t.meta.c.key.startswith(PREFIX, autoescape=True))
    return int(conn.execute(total).scalar() or 0)


def _bump(conn: Connection) -> None:
    key = f"{PREFIX}:{secrets.randbelow(SHARDS)}"
    one_more = (
        update(t.meta)
        .where(t.meta.c.key == key)
        .values(value=cast(cast(t.meta.c.value, Integer) + 1, t.meta.c.value.type))
    )
    if conn.execute(one_more).rowcount == 0 and not insert_or_skip(conn, t.meta, key=key, value="1"):
        conn.execute(one_more)
