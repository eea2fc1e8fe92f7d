"""Rows of the queue: who waits, why, since when, and who took them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, func, insert, or_, select, update
from sqlalchemy.engine import Row

from handoff.conversation import OPEN_HANDOFF, WAITING, Conversation, End, Handoff, HandoffRequest, HandoffState
from handoff.store import tables as t
from handoff.store.clock import now
from handoff.store.queue_version import bump_queue

MAX_PRIORITY = 3
CARRIED_FOR = 86400


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
        offered_to=row.offered_to,
        offer_until=row.offer_until,
        preferred_agent=row.preferred_agent,
        first_claimed_at=row.first_claimed_at,
        ahead=row.ahead,
    )


def insert_handoff(
    conn: Connection, conversation: Conversation, request: HandoffRequest, *, preferred: str | None, ageing: float
) -> Handoff:
    """A new waiting handoff, with how many were before it; ``preferred`` is the agent to ask first."""
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
            preferred_agent=preferred,
            ahead=0,
            details=request.details,
        )
        .returning(t.handoff)
    ).one()
    bump_queue(conn)
    handoff = handoff_from_row(row)
    ahead = ahead_of(conn, handoff, ageing)
    conn.execute(update(t.handoff).where(t.handoff.c.id == handoff.id).values(ahead=ahead))
    return replace(handoff, ahead=ahead)


def last_agent_of(conn: Connection, customer_id: str, days: float) -> str | None:
    """The enabled agent who answered this customer last, within ``days``."""
    return conn.execute(
        select(t.handoff.c.claimed_by)
        .join(t.conversation, t.conversation.c.id == t.handoff.c.conv_id)
        .join(t.agent, t.agent.c.id == t.handoff.c.claimed_by)
        .where(
            t.conversation.c.customer_id == customer_id,
            t.handoff.c.claimed_at > now() - days * 86400,
            t.agent.c.disabled.is_(False),
        )
        .order_by(t.handoff.c.claimed_at.desc())
        .limit(1)
    ).scalar()


def get_handoff(conn: Connection, handoff_id: str) -> Handoff | None:
    row = conn.execute(select(t.handoff).where(t.handoff.c.id == handoff_id)).first()
    return handoff_from_row(row) if row else None


def open_handoff_of(conn: Connection, conv_id: str) -> Handoff | None:
    """The one handoff of the conversation that has not ended."""
    row = conn.execute(
        select(t.handoff).where(t.handoff.c.conv_id == conv_id, t.handoff.c.state.in_(OPEN_HANDOFF))
    ).first()
    return handoff_from_row(row) if row else None


def peek(conn: Connection, conv_id: str) -> tuple[str | None, int]:
    """Owner and fence of the conversation, read without holding it: agents come first in the lock order."""
    c = t.conversation.c
    row = conn.execute(select(c.owner_agent, c.fence).where(c.id == conv_id)).first()
    return (row.owner_agent, row.fence) if row else (None, 0)


def handoffs_of(conn: Connection, conv_id: str) -> list[Handoff]:
    rows = conn.execute(select(t.handoff).where(t.handoff.c.conv_id == conv_id).order_by(t.handoff.c.queued_at))
    return [handoff_from_row(row) for row in rows]


def held_by(conn: Connection, agent_id: str) -> list[Handoff]:
    """Handoffs the agent is answering now."""
    rows = conn.execute(
        select(t.handoff).where(t.handoff.c.claimed_by == agent_id, t.handoff.c.state == HandoffState.ACCEPTED)
    )
    return [handoff_from_row(row) for row in rows]


def carried_over(conn: Connection, conv_id: str) -> dict[str, Any]:
    """What the bot should still know after a handoff that ended less than a day ago without solving the matter.

    ``slots`` filled before it, the agent's ``summary``, and how it ended (``outcome``); empty when there is nothing.
    """
    h = t.handoff.c
    row = conn.execute(
        select(h.outcome, h.details, (h.ended_at > now() - CARRIED_FOR).label("fresh"))
        .where(h.conv_id == conv_id, h.ended_at.is_not(None))
        .order_by(h.ended_at.desc())
        .limit(1)
    ).first()
    if row is None or not row.fresh or row.outcome == End.RESOLVED:
        return {}
    known = {key: row.details[key] for key in ("slots", "summary") if row.details.get(key)}
    return {**known, "outcome": row.outcome} if known else {}


def waiting(conn: Connection, ageing: float) -> list[Handoff]:
    """Everyone nobody answers yet, in the order in which they should be taken."""
    rows = conn.execute(select(t.handoff).where(t.handoff.c.state.in_(WAITING)).order_by(*_by_rank(ageing)))
    return [handoff_from_row(row) for row in rows]


def accept(conn: Connection, handoff_id: str, agent_id: str, *, only_offered: bool = False) -> bool:
    """Take a waiting handoff; False when somebody else was first.

    With ``only_offered`` one that is offered to another agent cannot be taken.
    """
    h = t.handoff.c
    free = or_(h.state == HandoffState.QUEUED, h.offered_to == agent_id, h.offer_until < now())
    where = [h.id == handoff_id, h.state.in_(WAITING), *([free] if only_offered else [])]
    changed = conn.execute(
        update(t.handoff)
        .where(*where)
        .values(
            state=HandoffState.ACCEPTED,
            claimed_by=agent_id,
            claimed_at=now(),
            first_claimed_at=func.coalesce(h.first_claimed_at, now()),
            offered_to=None,
            offer_until=None,
        )
    )
    bump_queue(conn)
    return changed.rowcount == 1


def give_to(conn: Connection, handoff_id: str, giver: str, taker: str) -> bool:
    """The accepted handoff goes from one agent to another; False when the giver no longer has it."""
    changed = conn.execute(
        update(t.handoff)
        .where(
            t.handoff.c.id == handoff_id,
            t.handoff.c.state == HandoffState.ACCEPTED,
            t.handoff.c.claimed_by == giver,
        )
        .values(claimed_by=taker, claimed_at=now())
    )
    bump_queue(conn)
    return changed.rowcount == 1


def back_to_queue(conn: Connection, handoff_id: str, *, skill: str | None = None) -> bool:
    """Wait again with the first clock, one level more urgent, for ``skill`` if one is named."""
    new_skill = {} if skill is None else {"skill": skill}
    changed = conn.execute(
        update(t.handoff)
        .where(t.handoff.c.id == handoff_id, t.handoff.c.state == HandoffState.ACCEPTED)
        .values(
            state=HandoffState.QUEUED,
            claimed_by=None,
            claimed_at=None,
            preferred_agent=None,
            priority=case((t.handoff.c.priority < MAX_PRIORITY, t.handoff.c.priority + 1), else_=MAX_PRIORITY),
            **new_skill,
        )
    )
    bump_queue(conn)
    return changed.rowcount == 1


def end_handoff(conn: Connection, handoff_id: str, state: HandoffState, outcome: End) -> bool:
    """Give the handoff its one end; False when it had ended already."""
    changed = conn.execute(
        update(t.handoff)
        .where(t.handoff.c.id == handoff_id, t.handoff.c.state.in_(OPEN_HANDOFF))
        .values(state=state, outcome=outcome, ended_at=now(), offered_to=None, offer_until=None)
    )
    bump_queue(conn)
    return changed.rowcount == 1


def describe_end(
    conn: Connection, handoff_id: str, *, close_reason: str | None = None, tags: Sequence[str] = ()
) -> None:
    """Keep what the agent says the matter was."""
    conn.execute(
        update(t.handoff).where(t.handoff.c.id == handoff_id).values(close_reason=close_reason, tags=list(tags))
    )


def add_detail(conn: Connection, handoff: Handoff, **more: Any) -> None:
    """Add to the card's details."""
    conn.execute(update(t.handoff).where(t.handoff.c.id == handoff.id).values(details={**handoff.details, **more}))


