"""Reads the wall's facts from the ledger on one snapshot: who waits, what is late, who is here, what lies undone."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, and_, case, func, or_, select

from handoff.conversation import WAITING, HandoffState, PresenceState, Role
from handoff.insight.targets import URGENT, Targets
from handoff.routing.service import service_of
from handoff.store import tables as t
from handoff.store.business_hours import current_hours
from handoff.store.clock import now, read_clock
from handoff.wall.facts import AgentNow, Anger, Backlog, Breaches, Facts, Waiting
from handoff.wall.feelings import moods_now

HOUR = 3600.0
_SENDING = ("pending", "leased", "uncertain")


def read_facts(conn: Connection, targets: Targets, anger: Anger) -> Facts:
    """Everything the wall shows of the database; ``anger`` is read less often (`feelings.anger_now`)."""
    at = read_clock(conn)
    calendar, agents = current_hours(conn).of(None), agents_now(conn)
    online = sum(one.state is PresenceState.ONLINE for one in agents)
    return Facts(
        at=at,
        service=service_of(calendar, at, online),
        waiting=waiting_now(conn, targets),
        held=_held(conn),
        breaches=breaches_between(conn, targets, day_start(at, calendar.zone), at),
        agents=agents,
        moods=moods_now(conn),
        last_hour=by_state(conn, HOUR),
        backlog=backlog_now(conn),
        anger=anger,
    )


def day_start(at: float, zone: ZoneInfo) -> float:
    """The last midnight in ``zone``."""
    local = datetime.fromtimestamp(at, zone)
    return local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0).timestamp()


def waiting_now(conn: Connection, targets: Targets) -> tuple[Waiting, ...]:
    """Everyone nobody answers yet, the longest wait first."""
    h, c = t.handoff.c, t.conversation.c
    rows = conn.execute(
        select(h.id, h.conv_id, h.reason, h.priority, h.skill, h.lang, h.queued_at, c.channel)
        .join(t.conversation, c.id == h.conv_id)
        .where(h.state.in_(WAITING))
        .order_by(h.queued_at, h.id)
    )
    return tuple(
        Waiting(
            conv_id=row.conv_id,
            handoff_id=row.id,
            reason=row.reason,
            priority=row.priority,
            channel=row.channel,
            lang=row.lang,
            skill=row.skill,
            queued_at=row.queued_at,
            target=targets.first_response_for(row.priority),
        )
        for row in rows
    )


def breaches_between(conn: Connection, targets: Targets, since: float, until: float) -> Breaches:
    """Targets whose moment came from ``since`` to ``until`` and was missed, and first answers in time to handoffs
    opened in that time."""
    h, v, e, p = t.handoff.c, t.handoff_event.c, t.event.c, t.complaint.c
    answered = (
        select(func.min(e.created_at))
        .where(
            e.conv_id == h.conv_id,
            e.author == "agent",
            e.kind == "message",
            e.created_at >= h.queued_at,
            or_(h.ended_at.is_(None), e.created_at <= h.ended_at),
        )
        .scalar_subquery()
    )
    urgent = v.data["priority"].as_integer() >= URGENT
    due = h.queued_at + case((urgent, targets.first_response_urgent), else_=targets.first_response)
    late = and_(
        due.between(since, until),
        or_(answered.is_(None), answered > due),
        or_(h.ended_at.is_(None), h.ended_at > due),
    )
    in_time = and_(h.queued_at.between(since, until), answered <= due)
    slow = h.queued_at + targets.resolution
    unresolved = and_(slow.between(since, until), or_(h.ended_at.is_(None), h.ended_at > slow))
    oldest = since - max(targets.first_response, targets.first_response_urgent, targets.resolution)
    row = conn.execute(
        select(
            func.sum(case((late, 1), else_=0)).label("late"),
            func.sum(case((in_time, 1), else_=0)).label("in_time"),
            func.sum(case((unresolved, 1), else_=0)).label("unresolved"),
        )
        .select_from(t.handoff)
        .join(t.handoff_event, and_(v.handoff_id == h.id, v.kind == "opened"))
        .where(h.queued_at >= oldest, v.at >= oldest)  # the same moment; the ledger's has an index
    ).one()
    overdue = and_(p.due_at.between(since, until), or_(p.done_at.is_(None), p.done_at > p.due_at))
    complaints = conn.execute(select(func.count()).select_from(t.complaint).where(overdue)).scalar_one()
    return Breaches(int(row.late or 0), int(row.unresolved or 0), int(complaints), int(row.in_time or 0))


def agents_now(conn: Connection) -> tuple[AgentNow, ...]:
    """The enabled accounts that answer customers, who is here first; overseers while they are here or hold somebody."""
    a, p = t.agent.c, t.presence.c
    rows = conn.execute(
        select(a.id, a.display_name, a.role, a.load, a.cap, p.state, p.reason, p.since, p.lease_until)
        .add_columns((p.lease_until > now()).label("alive"))
        .outerjoin(t.presence, p.agent_id == a.id)
        .where(a.disabled.is_(False), a.role != Role.EDITOR)
        .order_by(a.display_name, a.id)
    )
    found = []
    for row in rows:
        state = PresenceState(row.state) if row.alive else PresenceState.OFFLINE
        if row.role != Role.AGENT and state is PresenceState.OFFLINE and not row.load:
            continue
        # Who said "offline" is away since then; whose lease ran out, since it did.
        since = row.since if row.alive or row.state == PresenceState.OFFLINE else row.lease_until
        found.append(
            AgentNow(row.id, row.display_name, Role(row.role), state, row.reason or "", since, row.load, row.cap)
        )
    order = list(PresenceState)
    return tuple(sorted(found, key=lambda one: (order.index(one.state), -one.load)))


def by_state(conn: Connection, within: float) -> dict[str, int]:
    """Conversations in which a customer wrote within so many seconds, by who has them now."""
    e, c = t.event.c, t.conversation.c
    wrote = select(e.conv_id).where(e.created_at > read_clock(conn) - within, e.author == "customer")
    rows = conn.execute(select(c.mode, func.count()).where(c.id.in_(wrote)).group_by(c.mode))
    return {str(mode): int(number) for mode, number in rows}


def backlog_now(conn: Connection) -> Backlog:
    """Turns and deliveries that are not done, with the age of the oldest; deliveries count from when they were due."""
    u, d, m = t.turn.c, t.delivery.c, t.left_message.c
    turns = conn.execute(select(func.count(), func.min(u.created_at)).where(u.state.in_(("pending", "leased")))).one()
    sending = conn.execute(select(func.count(), func.min(d.not_before)).where(d.state.in_(_SENDING))).one()
    held = conn.execute(select(func.count()).select_from(t.delivery).where(d.state == "waiting")).scalar_one()
    left = conn.execute(select(func.count()).select_from(t.left_message).where(m.done_at.is_(None))).scalar_one()
    at = read_clock(conn)
    return Backlog(
        turns=int(turns[0]),
        oldest_turn=max(0.0, at - turns[1]) if turns[0] else 0.0,
        deliveries=int(sending[0]),
        oldest_delivery=max(0.0, at - sending[1]) if sending[0] else 0.0,
        held_back=int(held),
        left_messages=int(left),
    )


def _held(conn: Connection) -> int:
    held = select(func.count()).select_from(t.handoff).where(t.handoff.c.state == HandoffState.ACCEPTED)
    return int(conn.execute(held).scalar_one())
