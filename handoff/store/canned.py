"""Canned replies: those of the whole team and each agent's own."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from handoff.errors import ReplyExists
from handoff.store import tables as t
from handoff.store.clock import now

TEAM = ""


@dataclass(frozen=True)
class CannedReply:
    """``owner`` is an agent's id, or `TEAM`; ``lang`` is ``zh`` or ``en``; ``text`` may hold {variables}."""

    shortcut: str
    text: str
    lang: str
    category: str = ""
    owner: str = TEAM
    id: str = ""


def replies_for(conn: Connection, agent_id: str) -> list[CannedReply]:
    """The team's and the agent's own, by category and shortcut."""
    c = t.canned_reply.c
    rows = conn.execute(
        select(t.canned_reply)
        .where(or_(c.owner == TEAM, c.owner == agent_id))
        .order_by(c.lang, c.category, c.shortcut, c.owner)
    )
    return [CannedReply(r.shortcut, r.text, r.lang, r.category, r.owner, r.id) for r in rows]


def find_reply(conn: Connection, reply_id: str) -> CannedReply | None:
    r = conn.execute(select(t.canned_reply).where(t.canned_reply.c.id == reply_id)).first()
    return CannedReply(r.shortcut, r.text, r.lang, r.category, r.owner, r.id) if r else None


def put_reply(conn: Connection, reply: CannedReply, actor: str) -> str:
    """Add or replace by id; returns the id. `ReplyExists` when the owner has this shortcut in this language."""
    values = {
        "owner": reply.owner,
        "lang": reply.lang,
        "shortcut": reply.shortcut,
        "category": reply.category,
        "text": reply.text,
        "updated_by": actor,
        "updated_at": now(),
    }
    reply_id = reply.id or uuid.uuid4().hex
    try:
        with conn.begin_nested():
            changed = conn.execute(update(t.canned_reply).where(t.canned_reply.c.id == reply_id).values(values))
            if changed.rowcount == 0:
                conn.execute(insert(t.canned_reply).values(id=reply_id, **values))
    except IntegrityError as error:
        raise ReplyExists(shortcut=reply.shortcut) from error
    return reply_id


def drop_reply(conn: Connection, reply_id: str) -> None:
    conn.execute(delete(t.canned_reply).where(t.canned_reply.c.id == reply_id))
