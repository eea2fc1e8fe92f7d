"""The outbox: what must still be sent to customers of other platforms, in order, leased by one sender at a time."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, func, select, update
from sqlalchemy.engine import Row

from handoff.conversation import Event
from handoff.store import tables as t
from handoff.store.append import event_from_row
from handoff.store.clock import now
from handoff.store.driver import locks_rows

MAX_TOGETHER = 20


class DeliveryState(StrEnum):
    PENDING = "pending"  # to be sent
    LEASED = "leased"  # pending|uncertain -> leased: one worker is sending it
    SENT = "sent"  # leased -> sent: the platform said so
    UNCERTAIN = "uncertain"  # leased -> uncertain: the sender died; sent once more, and the agent is told
    WAITING = "waiting"  # leased -> waiting: not before the customer writes again
    DEAD = "dead"  # it can never arrive; the agent is told


UNFINISHED = (DeliveryState.PENDING, DeliveryState.LEASED, DeliveryState.UNCERTAIN, DeliveryState.WAITING)
SENDABLE = (DeliveryState.PENDING, DeliveryState.UNCERTAIN)

Take = Callable[[str, Sequence[Event]], int]


@dataclass(frozen=True)
class Batch:
    """Neighbouring events of one conversation that go out together, leased to one worker.

    ``parts_sent`` counts the platform messages of it that are already out; ``in_doubt`` marks a second try of
    something that may have arrived the first time.
    """

    conv_id: str
    endpoint: str
    events: tuple[Event, ...]
    lease_token: str
    attempt: int
    parts_sent: int
    in_doubt: bool

    @property
    def key(self) -> str:
        return f"{self.conv_id}:{self.events[0].seq}"


@dataclass(frozen=True)
class Lost:
    """A row whose sender died: ``final`` when that happened for the second time."""

    conv_id: str
    seq: int
    final: bool


def something_ready(conn: Connection, endpoints: Collection[str]) -> bool:
    """Whether `lease_batch` would find something."""
    return conn.execute(_first_ready(endpoints)).first() is not None


def lease_batch(conn: Connection, endpoints: Collection[str], lease: float, take: Take) -> Batch | None:
    """Lease the oldest sendable row and, as ``take(endpoint, events)`` says how many, its next neighbours.

    A conversation with an older unfinished row is passed over, so its messages keep their order. None when
    nothing is ready. ``lease`` is in seconds.
    """
    ready = _first_ready(endpoints)
    first = conn.execute(ready.with_for_update(skip_locked=True) if locks_rows(conn) else ready).first()
    if first is None:
        return None
    rows = [row for row in _unfinished(conn, first.conv_id, first.endpoint) if row.seq >= first.seq]
    alike = [rows[0]]
    for row in rows[1:MAX_TOGETHER]:
        if row.state != first.state or row.parts_sent or first.parts_sent:
            break
        alike.append(row)
    events = [event_from_row(row) for row in alike]
    count = max(1, min(len(events), take(first.endpoint, events)))
    token = secrets.token_hex(16)
    conn.execute(
        update(t.delivery)
        .where(t.delivery.c.id.in_([row.delivery_id for row in alike[:count]]))
        .values(
            state=DeliveryState.LEASED,
            lease_token=token,
            lease_until=now() + lease,
            attempt=t.delivery.c.attempt + 1,
        )
    )
    return Batch(
        conv_id=first.conv_id,
        endpoint=first.endpoint,
        events=tuple(events[:count]),
        lease_token=token,
        attempt=first.attempt + 1,
        parts_sent=first.parts_sent,
        in_doubt=first.doubts > 0,
    )


def end_batch(
    conn: Connection,
    batch: Batch,
    state: DeliveryState,
    *,
    error: str | None = None,
    delay: float = 0.0,
    provider_id: str | None = None,
) -> bool:
    """Leave the lease for ``state``; False when the lease was lost, then nothing is written."""
    changed = conn.execute(
        update(t.delivery)
        .where(t.delivery.c.lease_token == batch.lease_token, t.delivery.c.state == DeliveryState.LEASED)
        .values(
            state=state,
            lease_token=None,
            lease_until=None,
            error=error,
            provider_id=provider_id,
            not_before=now() + delay,
        )
    )
    return changed.rowcount > 0


def doubt_batch(conn: Connection, batch: Batch, error: str, delay: float) -> list[Lost]:
    """The platform did not say whether it took the batch: once more, or never again the second time."""
    where = and_(t.delivery.c.lease_token == batch.lease_token, t.delivery.c.state == DeliveryState.LEASED)
    return _doubt(conn, where, error, delay)


def keep_part(conn: Connection, batch: Batch, parts_sent: int, lease: float) -> bool:
    """Remember that ``parts_sent`` platform messages are out, and go on; False when the lease was lost."""
    changed = conn.execute(
        update(t.delivery)
        .where(
            t.delivery.c.lease_token == batch.lease_token,
            t.delivery.c.state == DeliveryState.LEASED,
            t.delivery.c.seq == batch.events[0].seq,
        )
        .values(parts_sent=parts_sent)
    )
    conn.execute(
        update(t.delivery).where(t.delivery.c.lease_token == batch.lease_token).values(lease_until=now() + lease)
    )
    return changed.rowcount == 1


def doubt_expired(conn: Connection) -> list[Lost]:
    """Rows whose worker died while it was sending."""
    where = and_(t.delivery.c.state == DeliveryState.LEASED, t.delivery.c.lease_until < now())
    return _doubt(conn, where, "lease_lost", 0.0)


def doubt_all_leased(conn: Connection) -> list[Lost]:
    """At the start: where only one process may be, whatever is leased, its sender is dead."""
    if locks_rows(conn):
        return doubt_expired(conn)
    return _doubt(conn, t.delivery.c.state == DeliveryState.LEASED, "process_ended", 0.0)


def wake_waiting(conn: Connection, conv_id: str) -> int:
    """The customer wrote: what waited for that may go out. Returns how many rows."""
    changed = conn.execute(
        update(t.delivery)
        .where(t.delivery.c.conv_id == conv_id, t.delivery.c.state == DeliveryState.WAITING)
        .values(state=DeliveryState.PENDING, not_before=now(), attempt=0)
    )
    return changed.rowcount


def undelivered(conn: Connection, conv_id: str, endpoint: str) -> tuple[list[Event], int] | None:
    """Events that are still to be sent, oldest first, and the parts of the first that are out already.

    None while a worker holds one of them, so that nothing overtakes it.
    """
    rows = _unfinished(conn, conv_id, endpoint)
    if any(row.state == DeliveryState.LEASED for row in rows):
        return None
    return [event_from_row(row) for row in rows], (rows[0].parts_sent if rows else 0)


def mark_handed_over(conn: Connection, events: Sequence[Event], endpoint: str, provider_id: str) -> None:
    """These left by another way than the worker: in the answer to a callback."""
    conn.execute(
        update(t.delivery)
        .where(
            t.delivery.c.conv_id == events[0].conv_id,
            t.delivery.c.endpoint == endpoint,
            t.delivery.c.seq.in_([event.seq for event in events]),
        )
        .values(state=DeliveryState.SENT, provider_id=provider_id, error=None)
    )


def mark_part_handed_over(conn: Connection, event: Event, endpoint: str, parts_sent: int) -> None:
    """``parts_sent`` parts of a long event left in answers to callbacks; the rest waits."""
    conn.execute(
        update(t.delivery)
        .where(t.delivery.c.conv_id == event.conv_id, t.delivery.c.endpoint == endpoint, t.delivery.c.seq == event.seq)
        .values(parts_sent=parts_sent, state=DeliveryState.WAITING)
    )


def cancel_all(conn: Connection, conv_id: str, error: str) -> None:
    """Nothing more goes to this conversation."""
    conn.execute(
        update(t.delivery)
        .where(t.delivery.c.conv_id == conv_id, t.delivery.c.state.in_(UNFINISHED))
        .values(state=DeliveryState.DEAD, error=error, lease_token=None, lease_until=None)
    )


def count_waiting(conn: Connection, conv_id: str) -> int:
    """How many events wait for the customer's next message."""
    where = and_(t.delivery.c.conv_id == conv_id, t.delivery.c.state == DeliveryState.WAITING)
    return int(conn.execute(select(func.count()).where(where)).scalar_one())


