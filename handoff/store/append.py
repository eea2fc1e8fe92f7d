"""The only way to write an event: one transaction gives it its place, its turn and its deliveries."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, and_, func, insert, select, update
from sqlalchemy.engine import Row

from handoff.conversation import Conversation, Draft, Event, Mode, TurnState
from handoff.errors import IdempotencyConflict, NotFound, StaleOwner
from handoff.store import tables as t
from handoff.store.clock import now
from handoff.store.driver import held_rows, locks_rows

# Channels whose customers read by cursor themselves; every other channel is pushed to through `delivery`.
PULLED_CHANNELS = frozenset({"web"})


def body_hash(draft: Draft) -> str:
    """Tells a repeat from another message under the same id."""
    body = json.dumps([draft.kind, draft.text, draft.payload], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(body.encode()).hexdigest()


def conversation_from_row(row: Row[Any]) -> Conversation:
    return Conversation(
        id=row.id,
        customer_id=row.customer_id,
        channel=row.channel,
        lang=row.lang,
        mode=Mode(row.mode),
        fence=row.fence,
        last_seq=row.last_seq,
        episode=row.episode,
        owner_agent=row.owner_agent,
    )


def event_from_row(row: Row[Any]) -> Event:
    return Event(
        conv_id=row.conv_id,
        seq=row.seq,
        kind=row.kind,
        author=row.author,
        author_id=row.author_id,
        author_name=row.author_name,
        text=row.text,
        payload=row.payload,
        client_msg_id=row.client_msg_id,
        fence=row.fence,
        internal=row.internal,
        at=row.created_at,
    )


def get_conversation(conn: Connection, conv_id: str) -> Conversation:
    """The conversation now; `NotFound` for an id that does not exist.

    In a transaction that writes, nobody else changes it before the commit: what is read here may be relied upon.
    """
    query = select(t.conversation).where(t.conversation.c.id == conv_id)
    if locks_rows(conn):
        query = query.with_for_update()
        if not conn.in_nested_transaction():  # a savepoint that is undone gives its locks back
            held_rows(conn).add(conv_id)
    row = conn.execute(query).first()
    if row is None:
        raise NotFound(f"There is no conversation {conv_id}.")
    return conversation_from_row(row)


def find_repeat(conn: Connection, conv_id: str, draft: Draft) -> Event | None:
    """The event stored earlier under this draft's key; `IdempotencyConflict` if it said something else."""
    row = conn.execute(
        select(t.event).where(
            t.event.c.conv_id == conv_id,
            t.event.c.author == draft.author,
            t.event.c.client_msg_id == draft.client_msg_id,
        )
    ).first()
    if row is None:
        return None
    if row.body_hash != body_hash(draft):
        raise IdempotencyConflict(client_msg_id=draft.client_msg_id)
    return event_from_row(row)


def append(
    conn: Connection,
    conv_id: str,
    draft: Draft,
    *,
    author_name: str | None = None,
    modes: Collection[Mode] = tuple(Mode),
    fence: int | None = None,
) -> tuple[Event, Conversation]:
    """Write ``draft`` as the next event of the conversation, or return the one a repeat already wrote.

    Refused with `StaleOwner`, nothing written, when the conversation's mode is not in ``modes`` or its fence
    is not ``fence``. Returns the event and the conversation as it is after the write.
    """
    if locks_rows(conn) and conv_id not in held_rows(conn):
        get_conversation(conn, conv_id)  # two copies of a message must not both find that neither is there
    known = find_repeat(conn, conv_id, draft)
    if known is not None:
        return known, get_conversation(conn, conv_id)
    conversation = _take_seq(conn, conv_id, modes, fence)
    row = conn.execute(
        insert(t.event)
        .values(
            conv_id=conv_id,
            seq=conversation.last_seq,
            kind=draft.kind,
            author=draft.author,
            author_id=draft.author_id,
            author_name=author_name,
            text=draft.text,
            payload=draft.payload,
            client_msg_id=draft.client_msg_id,
            body_hash=body_hash(draft),
            fence=conversation.fence,
            internal=draft.internal,
            created_at=now(),
        )
        .returning(t.event)
    ).one()
    event = event_from_row(row)
    _queue_delivery(conn, conversation, event)
    return event, conversation


