"""What the figures are counted from: seven kinds of rows of the ledger, each with its moment, place and dimensions.

Every fact has ``conv_id``, ``at`` (the moment that puts it into a period), ``channel``, ``skill``, ``reason``,
``rule``, ``agent`` (empty where there is none), ``look_from`` and ``look_to`` (between them the bot gave the FAQ entry
whose category counts), and columns of its own. The words of the definitions (``insight/locale``) say the same in prose.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, literal, or_, select, union_all
from sqlalchemy.sql.selectable import Select

from handoff.insight.history.period import Period
from handoff.insight.history.sql import DAY, once
from handoff.insight.targets import URGENT, Targets
from handoff.store import tables as t

WEEK = 7 * DAY
# A customer who says nothing for so long and then comes again begins another conversation.
PAUSE = DAY
# A rating belongs to the handoff that ended at most so long before.
RATED_WITHIN = DAY

Columns = Any


@dataclass(frozen=True)
class Question:
    """What every fact needs to know; ``now`` is the database's clock, epoch seconds."""

    period: Period
    targets: Targets
    now: float

    def holds(self, at: ColumnElement[float]) -> ColumnElement[bool]:
        """Whether a moment is in the period."""
        return and_(at >= self.period.start, at < self.period.end)


def contacts(q: Question) -> Select[Any]:
    """Conversations that began in the period. Own columns: ``state`` (one of four), ``until``."""
    begun = _beginnings(q)
    h, c, first = t.handoff.alias("own").c, t.conversation.c, t.handoff.alias("first")
    own = (
        select(h.id)
        .where(h.conv_id == begun.c.conv_id, h.queued_at >= begun.c.at, h.queued_at < begun.c.until)
        .order_by(h.queued_at)
        .limit(1)
        .correlate(begun)
        .scalar_subquery()
    )
    found = once(select(begun, own.label("handoff_id")), "contact")
    state = case(
        (found.c.handoff_id.is_not(None), "handed_over"),
        (_open_at(found.c), "continued"),
        (_bot_spoke(found.c), "contained"),
        else_="unanswered",
    )
    return (
        select(
            found.c.conv_id,
            found.c.handoff_id,
            found.c.at,
            c.channel,
            *_dimensions(first.c),
            found.c.at.label("look_from"),
            found.c.until.label("look_to"),
            state.label("state"),
        )
        .select_from(found)
        .join(t.conversation, c.id == found.c.conv_id)
        .outerjoin(first, first.c.id == found.c.handoff_id)
    )


def _beginnings(q: Question) -> Any:
    """Signs of the customer (messages and handoffs) that come a day after the last one; ``until`` is where they end."""
    start, end = q.period.start, q.period.end
    e, h = t.event.c, t.handoff.c
    # A day before, to see the last sign; a week after, to see where what began in the period ends.
    said = select(e.conv_id, e.created_at.label("at")).where(
        e.author == "customer", e.kind == "message", e.created_at >= start - PAUSE, e.created_at < end + WEEK
    )
    asked = select(h.conv_id, h.queued_at.label("at")).where(h.queued_at >= start - PAUSE, h.queued_at < end + WEEK)
    signs = union_all(said, asked).subquery("sign")
    before = func.lag(signs.c.at).over(partition_by=signs.c.conv_id, order_by=signs.c.at)
    last = select(signs.c.conv_id, signs.c.at, before.label("last")).subquery("last")
    first = (
        select(last.c.conv_id, last.c.at)
        .where(or_(last.c.last.is_(None), last.c.at - last.c.last >= PAUSE))
        .subquery("first")
    )
    following = func.lead(first.c.at).over(partition_by=first.c.conv_id, order_by=first.c.at)
    spans = select(first, following.label("following")).subquery("span")
    until = case((spans.c.following < spans.c.at + WEEK, spans.c.following), else_=spans.c.at + WEEK)
    return select(spans.c.conv_id, spans.c.at, until.label("until")).where(q.holds(spans.c.at)).subquery("begun")


