"""The only way to write an event: one transaction gives it its place, its turn and its deliveries."""

from __future__ import annotations

import functools
import hashlib
import json
import uuid
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, Integer, and_, bindparam, insert, select, update
from sqlalchemy.engine import Row
from sqlalchemy.sql.dml import ReturningUpdate

from handoff.conversation import Conversation, Draft, Event, Mode, TurnState
from handoff.errors import IdempotencyConflict, NotFound, StaleOwner
from handoff.store import tables as t
from handoff.store.clock import now
from handoff.store.driver import held_rows, locks_rows

# Channels whose customers read by cursor themselves; every other channel is pushed to through `delivery`.
PULLED_CHANNELS = frozenset({"web"})

_EVERY_MODE = tuple(Mode)

# Statements of the way of every message are made once: building one costs more than running it.
_CONVERSATION = select(t.conversation).where(t.conversation.c.id == bindparam("conv"))
_CONVERSATION_LOCKED = _CONVERSATION.with_for_update()
_BY_KEY = select(t.event).where(
    t.event.c.conv_id == bindparam("conv"),
    t.event.c.author == bindparam("author"),
    t.event.c.client_msg_id == bindparam("key"),
)
_BY_PLACE = select(t.event).where(t.event.c.conv_id == bindparam("conv"), t.event.c.seq == bindparam("seq"))
_EVENT = insert(t.event).values(created_at=now()).returning(t.event.c.created_at)
_TURN = insert(t.turn).values(state=TurnState.PENDING, attempt=0, not_before=now(), created_at=now())
_SINCE = (
    select(t.event)
    .where(t.event.c.conv_id == bindparam("conv"), t.event.c.seq > bindparam("since"))
    .order_by(t.event.c.seq)
    .limit(bindparam("most", type_=Integer))
)
_PUBLIC_SINCE = _SINCE.where(t.event.c.internal.is_(False))
_LINKED = select(t.conversation_link.c.endpoint).where(t.conversation_link.c.conv_id == bindparam("conv"))


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
    locked = locks_rows(conn)
    row = conn.execute(_CONVERSATION_LOCKED if locked else _CONVERSATION, {"conv": conv_id}).first()
    if locked:
        keep_locked(conn, conv_id)
    if row is None:
        raise NotFound(f"There is no conversation {conv_id}.")
    return conversation_from_row(row)


def keep_locked(conn: Connection, conv_id: str) -> None:
    """Remember that this transaction has locked the conversation."""
    if not conn.in_nested_transaction():  # a savepoint that is undone gives its locks back
        held_rows(conn).add(conv_id)


def find_repeat(conn: Connection, conv_id: str, draft: Draft) -> Event | None:
    """The event stored earlier under this draft's key; `IdempotencyConflict` if it said something else."""
    row = conn.execute(_BY_KEY, {"conv": conv_id, "author": draft.author, "key": draft.client_msg_id}).first()
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
    modes: Collection[Mode] = _EVERY_MODE,
    fence: int | None = None,
    known_new: bool = False,
) -> tuple[Event, Conversation]:
    """Write ``draft`` as the next event of the conversation, or return the one a repeat already wrote.

    Refused with `StaleOwner`, nothing written, when the conversation's mode is not in ``modes`` or its fence
    is not ``fence``. ``known_new``: this transaction has locked the conversation and found no event under the
    draft's key, or cannot have one. Returns the event and the conversation as it is after the write.
    """
    if not known_new:
        if locks_rows(conn) and conv_id not in held_rows(conn):
            get_conversation(conn, conv_id)  # two copies of a message must not both find that neither is there
        known = find_repeat(conn, conv_id, draft)
        if known is not None:
            return known, get_conversation(conn, conv_id)
    conversation = _take_seq(conn, conv_id, modes, fence)
    event = _insert_event(conn, conversation, draft, author_name)
    _queue_delivery(conn, conversation, event)
    return event, conversation


def _insert_event(conn: Connection, conversation: Conversation, draft: Draft, author_name: str | None) -> Event:
    values = event_values(conversation, conversation.last_seq, draft, author_name)
    at = conn.execute(_EVENT, values | {"body_hash": body_hash(draft)}).scalar_one()
    return Event(**values, at=at)


def event_values(conversation: Conversation, seq: int, draft: Draft, author_name: str | None = None) -> dict[str, Any]:
    """What the event of ``draft`` at place ``seq`` holds; the database adds its time."""
    return {
        "conv_id": conversation.id,
        "seq": seq,
        "kind": draft.kind,
        "author": draft.author,
        "author_id": draft.author_id,
        "author_name": author_name,
        "text": draft.text,
        "payload": draft.payload,
        "client_msg_id": draft.client_msg_id,
        "fence": conversation.fence,
        "internal": draft.internal,
    }


def add_turn(conn: Connection, conversation: Conversation, event: Event) -> None:
    """Ask the bot for an answer to ``event``."""
    add_turns(conn, [(conversation, event)])


def add_turns(conn: Connection, asked: Sequence[tuple[Conversation, Event]]) -> None:
    """Ask the bot for an answer to each event, in its conversation."""
    rows = [
        {"id": uuid.uuid4().hex, "conv_id": conversation.id, "in_seq": event.seq, "fence": conversation.fence}
        for conversation, event in asked
    ]
    if rows:
        conn.execute(_TURN, rows)


def events_since(conn: Connection, conv_id: str, since: int, *, internal: bool, limit: int = 100) -> list[Event]:
    """Up to ``limit`` events after ``since`` in order; agents' notes only when ``internal``."""
    rows = conn.execute(_SINCE if internal else _PUBLIC_SINCE, {"conv": conv_id, "since": since, "most": limit})
    return [event_from_row(row) for row in rows]


def event_at(conn: Connection, conv_id: str, seq: int) -> Event:
    """One event by its place."""
    return event_from_row(conn.execute(_BY_PLACE, {"conv": conv_id, "seq": seq}).one())


def last_seqs(conn: Connection, conv_ids: Collection[str]) -> dict[str, int]:
    """Newest ``seq`` of each conversation: the sweep that heals lost pokes."""
    rows = conn.execute(select(t.conversation.c.id, t.conversation.c.last_seq).where(t.conversation.c.id.in_(conv_ids)))
    return {row.id: row.last_seq for row in rows}


def _take_seq(conn: Connection, conv_id: str, modes: Collection[Mode], fence: int | None) -> Conversation:
    values = {"conv": conv_id} if fence is None else {"conv": conv_id, "held": fence}
    row = conn.execute(_next_seq(tuple(modes), fence is not None), values).first()
    if row is None:
        raise stale_owner(conn, conv_id)
    return conversation_from_row(row)


@functools.cache
def _next_seq(modes: tuple[Mode, ...], fenced: bool) -> ReturningUpdate[Any]:
    where = [t.conversation.c.id == bindparam("conv")]
    if modes != _EVERY_MODE:
        where.append(t.conversation.c.mode.in_([str(mode) for mode in modes]))
    if fenced:
        where.append(t.conversation.c.fence == bindparam("held"))
    taken = update(t.conversation).where(and_(*where)).values(last_seq=t.conversation.c.last_seq + 1)
    return taken.returning(t.conversation)


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
    return list(conn.execute(_LINKED, {"conv": conversation.id}).scalars())