def _doubt(conn: Connection, where: ColumnElement[bool], error: str, delay: float) -> list[Lost]:
    d = t.delivery.c
    doubtful = select(d.id, d.conv_id, d.seq, d.doubts).where(where).order_by(d.conv_id, d.seq)
    lost = []
    # Two gateways that find the same dead sender must count one doubt.
    for row in conn.execute(doubtful.with_for_update(skip_locked=True) if locks_rows(conn) else doubtful).all():
        final = row.doubts > 0
        conn.execute(
            update(t.delivery)
            .where(t.delivery.c.id == row.id)
            .values(
                state=DeliveryState.DEAD if final else DeliveryState.UNCERTAIN,
                doubts=row.doubts + 1,
                error=error,
                lease_token=None,
                lease_until=None,
                not_before=now() + delay,
            )
        )
        lost.append(Lost(row.conv_id, row.seq, final))
    return lost


def _first_ready(endpoints: Collection[str]) -> Select[Any]:
    older = t.delivery.alias("older")
    unfinished_before = exists(
        select(older.c.id).where(
            older.c.conv_id == t.delivery.c.conv_id,
            older.c.endpoint == t.delivery.c.endpoint,
            older.c.seq < t.delivery.c.seq,
            older.c.state.in_(UNFINISHED),
        )
    )
    return (
        select(t.delivery)
        .where(
            t.delivery.c.state.in_(SENDABLE),
            t.delivery.c.endpoint.in_(list(endpoints)),
            t.delivery.c.not_before <= now(),
            ~unfinished_before,
        )
        .order_by(t.delivery.c.not_before, t.delivery.c.seq)
        .limit(1)
    )


def _unfinished(conn: Connection, conv_id: str, endpoint: str) -> Sequence[Row[Any]]:
    return conn.execute(
        select(t.delivery.c.id.label("delivery_id"), t.delivery.c.state, t.delivery.c.parts_sent, t.event)
        .join(t.event, and_(t.event.c.conv_id == t.delivery.c.conv_id, t.event.c.seq == t.delivery.c.seq))
        .where(
            t.delivery.c.conv_id == conv_id,
            t.delivery.c.endpoint == endpoint,
            t.delivery.c.state.in_(UNFINISHED),
        )
        .order_by(t.delivery.c.seq)
    ).all()