def _open_at(contact: Columns) -> ColumnElement[bool]:
    h = t.handoff.alias("earlier").c
    still = or_(h.ended_at.is_(None), h.ended_at > contact.at)
    return exists(select(h.id).where(h.conv_id == contact.conv_id, h.queued_at < contact.at, still))


def _bot_spoke(contact: Columns) -> ColumnElement[bool]:
    e = t.event.alias("spoken").c
    inside = and_(e.created_at >= contact.at, e.created_at < contact.until)
    return exists(select(e.seq).where(e.conv_id == contact.conv_id, e.author == "bot", e.kind == "message", inside))


def waits(q: Question) -> Select[Any]:
    """Handoffs opened in the period. Own columns: ``first_response`` and ``target`` (seconds), ``late`` (boolean)."""
    o, h, e = t.handoff_event.c, t.handoff.c, t.event.alias("reply").c
    until_end = or_(h.ended_at.is_(None), e.created_at <= h.ended_at)
    replied = (
        select(func.min(e.created_at))
        .where(
            e.conv_id == h.conv_id,
            e.author == "agent",
            e.kind == "message",
            e.created_at >= h.queued_at,
            until_end,
        )
        .correlate(t.handoff)
        .scalar_subquery()
    )
    # Being passed on makes a handoff more urgent; the promise is that of the first priority.
    priority = func.coalesce(o.data["priority"].as_integer(), h.priority)
    target = case((priority >= URGENT, q.targets.first_response_urgent), else_=q.targets.first_response)
    found = once(
        select(
            h.conv_id,
            h.id.label("handoff_id"),
            o.at,
            t.conversation.c.channel,
            *_dimensions(h),
            (h.queued_at - DAY).label("look_from"),
            h.queued_at.label("look_to"),
            (replied - h.queued_at).label("first_response"),
            target.label("target"),
            (func.coalesce(h.ended_at, q.now) - h.queued_at).label("lasted"),
        )
        .select_from(t.handoff_event)
        .join(t.handoff, h.id == o.handoff_id)
        .join(t.conversation, t.conversation.c.id == h.conv_id)
        .where(o.kind == "opened", q.holds(o.at)),
        "wait",
    )
    late = func.coalesce(found.c.first_response, found.c.lasted) > found.c.target
    return select(found, late.label("late"))


def ends(q: Question) -> Select[Any]:
    """Ends of handoffs in the period. Own columns: ``kind``, ``took`` (seconds), and what came before and after."""
    v, h, c = t.handoff_event.c, t.handoff.c, t.conversation.c
    again, theirs = t.handoff.alias("again"), t.conversation.alias("theirs")
    reopened = exists(
        select(again.c.id)
        .join(theirs, theirs.c.id == again.c.conv_id)
        .where(theirs.c.customer_id == c.customer_id, again.c.queued_at > v.at, again.c.queued_at <= v.at + WEEK)
    )
    r, p = t.rating.alias("given").c, t.handoff_event.alias("passed").c
    rated = exists(select(r.score).where(r.conv_id == h.conv_id, r.at >= h.queued_at, r.at <= v.at + RATED_WITHIN))
    passed = exists(select(p.id).where(p.handoff_id == h.id, p.kind == "transferred"))
    return (
        select(
            h.conv_id,
            h.id.label("handoff_id"),
            v.at,
            c.channel,
            *_dimensions(h),
            (h.queued_at - DAY).label("look_from"),
            h.queued_at.label("look_to"),
            v.kind,
            (v.at - h.queued_at).label("took"),
            and_(v.kind == "resolved", v.at - h.queued_at <= q.targets.resolution).label("fast"),
            h.first_claimed_at.is_not(None).label("claimed"),
            and_(v.kind == "resolved", reopened).label("reopened"),
            and_(v.kind == "resolved", rated).label("rated"),
            passed.label("passed"),
        )
        .select_from(t.handoff_event)
        .join(t.handoff, h.id == v.handoff_id)
        .join(t.conversation, c.id == h.conv_id)
        .where(v.kind.in_(t.ENDS), q.holds(v.at))
    )


