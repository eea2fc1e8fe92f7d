"""Conversations that the bot must still forget: noted when a person is erased or nothing is left of what was said."""

from __future__ import annotations

from sqlalchemy import Connection, delete, select, update

from handoff.store import tables as t
from handoff.store.clock import now
from handoff.store.upsert import insert_or_skip

# A turn that was under way when the person was erased is over by then, and writes nothing any more.
WAIT = 60.0
LONGEST_DELAY = 3600.0


def to_forget(conn: Connection, conv_id: str) -> None:
    """In the transaction that erases the person, or the last of what was said."""
    insert_or_skip(conn, t.bot_memory, conv_id=conv_id, not_before=now() + WAIT, attempt=0)


def due(conn: Connection, limit: int = 20) -> list[str]:
    """Ids of conversations whose time has come."""
    c = t.bot_memory.c
    return list(conn.execute(select(c.conv_id).where(c.not_before <= now()).limit(limit)).scalars())


def forgotten(conn: Connection, conv_id: str) -> None:
    conn.execute(delete(t.bot_memory).where(t.bot_memory.c.conv_id == conv_id))


def later(conn: Connection, conv_id: str) -> None:
    """Somebody who must forget it did not answer: again in a minute, then less often, for ever."""
    c = t.bot_memory.c
    attempt = int(conn.execute(select(c.attempt).where(c.conv_id == conv_id)).scalar() or 0)
    delay = min(LONGEST_DELAY, WAIT * 2 ** min(attempt, 6))
    conn.execute(update(t.bot_memory).where(c.conv_id == conv_id).values(attempt=attempt + 1, not_before=now() + delay))
