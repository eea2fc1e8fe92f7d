"""Moods of the conversations that go on, worst first, and whether more customers than usual are angry."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, and_, func, select
from sqlalchemy.engine import Row

from handoff.conversation import OPEN_HANDOFF, Mode
from handoff.store import tables as t
from handoff.store.clock import now
from handoff.wall.facts import Anger, MoodNow, Trend

# A conversation with the bot goes on as long as the customer wrote within this many seconds.
GOES_ON = 1800.0
LOOKED_BACK = 40
TURNED = 0.12
QUARTER = 900.0
DAY = 86400.0
# The last readings count, the newest most.
WEIGHTS = (3.0, 2.0, 1.0)


def moods_now(conn: Connection) -> tuple[MoodNow, ...]:
    """The mood of every conversation that goes on and was read, the worst first."""
    e, h, c, m = t.event.c, t.handoff.c, t.conversation.c, t.mood.c
    wrote = select(e.conv_id).where(e.created_at > now() - GOES_ON, e.author == "customer")
    open_now = select(h.conv_id).where(h.state.in_(OPEN_HANDOFF))
    going_on = wrote.union(open_now).subquery()
    rows: Iterable[Row[Any]] = conn.execute(
        select(m.conv_id, m.valence, m.anger, m.label, c.mode, c.channel, t.agent.c.display_name, e.created_at)
        .select_from(going_on)
        .join(t.conversation, c.id == going_on.c.conv_id)
        .join(t.mood, and_(m.conv_id == c.id, m.seq > c.last_seq - LOOKED_BACK))
        .join(t.event, and_(e.conv_id == m.conv_id, e.seq == m.seq))
        .outerjoin(t.agent, t.agent.c.id == c.owner_agent)
        .where(c.mode != Mode.CLOSED)
        .order_by(m.conv_id, m.seq.desc())
    )
    readings: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        readings[row.conv_id].append(row)
    found = (_mood(newest_first) for newest_first in readings.values())
    return tuple(sorted(found, key=lambda one: (-one.badness, one.conv_id)))


def badness(valence: float, anger: float) -> float:
    """0 (content and calm) to 1 (furious); anger weighs more than a bad mood."""
    return 0.6 * anger + 0.4 * (1.0 - valence)


def trend(newest_first: Sequence[float]) -> Trend:
    """The newest badness against the mean of up to three before it."""
    if len(newest_first) < 2:
        return Trend.SAME
    before = newest_first[1:4]
    turned = newest_first[0] - sum(before) / len(before)
    if turned > TURNED:
        return Trend.WORSE
    return Trend.BETTER if turned < -TURNED else Trend.SAME


def anger_now(conn: Connection) -> Anger:
    """Conversations with an angry message in the last quarter of an hour, and how many a quarter usually has."""
    e, m = t.event.c, t.mood.c
    angry = (
        select(func.count(m.conv_id.distinct()))
        .join(t.event, and_(e.conv_id == m.conv_id, e.seq == m.seq))
        .where(m.label == "angry")
    )
    recent = conn.execute(angry.where(e.created_at > now() - QUARTER)).scalar_one()
    earlier = conn.execute(angry.where(e.created_at.between(now() - DAY - QUARTER, now() - QUARTER))).scalar_one()
    return Anger(int(recent), int(earlier) * QUARTER / DAY)


def _mood(newest_first: Sequence[Row[Any]]) -> MoodNow:
    latest = newest_first[0]
    values = [badness(row.valence, row.anger) for row in newest_first]
    weights = WEIGHTS[: len(values)]
    weighed = sum(value * weight for value, weight in zip(values, weights, strict=False)) / sum(weights)
    return MoodNow(
        conv_id=latest.conv_id,
        mode=Mode(latest.mode),
        channel=latest.channel,
        owner_name=latest.display_name,
        label=latest.label,
        badness=weighed,
        trend=trend(values),
        at=latest.created_at,
    )
