"""Who is typing in, or looking at, a conversation: small marks that age by themselves."""

from __future__ import annotations

from typing import Literal

from sqlalchemy import Connection, select, update

from handoff.store import tables as t
from handoff.store.clock import now
from handoff.store.upsert import insert_or_skip

Kind = Literal["typing", "looking"]
CUSTOMER = "customer"
# A mark is renewed every few seconds while it is true; after this it counts no more.
FRESH = {"typing": 8.0, "looking": 40.0}


def mark(conn: Connection, conv_id: str, who: str, kind: Kind) -> None:
    """``who`` (an agent's id, or ``customer``) is doing this now."""
    a = t.attention.c
    changed = conn.execute(
        update(t.attention).where(a.conv_id == conv_id, a.who == who, a.kind == kind).values(at=now())
    )
    if changed.rowcount == 0:
        insert_or_skip(conn, t.attention, conv_id=conv_id, who=who, kind=kind, at=now())


def present(conn: Connection, conv_id: str, kind: Kind) -> set[str]:
    """Who does this now."""
    a = t.attention.c
    return set(
        conn.execute(select(a.who).where(a.conv_id == conv_id, a.kind == kind, a.at > now() - FRESH[kind])).scalars()
    )
