"""Messages and answers that come together: each ends as if it had come alone, whatever its neighbours are."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, func, select, update

from handoff import accepting, turn_ends
from handoff.conversation import Event, HandoffRequest, Mode, Turn, TurnState
from handoff.errors import IdempotencyConflict, NotFound, StorageUnavailable, TokenInvalid, TooManyRequests
from handoff.gateway import Gateway, Session
from handoff.queue import open_handoff
from handoff.rasa import Answer, HandoffModel, MoodModel, Reply
from handoff.rates import Rates
from handoff.store import tables as t
from handoff.store.check import check
from handoff.store.snapshot import snapshot
from handoff.store.turns import claim_turns, retry_turn
from tests.integration.handoff.conftest import ON_BOTH, World

pytestmark = ON_BOTH


async def say(world: World, who: Session, text: str, key: str = "message-1", **more: Any) -> Event:
    return await world.gateway.accept_from(who.token, "web", key, text, **more)


async def arrive(world: World, number: int) -> list[Session]:
    return [await world.gateway.start("web", "zh", f"address {number}") for number in range(number)]


async def sound(world: World) -> bool:
    with snapshot(world.settings.database) as conn:
        return check(conn).sound


async def test_a_crowd_is_stored_in_few_transactions_each_once_and_asked_of_the_bot(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    people, commits = await arrive(world, 30), []
    write_first = world.db.write_first

    async def counted(work: Callable[..., object], *args: Any) -> object:
        commits.append(work)
        return await write_first(work, *args)

    monkeypatch.setattr(world.db, "write_first", counted)
    events = await asyncio.gather(*(say(world, who, f"hello {n}") for n, who in enumerate(people)))
    assert [(event.conv_id, event.seq, event.text) for event in events] == [
        (who.conversation.id, 1, f"hello {n}") for n, who in enumerate(people)
    ]
    assert len(commits) <= 3
    stored = [await world.events(who.conversation) for who in people]
    assert stored == [[event] for event in events], "what was acknowledged is what is stored"
    turns = await world.db.read(lambda conn: conn.execute(select(t.turn.c.conv_id, t.turn.c.in_seq)).all())
    assert {tuple(row) for row in turns} == {(who.conversation.id, 1) for who in people}
    assert len(turns) == 30 and await sound(world)


async def test_who_is_not_plain_is_served_alone_beside_the_crowd(world: World) -> None:
    """A repeat, other words under the same id, a foreign conversation, no token, a second line, a wish for a person."""
    plain, known, foreign, twice, wishing = await arrive(world, 5)
    first = await say(world, known, "first")
    results = await asyncio.gather(
        say(world, plain, "plain"),
        say(world, known, "first"),
        say(world, known, "something else"),
        say(world, foreign, "not mine", conv_id=plain.conversation.id),
        say(world, Session("no-such-token", plain.conversation), "who am I"),
        say(world, twice, "one", "message-1"),
        say(world, twice, "two", "message-2"),
        say(world, wishing, "before", "message-1"),
        say(world, wishing, "转人工", "message-2"),
        return_exceptions=True,
    )
    assert [type(result) for result in results[2:5]] == [IdempotencyConflict, NotFound, TokenInvalid]
    assert isinstance(results[0], Event) and results[1] == first
    assert sorted(event.text for event in await world.events(twice.conversation)) == ["one", "two"]
    assert [event.text for event in await world.events(known.conversation)] == ["first"]
    assert (await world.now(wishing.conversation)).last_seq >= 2 and await sound(world)


async def test_closed_and_human_conversations_and_too_much(world: World) -> None:
    closed, human, eager, plain = await arrive(world, 4)
    agent = await world.colleague("lin")
    for who in (closed, human):
        await world.db.write(open_handoff, await world.now(who.conversation), HandoffRequest("angry"))
        await world.desk.claim(agent, await world.handoff_id(who.conversation))
    now = await world.now(closed.conversation)
    await world.desk.close(agent, closed.conversation.id, now.fence)
    settings = world.settings.model_copy(update={"max_unanswered": 1})
    world.gateway = Gateway(world.db, world.pokes, Rates(), settings)
    await say(world, eager, "one", "message-0")
    found = await asyncio.gather(
        *(say(world, who, "here") for who in (closed, human, eager, plain)), return_exceptions=True
    )
    assert isinstance(found[2], TooManyRequests)
    assert [type(each) for each in found if each is not found[2]] == [Event] * 3
    reopened = await world.now(closed.conversation)
    assert (reopened.mode, reopened.episode) == (Mode.BOT, 2)
    asked = await world.db.read(lambda conn: set(conn.execute(select(t.turn.c.conv_id)).scalars()))
    assert human.conversation.id not in asked and {closed.conversation.id, plain.conversation.id} <= asked


async def test_a_database_that_refuses_tells_everybody_and_keeps_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = await arrive(world, 5)

    async def refuse(*_: object) -> object:
        raise StorageUnavailable("full", remedy="make room")

    with monkeypatch.context() as patched:
        patched.setattr(world.db, "write_first", refuse)
        results = await asyncio.gather(*(say(world, who, "hello") for who in people), return_exceptions=True)
    assert [type(result) for result in results] == [StorageUnavailable] * 5
    again = await asyncio.gather(*(say(world, who, "hello") for who in people))
    assert [event.seq for event in again] == [1] * 5


async def test_who_goes_away_harms_nobody(world: World) -> None:
    gone, stays = await arrive(world, 2)
    leaving = asyncio.create_task(say(world, gone, "never mind"))
    staying = asyncio.create_task(say(world, stays, "still here"))
    await asyncio.sleep(0)
    leaving.cancel()
    assert (await staying).text == "still here"
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert (await say(world, gone, "never mind")).seq == 1, "sent again it is there once"


async def test_answers_that_come_together_end_each_turn_in_its_own_way(world: World) -> None:
    """Two plain answers, one in another language, one that asks for a person, one too late, one whose lease is lost."""
    people = await arrive(world, 5)
    await asyncio.gather(*(say(world, who, "问题") for who in people))
    leased = await world.db.write(claim_turns, 30.0, 10)
    by_conv = {turn.conv_id: turn for turn in leased}
    two, english, asking, late, lost = (by_conv[who.conversation.id] for who in people)
    await world.db.write(open_handoff, await world.now(people[3].conversation), HandoffRequest("angry"))
    await world.db.write(_lease_to_another, lost)
    answered = [
        (two, _answer(two, "one", "two")),
        (english, _answer(english, "hello", slots={"lang": "en"})),
        (asking, _answer(asking, "a moment", handoff=HandoffModel(reason="angry", priority=1))),
        (late, _answer(late, "too late")),
        (lost, _answer(lost, "said by another")),
    ]
    ends = await world.db.write(turn_ends.finish_together, answered)
    assert [end is None for end in ends] == [False, False, True, True, False]
    for turn, answer in (answered[2], answered[3]):
        await world.db.write(turn_ends.finish, turn, answer)
    said = [[e.text for e in await world.events(who.conversation) if e.author == "bot"] for who in people]
    assert said == [["one", "two"], ["hello"], ["a moment"], [], []]
    assert ends[0] == await world.now(people[0].conversation)
    assert (await world.now(people[1].conversation)).lang == "en"
    assert (await world.now(people[2].conversation)).mode is Mode.QUEUED
    rows = await world.db.read(lambda conn: conn.execute(select(t.turn.c.conv_id, t.turn.c.state)).all())
    states = {row.conv_id: row.state for row in rows}
    assert [states[who.conversation.id] for who in people] == ["done", "done", "done", "superseded", "leased"]
    moods = await world.db.read(lambda conn: conn.execute(select(func.count()).select_from(t.mood)).scalar())
    assert moods == 4


async def test_a_turn_that_has_ended_is_not_given_back(world: World) -> None:
    """A gateway that stops gives its turns back, and the answer of one may be committed just before."""
    [who] = await arrive(world, 1)
    await say(world, who, "问题")
    [turn] = await world.db.write(claim_turns, 30.0, 1)
    assert await world.db.write(turn_ends.finish_together, [(turn, _answer(turn, "one"))]) != [None]
    assert await world.db.write(retry_turn, turn, 0.0) is False
    assert await world.db.write(claim_turns, 30.0, 1) == []


async def test_a_batch_that_breaks_a_rule_is_done_one_by_one(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    people = await arrive(world, 3)
    for who in people[:2]:
        await say(world, who, "first")
    # As if another process had stored the same a moment ago, unseen by the look at the keys.
    monkeypatch.setattr(accepting, "known_keys", lambda _conn, _drafts: set())
    again = await asyncio.gather(*(say(world, who, "first") for who in people))
    assert [event.seq for event in again] == [1, 1, 1]
    assert [len(await world.events(who.conversation)) for who in people] == [1, 1, 1]


def _answer(turn: Turn, *texts: str, **more: Any) -> Answer:
    mood = MoodModel(valence=0.5, anger=0.1, urgency=0.1, label="neutral")
    return Answer(turn_id=turn.id, messages=[Reply(text=text) for text in texts], mood=mood, **more)


def _lease_to_another(conn: Connection, turn: Turn) -> None:
    conn.execute(update(t.turn).where(t.turn.c.id == turn.id).values(lease_token="another", state=TurnState.LEASED))