def ahead_of(conn: Connection, handoff: Handoff, ageing: float) -> int:
    """How many waiting customers will be taken before this one."""
    h = t.handoff.c
    rank = h.queued_at - h.priority * ageing
    mine = handoff.rank(ageing)
    before = or_(rank < mine, and_(rank == mine, h.id < handoff.id))
    where = and_(h.state.in_(WAITING), h.id != handoff.id, before)
    return int(conn.execute(select(func.count()).where(where)).scalar_one())


def expected_wait(conn: Connection, ahead: int) -> float | None:
    """Seconds a place ``ahead`` in line takes, from the last 50 first claims of seven days; None below three.

    Each past wait is divided by the places it had to move up, so that a long line and a short one compare.
    """
    h = t.handoff.c
    rows = conn.execute(
        select((h.first_claimed_at - h.queued_at).label("wait"), h.ahead)
        .where(h.first_claimed_at > now() - 7 * 86400)
        .order_by(h.first_claimed_at.desc())
        .limit(50)
    )
    per_place = sorted(max(0.0, row.wait) / (row.ahead + 1) for row in rows)
    if len(per_place) < 3:
        return None
    return float(per_place[len(per_place) // 2]) * (ahead + 1)


def list_queue(conn: Connection, ageing: float) -> Sequence[Row[Any]]:
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
        .order_by(*_by_rank(ageing))
    ).all()


def _by_rank(ageing: float) -> tuple[ColumnElement[Any], ...]:
    return t.handoff.c.queued_at - t.handoff.c.priority * ageing, t.handoff.c.id
