"""Reads the truth after a storm, past the gateway: every event, what still waits, and what disagrees."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, create_engine, func, select
from sqlalchemy.engine import Row

from handoff.conversation import Mode
from handoff.store import tables as t
from tests.storm.history import Stored

UNFINISHED = ("pending", "leased")
OPEN = ("queued", "offered", "accepted")


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
        return Truth(events, questions, [*_ownership(conn), *_endings(conn), *_turns(conn)])


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


def _ownership(conn: Connection) -> Iterator[str]:
    """A conversation has an owner exactly while an agent holds its one open handoff; loads are counted from that."""
    held: dict[str, int] = {}
    open_of: dict[str, list[tuple[str, str | None]]] = {}
    for row in conn.execute(select(t.handoff).where(t.handoff.c.state.in_(OPEN))):
        open_of.setdefault(row.conv_id, []).append((row.state, row.claimed_by))
        if row.state == "accepted":
            held[row.claimed_by] = held.get(row.claimed_by, 0) + 1
    for agent in conn.execute(select(t.agent)):
        if agent.load != held.get(agent.id, 0):
            yield f"agent {agent.name} has load {agent.load} and holds {held.get(agent.id, 0)}"
    for conv in conn.execute(select(t.conversation)):
        found = open_of.get(conv.id, [])
        expected = {
            Mode.BOT: [],
            Mode.CLOSED: [],
            Mode.QUEUED: [("queued", None)],
            Mode.HUMAN: [("accepted", conv.owner_agent)],
        }[Mode(conv.mode)]
        states = [("queued", None) if state == "offered" else (state, agent) for state, agent in found]
        if states != expected:
            yield f"conversation {conv.id} is {conv.mode} of {conv.owner_agent} with open handoffs {found}"
        newest = conn.execute(select(func.max(t.event.c.seq)).where(t.event.c.conv_id == conv.id)).scalar() or 0
        if newest != conv.last_seq:
            yield f"conversation {conv.id} counts {conv.last_seq} events and has {newest}"


def _endings(conn: Connection) -> Iterator[str]:
    for row in conn.execute(select(t.handoff)):
        ended = row.state not in OPEN
        if ended != (row.ended_at is not None) or ended != (row.outcome is not None):
            yield f"handoff {row.id} is {row.state} with outcome {row.outcome} at {row.ended_at}"


def _turns(conn: Connection) -> Iterator[str]:
    left = conn.execute(select(t.turn.c.id, t.turn.c.state).where(t.turn.c.state.in_(UNFINISHED))).all()
    yield from (f"turn {row.id} is still {row.state}" for row in left)
