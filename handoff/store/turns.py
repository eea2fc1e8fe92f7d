"""Bot turns: leased by one runner, finished once, refused when the conversation changed hands meanwhile."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from sqlalchemy import JSON, Connection, Float, Integer, and_, bindparam, exists, func, select, update

from handoff.conversation import Turn, TurnState
from handoff.store import tables as t
from handoff.store.append_many import evenly
from handoff.store.clock import now
from handoff.store.driver import locks_rows

_OLDER = t.turn.alias("older")
_READY = (
    select(t.turn)
    .where(
        t.turn.c.state == TurnState.PENDING,
        t.turn.c.not_before <= now(),
        ~exists(
            select(_OLDER.c.id).where(
                _OLDER.c.conv_id == t.turn.c.conv_id,
                _OLDER.c.in_seq < t.turn.c.in_seq,
                _OLDER.c.state.in_([TurnState.PENDING, TurnState.LEASED]),
            )
        ),
    )
    .order_by(t.turn.c.not_before, t.turn.c.in_seq)
    .limit(bindparam("most", type_=Integer))
)
_READY_LOCKED = _READY.with_for_update(skip_locked=True)
_LEASE = (
    update(t.turn)
    .where(t.turn.c.id.in_(bindparam("ids", expanding=True)), t.turn.c.state == TurnState.PENDING)
    .values(
        state=TurnState.LEASED,
        lease_token=bindparam("by"),
        lease_until=now() + bindparam("seconds", type_=Float),
        attempt=t.turn.c.attempt + 1,
    )
)
_END = (
    update(t.turn)
    .where(
        t.turn.c.id == bindparam("turn"),
        t.turn.c.state == TurnState.LEASED,
        t.turn.c.lease_token == bindparam("by"),
    )
    .values(state=bindparam("to"), result=bindparam("said", type_=JSON), lease_until=None, finished_at=now())
)
_LEASED = (
    select(t.turn.c.id, t.turn.c.lease_token)
    .where(t.turn.c.id.in_(bindparam("ids", expanding=True)), t.turn.c.state == TurnState.LEASED)
    .order_by(t.turn.c.id)
)
_LEASED_LOCKED = _LEASED.with_for_update()


def claim_turns(conn: Connection, lease: float, most: int) -> list[Turn]:
    """Lease up to ``most`` waiting turns, oldest first, for ``lease`` seconds.

    A conversation with an unfinished older turn is passed over, so turns of one conversation run in order.
    """
    rows = conn.execute(_READY_LOCKED if locks_rows(conn) else _READY, {"most": most}).all()
    if not rows:
        return []
    token = secrets.token_hex(16)
    conn.execute(_LEASE, {"ids": [row.id for row in rows], "by": token, "seconds": lease})
    return [Turn(row.id, row.conv_id, row.in_seq, row.fence, row.attempt + 1, token) for row in rows]


def end_turn(conn: Connection, turn: Turn, state: TurnState, result: dict[str, Any] | None = None) -> bool:
    """Move a leased turn to its end state; False when the lease was lost, then nothing is written."""
    changed = conn.execute(_END, {"turn": turn.id, "by": turn.lease_token, "to": state, "said": result})
    return changed.rowcount == 1


def end_turns(conn: Connection, ended: Sequence[tuple[Turn, dict[str, Any]]], state: TurnState) -> set[str]:
    """As `end_turn` for many, each with its result; the ids of those whose lease was still held."""
    if not ended:
        return set()
    tokens = {turn.id: turn.lease_token for turn, _ in ended}
    leased = _LEASED_LOCKED if locks_rows(conn) else _LEASED
    held = {
        row.id for row in conn.execute(leased, {"ids": evenly(sorted(tokens))}) if row.lease_token == tokens[row.id]
    }
    values = [
        {"turn": turn.id, "by": turn.lease_token, "to": state, "said": result}
        for turn, result in ended
        if turn.id in held
    ]
    if values:
        conn.execute(_END, values)
    return held


def retry_turn(conn: Connection, turn: Turn, delay: float) -> bool:
    """Give a leased turn back, to be tried again in ``delay`` seconds; False when it ended or the lease was lost."""
    # Who stops gives back what is under way, and the answer may have been committed a moment before.
    mine = (t.turn.c.state == TurnState.LEASED, t.turn.c.lease_token == turn.lease_token)
    changed = conn.execute(
        update(t.turn)
        .where(t.turn.c.id == turn.id, *mine)
        .values(state=TurnState.PENDING, lease_token=None, lease_until=None, not_before=now() + delay)
    )
    return changed.rowcount == 1


def supersede_pending(conn: Connection, conv_id: str) -> None:
    """The conversation has left the bot: its waiting turns are void."""
    conn.execute(
        update(t.turn)
        .where(t.turn.c.conv_id == conv_id, t.turn.c.state == TurnState.PENDING)
        .values(state=TurnState.SUPERSEDED, finished_at=now())
    )


def release_expired(conn: Connection) -> int:
    """Give back turns whose runner died; returns how many."""
    changed = conn.execute(
        update(t.turn)
        .where(t.turn.c.state == TurnState.LEASED, t.turn.c.lease_until < now())
        .values(state=TurnState.PENDING, lease_token=None, lease_until=None, not_before=now())
    )
    return changed.rowcount


def release_all(conn: Connection) -> int:
    """At the start: where only one process may be, whatever is leased, its runner is dead."""
    if locks_rows(conn):
        return release_expired(conn)
    changed = conn.execute(
        update(t.turn)
        .where(t.turn.c.state == TurnState.LEASED)
        .values(state=TurnState.PENDING, lease_token=None, lease_until=None, not_before=now())
    )
    return changed.rowcount


def is_answering(conn: Connection, conv_id: str) -> bool:
    """Whether the bot still owes this conversation an answer."""
    waiting = and_(t.turn.c.conv_id == conv_id, t.turn.c.state.in_([TurnState.PENDING, TurnState.LEASED]))
    return bool(conn.execute(select(func.count()).where(waiting)).scalar_one())


def is_unfinished(conn: Connection, turn_id: str) -> bool:
    """Whether the customer still waits for this turn's answer."""
    unfinished = t.turn.c.state.in_([TurnState.PENDING, TurnState.LEASED])
    return bool(conn.execute(select(func.count()).where(t.turn.c.id == turn_id, unfinished)).scalar_one())


def overdue(conn: Connection, seconds: float) -> list[tuple[str, str]]:
    """Turn and conversation ids of unfinished turns older than ``seconds`` whose customer was not told since."""
    told = exists(
        select(t.event.c.seq).where(
            t.event.c.conv_id == t.turn.c.conv_id,
            t.event.c.author == "system",
            t.event.c.client_msg_id.like("%:busy"),
            t.event.c.created_at >= t.turn.c.created_at,
        )
    )
    rows = conn.execute(
        select(t.turn.c.id, t.turn.c.conv_id)
        .where(
            t.turn.c.state.in_([TurnState.PENDING, TurnState.LEASED]),
            t.turn.c.created_at < now() - seconds,
            ~told,
        )
        .order_by(t.turn.c.created_at)
        .limit(100)
    )
    # One word per conversation is enough, however many messages wait in it.
    return [(turn_id, conv_id) for conv_id, turn_id in {row.conv_id: row.id for row in rows}.items()]
