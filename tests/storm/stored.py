"""Reads the truth after a storm, past the gateway: every event, what still waits, and what disagrees."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, create_engine, func, select, text
from sqlalchemy.engine import Row

from handoff.store import tables as t
from handoff.store.check import check
from tests.storm.history import Stored

UNFINISHED = ("pending", "leased")


@dataclass(frozen=True)
class Truth:
    """The database's content as the judge needs it; ``faults`` are rows that contradict each other."""

    events: list[Stored]
    questions: dict[str, list[int]]
    faults: list[str]

    def of(self, conv: str) -> list[Stored]:
        return [event for event in self.events if event.conv == conv]

    def public(self, conv: str) -> list[Stored]:
        """What the customer is shown."""
        return [event for event in self.of(conv) if not event.internal]


@contextmanager
def looking(url: str) -> Iterator[Connection]:
    """A connection of our own to the database of a running gateway."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    try:
        with engine.connect() as conn:
            yield conn
    finally:
        engine.dispose()


@contextmanager
def changing(url: str) -> Iterator[Callable[[str], object]]:
    """Runs statements behind the gateway's back, committed at the end of the block."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    try:
        with engine.begin() as conn:
            yield lambda statement: conn.execute(text(statement))
    finally:
        engine.dispose()


def busy(url: str) -> int:
    """How many customer messages still wait for the bot."""
    with looking(url) as conn:
        waiting = select(func.count()).where(t.turn.c.state.in_(UNFINISHED))
        return int(conn.execute(waiting).scalar_one())


def read(url: str) -> Truth:
    """Everything that is stored, and what contradicts itself."""
    with looking(url) as conn:
        asked = {row.id: row.in_seq for row in conn.execute(select(t.turn.c.id, t.turn.c.in_seq))}
        events = [_stored(row, asked) for row in conn.execute(select(t.event))]
        questions: dict[str, list[int]] = {}
        for row in conn.execute(select(t.turn.c.conv_id, t.turn.c.in_seq).where(t.turn.c.state == "done")):
            questions.setdefault(row.conv_id, []).append(row.in_seq)
        return Truth(events, questions, [*_breaches(conn), *_turns(conn)])


def _stored(event: Row[Any], asked: dict[str, int]) -> Stored:
    answers = None
    if event.author == "bot" and event.kind == "message":
        answers = asked.get(event.client_msg_id.partition(":")[0])
    return Stored(
        conv=event.conv_id,
        seq=event.seq,
        author=event.author,
        key=event.client_msg_id,
        text=event.text,
        fence=event.fence,
        kind=event.kind,
        internal=event.internal,
        author_id=event.author_id,
        answers=answers,
    )


def _breaches(conn: Connection) -> Iterator[str]:
    """What `baton ledger check` would say."""
    yield from (f"{breach.rule}: {breach.row} {breach.detail}" for breach in check(conn).breaches)


def _turns(conn: Connection) -> Iterator[str]:
    left = conn.execute(select(t.turn.c.id, t.turn.c.state).where(t.turn.c.state.in_(UNFINISHED))).all()
    yield from (f"turn {row.id} is still {row.state}" for row in left)
