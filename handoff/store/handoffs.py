"""Rows of the queue: who waits, why, since when, and who took them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, and_, case, func, insert, or_, select, update
from sqlalchemy.engine import Row

from handoff.conversation import OPEN_HANDOFF, Conversation, Handoff, HandoffRequest, HandoffState
from handoff.store import tables as t
from handoff.store.clock import now

MAX_PRIORITY = 3


def handoff_from_row(row: Row[Any]) -> Handoff:
    return Handoff(
        id=row.id,
        conv_id=row.conv_id,
        reason=row.reason,
        rule=row.rule,
        priority=row.priority,
        skill=row.skill,
        lang=row.lang,
        state=HandoffState(row.state),
        queued_at=row.queued_at,
        claimed_by=row.claimed_by,
        claimed_at=row.claimed_at,
        ended_at=row.ended_at,
        outcome=row.outcome,
        details=row.details,
    )


def insert_handoff(conn: Connection, conversation: Conversation, request: HandoffRequest) -> Handoff:
    row = conn.execute(
        insert(t.handoff)
        .values(
            id=uuid.uuid4().hex,
            conv_id=conversation.id,
            reason=request.reason,
            rule=request.rule,
            priority=request.priority,
            skill=request.skill,
            lang=conversation.lang,
            state=HandoffState.QUEUED,
            queued_at=now(),
            details=request.details,
        )
        .returning(t.handoff)
    ).one()
    bump_queue(conn)
    return handoff_from_row(row)


def get_handoff(conn: Connection, handoff_id: str) -> Handoff | None:
    row = conn.execute(select(t.handoff).where(t.handoff.c.id == handoff_id)).first()
    return handoff_from_row(row) if row else None


def open_handoff_of(conn: Connection, conv_id: str) -> Handoff | None:
    """The one handoff of the conversation that has not ended."""
    row = conn.execute(
        select(t.handoff).where(t.handoff.c.conv_id == conv_id, t.handoff.c.state.in_(OPEN_HANDOFF))
    ).first()
    return handoff_from_row(row) if row else None


def handoffs_of(conn: Connection, conv_id: str) -> list[Handoff]:
    rows = conn.execute(select(t.handoff).where(t.handoff.c.conv_id == conv_id).order_by(t.handoff.c.queued_at))
    return [handoff_from_row(row) for row in rows]


def held_by(conn: Connection, agent_id: str) -> list[Handoff]:
    """Handoffs the agent is answering now."""
    rows = conn.execute(
        select(t.handoff).where(t.handoff.c.claimed_by == agent_id, t.handoff.c.state == HandoffState.ACCEPTED)
    )
    return [handoff_from_row(row) for row in rows]


def accept(conn: Connection, handoff_id: str, agent_id: str) -> bool:
    """Take a waiting handoff; False when somebody else was first."""
    changed = conn.execute(
        update(t.handoff)
        .where(t.handoff.c.id == handoff_id, t.handoff.c.state == HandoffState.QUEUED)
        .values(state=HandoffState.ACCEPTED, claimed_by=agent_id, claimed_at=now())
    )
    bump_queue(conn)
    return changed.rowcount == 1


def back_to_queue(conn: Connection, handoff_id: str) -> None:
    """The agent is gone: wait again, first in line, with the first clock."""
    conn.execute(
        update(t.handoff)
        .where(t.handoff.c.id == handoff_id, t.handoff.c.state == HandoffState.ACCEPTED)
        .values(
            state=HandoffState.QUEUED,
            claimed_by=None,
            claimed_at=None,
            priority=case((t.handoff.c.priority < MAX_PRIORITY, t.handoff.c.priority + 1), else_=MAX_PRIORITY),
        )
    )
    bump_queue(conn)


def end_handoff(conn: Connection, handoff_id: str, state: HandoffState, outcome: str) -> bool:
    """Give the handoff its one end; False when it had ended already."""
    changed = conn.execute(
        update(t.handoff)
        .where(t.handoff.c.id == handoff_id, t.handoff.c.state.in_(OPEN_HANDOFF))
        .values(state=state, outcome=outcome, ended_at=now())
    )
    bump_queue(conn)
    return changed.rowcount == 1


def ahead_of(conn: Connection, handoff: Handoff) -> int:
    """How many waiting customers will be taken before this one."""
    h = t.handoff.c
    before = or_(
        h.priority > handoff.priority,
        and_(h.priority == handoff.priority, h.queued_at < handoff.queued_at),
    )
    where = and_(h.state == HandoffState.QUEUED, h.id != handoff.id, before)
    return int(conn.execute(select(func.count()).where(where)).scalar_one())


def expected_wait(conn: Connection, ahead: int) -> float | None:
    """Seconds a new place ``ahead`` in line will wait, from the last 20 claims; None without data."""
    waits = [
        row.wait
        for row in conn.execute(
            select((t.handoff.c.claimed_at - t.handoff.c.queued_at).label("wait"))
            .where(t.handoff.c.claimed_at.is_not(None))
            .order_by(t.handoff.c.claimed_at.desc())
            .limit(20)
        )
    ]
    if len(waits) < 3:
        return None
    median = sorted(waits)[len(waits) // 2]
    return float(median) * (ahead + 1)


def list_queue(conn: Connection) -> Sequence[Row[Any]]:
    """Open handoffs in the order in which they should be taken, with owner and last customer words."""
    last_words = (
        select(t.event.c.text)
        .where(t.event.c.conv_id == t.handoff.c.conv_id, t.event.c.author == "customer")
        .order_by(t.event.c.seq.desc())
        .limit(1)
        .scalar_subquery()
    )
    last_author = (
        select(t.event.c.author)
        .where(t.event.c.conv_id == t.handoff.c.conv_id, t.event.c.kind == "message")
        .order_by(t.event.c.seq.desc())
        .limit(1)
        .scalar_subquery()
    )
    anger = (
        select(t.mood.c.anger)
        .where(t.mood.c.conv_id == t.handoff.c.conv_id)
        .order_by(t.mood.c.seq.desc())
        .limit(1)
        .scalar_subquery()
    )
    label = (
        select(t.mood.c.label)
        .where(t.mood.c.conv_id == t.handoff.c.conv_id)
        .order_by(t.mood.c.seq.desc())
        .limit(1)
        .scalar_subquery()
    )
    return conn.execute(
        select(
            t.handoff,
            t.agent.c.display_name.label("owner_name"),
            t.conversation.c.channel,
            t.conversation.c.last_seq,
            t.conversation.c.fence.label("conv_fence"),
            last_words.label("last_words"),
            last_author.label("last_author"),
            anger.label("anger"),
            label.label("mood_label"),
            now().label("now"),
        )
        .join(t.conversation, t.conversation.c.id == t.handoff.c.conv_id)
        .outerjoin(t.agent, t.agent.c.id == t.handoff.c.claimed_by)
        .where(t.handoff.c.state.in_(OPEN_HANDOFF))
        .order_by(t.handoff.c.priority.desc(), t.handoff.c.queued_at)
    ).all()


def bump_queue(conn: Connection) -> None:
    """The queue has a new version; consoles that hold an older one ask again."""
    current = queue_version(conn)
    if current == 0:
        conn.execute(insert(t.meta).values(key="queue_version", value="1"))
    else:
        conn.execute(update(t.meta).where(t.meta.c.key == "queue_version").values(value=str(current + 1)))


def queue_version(conn: Connection) -> int:
    value = conn.execute(select(t.meta.c.value).where(t.meta.c.key == "queue_version")).scalar()
    return int(value or 0)
