"""Use-cases of the quality sample: draw, read, score, and see what it comes to; supervisors and administrators only."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from handoff.clean_text import clean_text
from handoff.conversation import Agent, Event, Handoff, MoodReading
from handoff.errors import Forbidden, InvalidRequest, NotFound
from handoff.insight.history.period import Period, chosen_period
from handoff.quality import samples, sheets
from handoff.quality.draw import draw
from handoff.quality.errors import NothingToDraw, OwnWork, SheetIncomplete
from handoff.quality.pool import Extent, Service, extent, pool
from handoff.quality.results import Results, results
from handoff.quality.samples import Draw, Item, Sample
from handoff.quality.sheets import Review, Sheet
from handoff.routing.rules import OVERSEERS
from handoff.store import audit, handoffs, moods
from handoff.store import tables as t
from handoff.store.append import event_from_row
from handoff.store.business_hours import current_hours
from handoff.store.clock import read_clock
from handoff.store.database import Database

KINDS = ("all", "contained", "handed_over")
MOST = 100
LONGEST = 366 * 86400.0
MAX_NOTE = 2000
MAX_SEED = 64


@dataclass(frozen=True)
class Case:
    """A drawn service as its reviewer sees it.

    ``own`` is the reviewer's sheet; ``others`` are the submitted ones of colleagues, kept back until the own is in.
    """

    item: Item
    events: tuple[Event, ...]
    moods: tuple[MoodReading, ...]
    handoff: Handoff | None
    rating: int | None
    own: Review | None
    others: tuple[Review, ...]
    own_work: bool
    following: tuple[str, int] | None


class QualityDesk:
    """Every call is one transaction; draws and submitted sheets are in the audit trail."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def draw(
        self, agent: Agent, since: float, until: float, wanted: int, kind: str = "all", seed: str = ""
    ) -> Sample:
        """Draw ``wanted`` (1–100) closed services that ended in the period, stratified by channel and kind.

        The same ``seed`` over the same services gives the same draw; empty makes one. Services drawn before, services
        whose words are gone, and those in which the account answered itself are left out. `NothingToDraw` when none
        is left, `InvalidRequest` for a bad period, number or kind.
        """
        _demand(agent)
        if not (0 < until - since <= LONGEST) or not 1 <= wanted <= MOST or kind not in KINDS:
            raise InvalidRequest("A sample is of 1 to 100 conversations from a period of at most a year.")
        seed = seed.strip()[:MAX_SEED] or secrets.token_hex(4)
        # Looking takes long where there is much, and must not keep customers' messages waiting for the writer.
        asked = Draw(since, until, wanted, kind, seed)
        drawn = await self._db.read(_drawn, agent, asked)
        return await self._db.write(_keep, agent, drawn, asked)

    async def samples(self, agent: Agent) -> list[Sample]:
        """Every sample, the newest first."""
        _demand(agent)
        return await self._db.read(samples.samples, agent.id)

    async def items(self, agent: Agent, sample_id: str) -> list[Item]:
        """The services of a sample; `NotFound` for an unknown one."""
        _demand(agent)
        found = await self._db.read(samples.items_of, sample_id, agent.id)
        if not found:
            raise NotFound()
        return found

    async def open(self, agent: Agent, conv_id: str, episode: int) -> Case:
        """A service with everything to judge it by; `NotFound` when it was not drawn."""
        _demand(agent)
        return await self._db.read(_open, agent, conv_id, episode)

    async def save(self, agent: Agent, conv_id: str, episode: int, sheet: Sheet, *, submit: bool) -> Case:
        """Keep the sheet, as a draft or for good. What is submitted can be changed by submitting again.

        `OwnWork` where the account answered itself, `SheetIncomplete` when a score is missing, `NotFound` when the
        service was not drawn, `InvalidRequest` for a score beyond 1–5 or a place without a line of the bot.
        """
        _demand(agent)
        clean = replace(sheet, note=clean_text(sheet.note, MAX_NOTE) if sheet.note.strip() else "")
        if any(not 1 <= score <= 5 for score in clean.scores.values()):
            raise InvalidRequest("A score is 1 to 5.")
        if submit and not clean.whole:
            raise SheetIncomplete()
        return await self._db.write(_save, agent, conv_id, episode, clean, submit)

    async def results(self, agent: Agent, since: float, until: float) -> Results:
        """What the sheets submitted in the period come to."""
        _demand(agent)
        if not since < until:
            raise InvalidRequest("The period ends before it begins.")
        return await self._db.read(results, since, until)

    async def sheets(self, agent: Agent, since: float, until: float) -> list[tuple[Item, Review]]:
        """Every sheet submitted in the period with its service, for a file; that it was taken is in the audit trail."""
        _demand(agent)
        return await self._db.write(_taken, agent, since, until)

    async def zone(self) -> ZoneInfo:
        """The zone of the business calendar, in which days begin."""
        return await self._db.read(_zone)

    async def period(self, name: str, first: str = "", last: str = "") -> Period:
        """``today``, ``7d``, ``30d`` or ``custom`` with two dates; `BadPeriod` for anything else."""

        def work(conn: Connection) -> Period:
            return chosen_period(name, _zone(conn), read_clock(conn), first, last)

        return await self._db.read(work)


