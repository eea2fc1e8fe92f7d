"""Every service that a sample may be drawn from: closed, of the period, and not drawn before.

A service is what a rating belongs to: one episode of a conversation. It ends with the end of its handoff, or, where the
bot was enough, with half an hour of silence.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import nextafter

from sqlalchemy import ColumnElement, Connection, Subquery, and_, exists, func, select

from handoff.conversation import Mode
from handoff.store import tables as t
from handoff.store.clock import read_clock

SILENCE = 1800.0
# A message left without waiting joins the episode that it finds, and ends nothing (see `handoff.queue.leaving`).
UNWAITED = "left_message"


@dataclass(frozen=True)
class Service:
    """One closed service. ``handoff_id`` is None where the bot was enough; ``agent_id`` is who had it last."""

    conv_id: str
    episode: int
    channel: str
    handoff_id: str | None
    agent_id: str | None
    ended_at: float

    @property
    def key(self) -> tuple[str, int]:
        return self.conv_id, self.episode

    @property
    def stratum(self) -> tuple[str, bool]:
        """Channel, and whether a person was needed."""
        return self.channel, self.handoff_id is not None


@dataclass(frozen=True)
class Extent:
    """Where a service lies in its conversation, who answered in it, and whether its words are still kept."""

    first_seq: int
    last_seq: int
    agents: frozenset[str]
    kept: bool


def pool(conn: Connection, since: float, until: float, kind: str) -> list[Service]:
    """Services that ended from ``since`` to before ``until``; ``kind`` is ``all``, ``contained`` or ``handed_over``."""
    found: dict[tuple[str, int], Service] = {}
    if kind != "contained":
        found.update((one.key, one) for one in _handed_over(conn, since, until))
    if kind != "handed_over":
        found.update((one.key, one) for one in _contained(conn, since, until) if one.key not in found)
    item = t.quality_item.c
    drawn = {(row.conv_id, row.episode) for row in conn.execute(select(item.conv_id, item.episode))}
    return [one for key, one in sorted(found.items()) if key not in drawn]


def extent(conn: Connection, service: Service) -> Extent:
    """Look into one service. It begins with the customer's first words after the end before it."""
    e, h = t.event.c, t.handoff.c
    handoff = conn.execute(select(t.handoff).where(h.id == service.handoff_id)).first()
    of_conversation = [h.conv_id == service.conv_id, _ends_episode()]
    if handoff is not None:
        of_conversation.append(h.ended_at <= handoff.queued_at)
    before = conn.execute(select(func.max(h.ended_at)).where(*of_conversation)).scalar()
    words = [e.conv_id == service.conv_id, e.kind == "message", e.author == "customer"]
    first, following = 1, None
    if before is not None:
        first = conn.execute(select(func.min(e.seq)).where(*words, e.created_at > before)).scalar() or 1
    if handoff is not None:
        following = conn.execute(select(func.min(e.seq)).where(*words, e.created_at > handoff.ended_at)).scalar()
    last = conn.execute(select(t.conversation.c.last_seq).where(t.conversation.c.id == service.conv_id)).scalar_one()
    last = last if following is None else following - 1
    inside = [e.conv_id == service.conv_id, e.seq.between(first, last)]
    agents = conn.execute(select(e.author_id).where(*inside, e.author == "agent").distinct()).scalars()
    kept = conn.execute(select(exists(select(e.seq).where(*inside, e.kind == "message", e.text != "")))).scalar()
    everybody = {*agents, service.agent_id} - {None}
    return Extent(first, last, frozenset(str(one) for one in everybody), bool(kept))


def _ends_episode() -> ColumnElement[bool]:
    return and_(t.handoff.c.ended_at.is_not(None), t.handoff.c.rule != UNWAITED)


def _handed_over(conn: Connection, since: float, until: float) -> list[Service]:
    h, c = t.handoff.c, t.conversation.c
    earlier = t.handoff.alias("earlier")
    episodes_before = (
        select(func.count())
        .where(
            earlier.c.conv_id == h.conv_id,
            earlier.c.ended_at <= h.queued_at,
            earlier.c.rule != UNWAITED,
        )
        .scalar_subquery()
    )
    rows = conn.execute(
        select(h.id, h.conv_id, h.claimed_by, h.ended_at, c.channel, episodes_before.label("before"))
        .join(t.conversation, c.id == h.conv_id)
        .where(h.ended_at >= since, h.ended_at < until)
        .order_by(h.ended_at, h.id)
    )
    return [Service(r.conv_id, r.before + 1, r.channel, r.id, r.claimed_by, r.ended_at) for r in rows]


def _contained(conn: Connection, since: float, until: float) -> list[Service]:
    c, e, h = t.conversation.c, t.event.c, t.handoff.c
    # The last event first, by its place: from the events of the period it would be looked for a million times.
    last_at = select(e.created_at).where(e.conv_id == c.id, e.seq == c.last_seq).scalar_subquery()
    talks = select(c.id, c.episode, c.channel, last_at.label("at")).where(c.mode == Mode.BOT).subquery("talks")
    begins, talk = _last_end(), talks.c
    after = func.coalesce(begins.c.at, 0.0)
    said = select(e.seq).where(e.conv_id == talk.id, e.kind == "message", e.created_at > after)
    rows = conn.execute(
        select(talks)
        .outerjoin(begins, begins.c.conv_id == talk.id)
        .where(
            talk.at.between(since, nextafter(min(until, read_clock(conn) - SILENCE), 0.0)),  # read once, not twice
            exists(said.where(e.author == "customer")),
            exists(said.where(e.author == "bot")),
            ~exists(select(h.id).where(h.conv_id == talk.id, h.queued_at > after)),
        )
    )
    return [Service(r.id, r.episode, r.channel, None, None, r.at) for r in rows]


def _last_end() -> Subquery:
    h = t.handoff.c
    return (
        select(h.conv_id, func.max(h.ended_at).label("at"))
        .where(_ends_episode())
        .group_by(h.conv_id)
        .subquery("begins")
    )
