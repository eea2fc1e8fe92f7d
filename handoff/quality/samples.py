"""Rows of samples: what was drawn, when, by whom, and how far its review is."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Select, and_, exists, func, insert, select
from sqlalchemy.engine import Row

from handoff.quality.pool import Extent, Service
from handoff.store import tables as t
from handoff.store.clock import now
from handoff.store.upsert import insert_or_skip


@dataclass(frozen=True)
class Draw:
    """What was asked for: ``wanted`` services of a ``kind`` that ended from ``since`` to before ``until``."""

    since: float
    until: float
    wanted: int
    kind: str
    seed: str


@dataclass(frozen=True)
class Sample:
    """One draw. ``wanted`` services were asked for, ``size`` drawn, ``reviewed`` have a submitted sheet.

    ``mine`` counts those whose sheet the asking account has submitted. Times are epoch seconds.
    """

    id: str
    seed: str
    since: float
    until: float
    kind: str
    wanted: int
    size: int
    reviewed: int
    mine: int
    drawn_by: str
    drawn_at: float


@dataclass(frozen=True)
class Item:
    """One drawn service; ``sheets`` counts submitted ones, ``mine`` is how far the asking account's own is."""

    conv_id: str
    episode: int
    sample_id: str
    place: int
    channel: str
    handoff_id: str | None
    agent_id: str | None
    agent_name: str | None
    first_seq: int
    last_seq: int
    ended_at: float
    sheets: int
    mine: str | None


def insert_sample(conn: Connection, agent_id: str, asked: Draw) -> str:
    """A new sample without services; returns its id."""
    sample_id = uuid.uuid4().hex
    conn.execute(insert(t.quality_sample).values(id=sample_id, drawn_by=agent_id, drawn_at=now(), **asdict(asked)))
    return sample_id


def insert_items(conn: Connection, sample_id: str, drawn: Sequence[tuple[Service, Extent]]) -> int:
    """Put the services into the sample; one that another draw took at this moment is left to it. Returns how many."""
    place = 0
    for service, extent in drawn:
        place += insert_or_skip(
            conn,
            t.quality_item,
            conv_id=service.conv_id,
            episode=service.episode,
            sample_id=sample_id,
            place=place + 1,
            channel=service.channel,
            handoff_id=service.handoff_id,
            agent_id=service.agent_id,
            first_seq=extent.first_seq,
            last_seq=extent.last_seq,
            ended_at=service.ended_at,
        )
    return place


def samples(conn: Connection, reader: str, *, sample_id: str | None = None, limit: int = 50) -> list[Sample]:
    """The newest samples first, with how far they are; one of them, where ``sample_id`` is given."""
    s, i, r = t.quality_sample.c, t.quality_item.c, t.quality_review.c
    of_item = and_(r.conv_id == i.conv_id, r.episode == i.episode, r.state == "submitted")
    size = select(func.count()).where(i.sample_id == s.id).scalar_subquery()
    reviewed = size_where(exists(select(r.conv_id).where(of_item)))
    mine = size_where(exists(select(r.conv_id).where(of_item, r.reviewer == reader)))
    query = (
        select(t.quality_sample, t.agent.c.display_name)
        .add_columns(size.label("size"), reviewed.label("reviewed"), mine.label("mine"))
        .join(t.agent, t.agent.c.id == s.drawn_by)
        .order_by(s.drawn_at.desc(), s.id)
        .limit(limit)
    )
    if sample_id is not None:
        query = query.where(s.id == sample_id)
    return [
        Sample(
            id=row.id,
            seed=row.seed,
            since=row.since,
            until=row.until,
            kind=row.kind,
            wanted=row.wanted,
            size=row.size,
            reviewed=row.reviewed,
            mine=row.mine,
            drawn_by=row.display_name,
            drawn_at=row.drawn_at,
        )
        for row in conn.execute(query)
    ]


def size_where(condition: Any) -> Any:
    """How many services of the sample at hand meet the condition, as a scalar subquery."""
    s, i = t.quality_sample.c, t.quality_item.c
    return select(func.count()).where(i.sample_id == s.id, condition).correlate(t.quality_sample).scalar_subquery()


def items_of(conn: Connection, sample_id: str, reader: str) -> list[Item]:
    """The services of a sample in the order of the draw."""
    i = t.quality_item.c
    return [_item(row) for row in conn.execute(_items(reader).where(i.sample_id == sample_id).order_by(i.place))]


def item_of(conn: Connection, conv_id: str, episode: int, reader: str) -> Item | None:
    """One drawn service; None when it was never drawn."""
    i = t.quality_item.c
    row = conn.execute(_items(reader).where(i.conv_id == conv_id, i.episode == episode)).first()
    return _item(row) if row else None


def _items(reader: str) -> Select[Any]:
    i, r = t.quality_item.c, t.quality_review.c
    of_item = and_(r.conv_id == i.conv_id, r.episode == i.episode)
    sheets = select(func.count()).where(of_item, r.state == "submitted").correlate(t.quality_item).scalar_subquery()
    mine = select(r.state).where(of_item, r.reviewer == reader).correlate(t.quality_item).scalar_subquery()
    return (
        select(t.quality_item, t.agent.c.display_name)
        .add_columns(sheets.label("sheets"), mine.label("mine"))
        .outerjoin(t.agent, t.agent.c.id == i.agent_id)
    )


def _item(row: Row[Any]) -> Item:
    return Item(
        conv_id=row.conv_id,
        episode=row.episode,
        sample_id=row.sample_id,
        place=row.place,
        channel=row.channel,
        handoff_id=row.handoff_id,
        agent_id=row.agent_id,
        agent_name=row.display_name,
        first_seq=row.first_seq,
        last_seq=row.last_seq,
        ended_at=row.ended_at,
        sheets=row.sheets,
        mine=row.mine,
    )