def _drawn(conn: Connection, agent: Agent, asked: Draw) -> list[tuple[Service, Extent]]:
    extents: dict[tuple[str, int], Extent] = {}

    def may(service: Service) -> bool:
        extents[service.key] = found = extent(conn, service)
        return found.kept and agent.id not in found.agents

    services = pool(conn, asked.since, asked.until, asked.kind)
    return [(one, extents[one.key]) for one in draw(services, asked.wanted, asked.seed, may)]


def _keep(conn: Connection, agent: Agent, drawn: Sequence[tuple[Service, Extent]], asked: Draw) -> Sample:
    sample_id = samples.insert_sample(conn, agent.id, asked)
    size = samples.insert_items(conn, sample_id, drawn)
    if not size:
        raise NothingToDraw()
    audit.record(conn, agent.id, "quality_drawn", sample=sample_id, size=size, **asdict(asked))
    return samples.samples(conn, agent.id, sample_id=sample_id)[0]


def _open(conn: Connection, agent: Agent, conv_id: str, episode: int) -> Case:
    item = _item(conn, agent, conv_id, episode)
    e = t.event.c
    inside = (e.conv_id == conv_id, e.seq.between(item.first_seq, item.last_seq))
    rows = conn.execute(select(t.event).where(*inside).order_by(e.seq))
    events = tuple(event_from_row(row) for row in rows)
    reviews = sheets.reviews_of(conn, conv_id, episode)
    own = next((one for one in reviews if one.reviewer == agent.id), None)
    handed_in = own is not None and own.submitted_at is not None
    scored = select(t.rating.c.score).where(t.rating.c.conv_id == conv_id, t.rating.c.episode == episode)
    own_work = _answered(events, item, agent)
    return Case(
        item=item,
        events=events,
        moods=tuple(one for one in moods.moods_of(conn, conv_id) if item.first_seq <= one.seq <= item.last_seq),
        handoff=handoffs.get_handoff(conn, item.handoff_id) if item.handoff_id else None,
        rating=conn.execute(scored).scalar(),
        own=own,
        others=tuple(one for one in reviews if one is not own and one.submitted_at is not None)
        if handed_in or own_work
        else (),
        own_work=own_work,
        following=_following(conn, item, agent),
    )


def _save(conn: Connection, agent: Agent, conv_id: str, episode: int, sheet: Sheet, submit: bool) -> Case:
    case = _open(conn, agent, conv_id, episode)
    if case.own_work:
        raise OwnWork()
    wrong = sheet.wrong_seq
    if wrong is not None and not any(one.seq == wrong and one.author == "bot" for one in case.events):
        raise InvalidRequest("There is no answer of the bot at this place.")
    before = case.own
    if before is not None and before.submitted_at is not None and not submit:
        raise InvalidRequest("A sheet that is submitted can only be submitted again.")
    sheets.put(conn, conv_id, episode, agent.id, sheet, submit=submit)
    if submit and (before is None or before.submitted_at is None or before.sheet != sheet):
        audit.record(
            conn,
            agent.id,
            "quality_reviewed",
            conv_id,
            episode=episode,
            scores=sheet.scores,
            bot_wrong=sheet.bot_wrong,
            before=before.sheet.scores if before and before.submitted_at is not None else None,
        )
    return _open(conn, agent, conv_id, episode)


def _taken(conn: Connection, agent: Agent, since: float, until: float) -> list[tuple[Item, Review]]:
    found = []
    for review in sheets.submitted_between(conn, since, until):
        item = samples.item_of(conn, review.conv_id, review.episode, agent.id)
        if item is not None:
            found.append((item, review))
    audit.record(conn, agent.id, "quality_exported", since=since, until=until, size=len(found))
    return found


def _zone(conn: Connection) -> ZoneInfo:
    return current_hours(conn).of(None).zone


def _item(conn: Connection, agent: Agent, conv_id: str, episode: int) -> Item:
    item = samples.item_of(conn, conv_id, episode, agent.id)
    if item is None:
        raise NotFound()
    return item


def _answered(events: Sequence[Event], item: Item, agent: Agent) -> bool:
    return item.agent_id == agent.id or any(e.author == "agent" and e.author_id == agent.id for e in events)


def _following(conn: Connection, item: Item, agent: Agent) -> tuple[str, int] | None:
    """The next service of the sample that this account has not scored."""
    line = samples.items_of(conn, item.sample_id, agent.id)
    line = [one for one in line if one.mine != "submitted" and one.agent_id != agent.id]
    after = [one for one in line if one.place > item.place] or [one for one in line if one.place < item.place]
    return (after[0].conv_id, after[0].episode) if after else None


def _demand(agent: Agent) -> None:
    if agent.role not in OVERSEERS:
        raise Forbidden()
