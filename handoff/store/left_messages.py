"""Messages that customers left when nobody was there: the follow-up list, with an owner and an end."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, insert, select, update
from sqlalchemy.engine import Row

from handoff.conversation import Handoff
from handoff.errors import NotFound, StaleOwner
from handoff.store import tables as t
from handoff.store.clock import now

MOST = 200


@dataclass(frozen=True)
class LeftMessage:
    """One line of the follow-up list. ``contact`` is empty where the channel itself reaches the customer.

    ``waited`` is seconds from the leaving to now, or to the end of the follow-up.
    """

    id: str
    handoff_id: str
    conv_id: str
    channel: str
    lang: str
    skill: str | None
    contact: str
    text: str
    created_at: float
    waited: float
    owner_id: str | None
    owner_name: str | None
    done_at: float | None
    result: str


def insert_message(conn: Connection, handoff: Handoff, contact: str, text: str) -> str:
    """Put the words on the list; one per handoff. Returns the new id."""
    message_id = uuid.uuid4().hex
    conn.execute(
        insert(t.left_message).values(
            id=message_id,
            handoff_id=handoff.id,
            conv_id=handoff.conv_id,
            contact=contact,
            text=text,
            created_at=now(),
            result="",
        )
    )
    return message_id


def listed(conn: Connection, *, done: bool = False) -> list[LeftMessage]:
    """Open ones, oldest first; or the latest done ones."""
    c = t.left_message.c
    query = _select().where(c.done_at.is_not(None) if done else c.done_at.is_(None))
    return [_from_row(row) for row in conn.execute(query.order_by(c.done_at.desc(), c.created_at).limit(MOST))]


def get_message(conn: Connection, message_id: str) -> LeftMessage:
    """One of the list; `NotFound` for an unknown id."""
    row = conn.execute(_select().where(t.left_message.c.id == message_id)).first()
    if row is None:
        raise NotFound(f"There is no message left with the id {message_id}.")
    return _from_row(row)


def take(conn: Connection, message_id: str, agent_id: str) -> LeftMessage:
    """The agent will see to it; `StaleOwner` when it is done or another's. Twice is once."""
    c = t.left_message.c
    free = (c.owner.is_(None)) | (c.owner == agent_id)
    return _change(conn, message_id, free & c.done_at.is_(None), owner=agent_id)


def release(conn: Connection, message_id: str, agent_id: str) -> LeftMessage:
    """The agent gives it back to the list; `StaleOwner` when it is done or not theirs."""
    c = t.left_message.c
    return _change(conn, message_id, (c.owner == agent_id) & c.done_at.is_(None), owner=None)


def finish(conn: Connection, message_id: str, agent_id: str, result: str) -> LeftMessage:
    """It is seen to; ``result`` says how. `StaleOwner` when it is done or another's."""
    c = t.left_message.c
    free = (c.owner.is_(None)) | (c.owner == agent_id)
    return _change(
        conn, message_id, free & c.done_at.is_(None), owner=agent_id, done_at=now(), done_by=agent_id, result=result
    )


def forget(conn: Connection, conv_id: str) -> None:
    """Erase the words and the contact; that a message was left and seen to stays."""
    conn.execute(
        update(t.left_message).where(t.left_message.c.conv_id == conv_id).values(contact="", text="", result="")
    )


def written_while_waiting(conn: Connection, handoff: Handoff) -> list[str]:
    """The customer's words since they joined the queue."""
    e = t.event.c
    rows = conn.execute(
        select(e.text)
        .where(
            e.conv_id == handoff.conv_id,
            e.kind == "message",
            e.author == "customer",
            e.created_at > handoff.queued_at,
        )
        .order_by(e.seq)
    )
    return [row.text for row in rows]


def _change(conn: Connection, message_id: str, where: Any, **values: Any) -> LeftMessage:
    changed = conn.execute(update(t.left_message).where(t.left_message.c.id == message_id, where).values(values))
    current = get_message(conn, message_id)
    if changed.rowcount == 0:
        raise StaleOwner(
            "A colleague already sees to this message, or it is done.",
            mode="done" if current.done_at else "open",
            owner=current.owner_name,
        )
    return current


def _select() -> Select[Any]:
    return (
        select(
            t.left_message,
            t.handoff.c.lang,
            t.handoff.c.skill,
            t.conversation.c.channel,
            t.agent.c.display_name.label("owner_name"),
            now().label("now"),
        )
        .join(t.handoff, t.handoff.c.id == t.left_message.c.handoff_id)
        .join(t.conversation, t.conversation.c.id == t.left_message.c.conv_id)
        .outerjoin(t.agent, t.agent.c.id == t.left_message.c.owner)
    )


def _from_row(row: Row[Any]) -> LeftMessage:
    return LeftMessage(
        id=row.id,
        handoff_id=row.handoff_id,
        conv_id=row.conv_id,
        channel=row.channel,
        lang=row.lang,
        skill=row.skill,
        contact=row.contact,
        text=row.text,
        created_at=row.created_at,
        waited=max(0.0, (row.done_at or row.now) - row.created_at),
        owner_id=row.owner,
        owner_name=row.owner_name,
        done_at=row.done_at,
        result=row.result,
    )
