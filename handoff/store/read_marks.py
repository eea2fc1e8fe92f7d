"""How far each side has read a conversation: one number for the customer, one for the agents; it only rises."""

from __future__ import annotations

from sqlalchemy import Connection, delete, select, update

from handoff.store import tables as t
from handoff.store.clock import now
from handoff.store.upsert import insert_or_skip

CUSTOMER = "customer"
AGENT = "agent"


def advance(conn: Connection, conv_id: str, who: str, seq: int) -> bool:
    """``who`` has read everything up to ``seq``, or to the last line if there are fewer; False if that is no news."""
    last = conn.execute(select(t.conversation.c.last_seq).where(t.conversation.c.id == conv_id)).scalar() or 0
    reached, m = min(seq, last), t.read_mark.c
    if reached < 1:
        return False
    moved = conn.execute(
        update(t.read_mark).where(m.conv_id == conv_id, m.who == who, m.seq < reached).values(seq=reached, at=now())
    )
    if moved.rowcount:
        return True
    return insert_or_skip(conn, t.read_mark, conv_id=conv_id, who=who, seq=reached, at=now())


def read_up_to(conn: Connection, conv_id: str, who: str) -> int:
    """The last line that ``who`` has read; 0 for none."""
    m = t.read_mark.c
    return conn.execute(select(m.seq).where(m.conv_id == conv_id, m.who == who)).scalar() or 0


def forget(conn: Connection, conv_id: str) -> None:
    """When somebody read what is nobody's business once the customer is erased."""
    conn.execute(delete(t.read_mark).where(t.read_mark.c.conv_id == conv_id))
