"""The next events of many conversations in few statements: what `append` does for one, under the same rules."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from sqlalchemy import Connection, Integer, bindparam, insert, select, tuple_, update

from handoff.conversation import Conversation, Draft, Event
from handoff.store import tables as t
from handoff.store.append import PULLED_CHANNELS, body_hash, conversation_from_row, event_values
from handoff.store.clock import now
from handoff.store.driver import locks_rows

T = TypeVar("T")

_E, _L = t.event.c, t.conversation_link.c
_FREE = (
    select(t.conversation, now().label("at"))
    .where(t.conversation.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(t.conversation.c.id)
)
_FREE_LOCKED = _FREE.with_for_update(skip_locked=True)
_KNOWN = select(_E.conv_id, _E.author, _E.client_msg_id).where(
    tuple_(_E.conv_id, _E.author, _E.client_msg_id).in_(bindparam("keys", expanding=True))
)
_MOVE = (
    update(t.conversation)
    .where(t.conversation.c.id.in_(bindparam("ids", expanding=True)))
    .values(last_seq=t.conversation.c.last_seq + bindparam("by", type_=Integer))
)
_EVENTS = insert(t.event)
_LINKED = select(_L.conv_id, _L.endpoint).where(_L.conv_id.in_(bindparam("ids", expanding=True)))
_DELIVERIES = insert(t.delivery).values(state="pending", attempt=0, not_before=now())


def lock_free(conn: Connection, conv_ids: Collection[str]) -> tuple[dict[str, Conversation], float]:
    """Those of the conversations that nobody else changes now, held until the commit, and the database's time.

    Nobody is waited for: a conversation that is busy elsewhere must not hold up all others.
    """
    if not conv_ids:
        return {}, 0.0
    rows = conn.execute(_FREE_LOCKED if locks_rows(conn) else _FREE, {"ids": evenly(sorted(conv_ids))}).all()
    return {row.id: conversation_from_row(row) for row in rows}, max((row.at for row in rows), default=0.0)


def known_keys(conn: Connection, drafts: Iterable[tuple[str, Draft]]) -> set[tuple[str, str, str]]:
    """Which ``(conversation, author, client_msg_id)`` have an event already; the conversations are held."""
    keys = [(conv_id, draft.author, draft.client_msg_id) for conv_id, draft in drafts]
    return {tuple(row) for row in conn.execute(_KNOWN, {"keys": evenly(keys)})} if keys else set()


def append_many(
    conn: Connection, held: Mapping[str, Conversation], drafts: Sequence[tuple[str, Draft]], at: float
) -> tuple[list[Event], dict[str, Conversation]]:
    """Write each ``(conversation, draft)`` as the next event, in the order given; the events, and where each stands.

    ``held`` are the conversations, locked by this very transaction, with mode, fence and keys looked at; ``at``
    is the database's time now.
    """
    places = {conv_id: conversation.last_seq for conv_id, conversation in held.items()}
    events = []
    for conv_id, draft in drafts:
        places[conv_id] += 1
        events.append(Event(**event_values(held[conv_id], places[conv_id], draft), at=at))
    if events:
        _move(conn, Counter(conv_id for conv_id, _ in drafts))
        conn.execute(_EVENTS, [_row(event, draft) for event, (_, draft) in zip(events, drafts, strict=True)])
        _queue_deliveries(conn, held, events)
    return events, {conv_id: replace(held[conv_id], last_seq=seq) for conv_id, seq in places.items()}


def evenly(items: Sequence[T]) -> list[T]:
    """The items, the last repeated up to a power of two: statements of a few lengths only are prepared and kept."""
    if not items:
        return []
    length = 1 << (len(items) - 1).bit_length()
    return [*items, *[items[-1]] * (length - len(items))]


def _row(event: Event, draft: Draft) -> dict[str, Any]:
    values = dict(vars(event))
    return values | {"created_at": values.pop("at"), "body_hash": body_hash(draft)}


def _move(conn: Connection, counts: Mapping[str, int]) -> None:
    by_count: dict[int, list[str]] = defaultdict(list)
    for conv_id, count in counts.items():
        by_count[count].append(conv_id)
    for count, conv_ids in by_count.items():
        conn.execute(_MOVE, {"ids": evenly(conv_ids), "by": count})


def _queue_deliveries(conn: Connection, held: Mapping[str, Conversation], events: Sequence[Event]) -> None:
    told = [event for event in events if not event.internal and event.author != "customer"]
    if not told:
        return
    ways: dict[str, list[str]] = defaultdict(list)
    pulled = []
    for conv_id in {event.conv_id for event in told}:
        if held[conv_id].channel in PULLED_CHANNELS:
            pulled.append(conv_id)
        else:
            ways[conv_id].append(held[conv_id].channel)
    if pulled:
        for conv_id, endpoint in conn.execute(_LINKED, {"ids": evenly(pulled)}):
            ways[conv_id].append(endpoint)
    rows = [
        {"id": uuid.uuid4().hex, "conv_id": event.conv_id, "seq": event.seq, "endpoint": endpoint}
        for event in told
        for endpoint in ways[event.conv_id]
    ]
    if rows:
        conn.execute(_DELIVERIES, rows)