def ratings(q: Question) -> Select[Any]:
    """Ratings given in the period. Own column: ``score`` (1–5)."""
    r = t.rating.c
    return _beside_handoff(q, t.rating, r.at, r.score.label("score"))


def recommendations(q: Question) -> Select[Any]:
    """Recommendations given in the period. Own column: ``score`` (0–10)."""
    r = t.recommendation.c
    return _beside_handoff(q, t.recommendation, r.at, r.score.label("score"))


def complaints(q: Question) -> Select[Any]:
    """Complaints filed in the period. Own columns: ``in_time``, ``over`` (done or past due), ``took`` (seconds)."""
    c = t.complaint.c
    in_time = and_(c.done_at.is_not(None), c.done_at <= c.due_at)
    over = or_(c.done_at.is_not(None), c.due_at < q.now)
    took = (c.done_at - c.created_at).label("took")
    return _beside_handoff(q, t.complaint, c.created_at, in_time.label("in_time"), over.label("over"), took)


def left_messages(q: Question) -> Select[Any]:
    """Messages left in the period. Own columns: ``done`` (boolean), ``took`` (seconds, NULL while open)."""
    m, h, c = t.left_message.c, t.handoff.c, t.conversation.c
    return (
        select(
            m.conv_id,
            m.handoff_id,
            m.created_at.label("at"),
            c.channel,
            *_dimensions(h, agent=m.done_by),
            (h.queued_at - DAY).label("look_from"),
            h.queued_at.label("look_to"),
            m.done_at.is_not(None).label("done"),
            (m.done_at - m.created_at).label("took"),
        )
        .select_from(t.left_message)
        .join(t.handoff, h.id == m.handoff_id)
        .join(t.conversation, c.id == m.conv_id)
        .where(q.holds(m.created_at))
    )


def _beside_handoff(q: Question, table: Any, at: ColumnElement[float], *own: ColumnElement[Any]) -> Select[Any]:
    """Rows of a table that knows a conversation, beside its latest handoff that was open within the day before."""
    h, near = t.handoff.alias("near").c, t.handoff.alias("beside")
    fresh = or_(h.ended_at.is_(None), h.ended_at >= at - RATED_WITHIN)
    nearest = (
        select(h.id)
        .where(h.conv_id == table.c.conv_id, h.queued_at <= at, fresh)
        .order_by(h.queued_at.desc())
        .limit(1)
        .correlate(table)
        .scalar_subquery()
    )
    given = once(
        select(table.c.conv_id, nearest.label("handoff_id"), at.label("at"), *own).where(q.holds(at)),
        f"given_{table.name}",
    )
    rest = [column for column in given.c if column.name not in ("conv_id", "handoff_id", "at")]
    return (
        select(
            given.c.conv_id,
            given.c.handoff_id,
            given.c.at,
            t.conversation.c.channel,
            *_dimensions(near.c),
            (given.c.at - DAY).label("look_from"),
            given.c.at.label("look_to"),
            *rest,
        )
        .select_from(given)
        .join(t.conversation, t.conversation.c.id == given.c.conv_id)
        .outerjoin(near, near.c.id == given.c.handoff_id)
    )


def _dimensions(handoff: Columns, agent: ColumnElement[Any] | None = None) -> list[ColumnElement[str]]:
    who = handoff.claimed_by if agent is None else agent
    named = {"skill": handoff.skill, "reason": handoff.reason, "rule": handoff.rule, "agent": who}
    return [func.coalesce(column, literal("")).label(name) for name, column in named.items()]


Fact = Callable[[Question], Select[Any]]
FACTS: dict[str, Fact] = {
    "contacts": contacts,
    "waits": waits,
    "ends": ends,
    "ratings": ratings,
    "recommendations": recommendations,
    "complaints": complaints,
    "left_messages": left_messages,
}