def add_turn(conn: Connection, conversation: Conversation, event: Event) -> None:
    """Ask the bot for an answer to ``event``."""
    conn.execute(
        insert(t.turn).values(
            id=uuid.uuid4().hex,
            conv_id=conversation.id,
            in_seq=event.seq,
            fence=conversation.fence,
            state=TurnState.PENDING,
            attempt=0,
            not_before=now(),
            created_at=now(),
        )
    )


def unanswered(conn: Connection, conv_id: str) -> int:
    """How many customer messages came since anybody else wrote."""
    others = (
        select(func.coalesce(func.max(t.event.c.seq), 0))
        .where(t.event.c.conv_id == conv_id, t.event.c.author != "customer")
        .scalar_subquery()
    )
    count = select(func.count()).where(t.event.c.conv_id == conv_id, t.event.c.seq > others)
    return int(conn.execute(count).scalar_one())


def events_since(conn: Connection, conv_id: str, since: int, *, internal: bool, limit: int = 100) -> list[Event]:
    """Up to ``limit`` events after ``since`` in order; agents' notes only when ``internal``."""
    where = [t.event.c.conv_id == conv_id, t.event.c.seq > since]
    if not internal:
        where.append(t.event.c.internal.is_(False))
    rows = conn.execute(select(t.event).where(and_(*where)).order_by(t.event.c.seq).limit(limit))
    return [event_from_row(row) for row in rows]


def event_at(conn: Connection, conv_id: str, seq: int) -> Event:
    """One event by its place."""
    row = conn.execute(select(t.event).where(t.event.c.conv_id == conv_id, t.event.c.seq == seq)).one()
    return event_from_row(row)


def last_seqs(conn: Connection, conv_ids: Collection[str]) -> dict[str, int]:
    """Newest ``seq`` of each conversation: the sweep that heals lost pokes."""
    rows = conn.execute(select(t.conversation.c.id, t.conversation.c.last_seq).where(t.conversation.c.id.in_(conv_ids)))
    return {row.id: row.last_seq for row in rows}


def _take_seq(conn: Connection, conv_id: str, modes: Collection[Mode], fence: int | None) -> Conversation:
    where = [t.conversation.c.id == conv_id, t.conversation.c.mode.in_([str(m) for m in modes])]
    if fence is not None:
        where.append(t.conversation.c.fence == fence)
    row = conn.execute(
        update(t.conversation)
        .where(and_(*where))
        .values(last_seq=t.conversation.c.last_seq + 1)
        .returning(t.conversation)
    ).first()
    if row is None:
        raise stale_owner(conn, conv_id)
    return conversation_from_row(row)


def stale_owner(conn: Connection, conv_id: str) -> StaleOwner:
    """The refusal of a late write, naming who has the conversation now."""
    conversation = get_conversation(conn, conv_id)
    owner = conn.execute(select(t.agent.c.display_name).where(t.agent.c.id == conversation.owner_agent)).scalar()
    return StaleOwner(mode=str(conversation.mode), owner=owner, fence=conversation.fence)


def _queue_delivery(conn: Connection, conversation: Conversation, event: Event) -> None:
    if event.internal or event.author == "customer":
        return
    for endpoint in _ways_out(conn, conversation):
        conn.execute(
            insert(t.delivery).values(
                id=uuid.uuid4().hex,
                conv_id=conversation.id,
                seq=event.seq,
                endpoint=endpoint,
                state="pending",
                attempt=0,
                not_before=now(),
            )
        )


def _ways_out(conn: Connection, conversation: Conversation) -> list[str]:
    """Where the conversation is pushed to: its channel, and the platform a web customer went on at."""
    if conversation.channel not in PULLED_CHANNELS:
        return [conversation.channel]
    linked = select(t.conversation_link.c.endpoint).where(t.conversation_link.c.conv_id == conversation.id)
    return list(conn.execute(linked).scalars())
