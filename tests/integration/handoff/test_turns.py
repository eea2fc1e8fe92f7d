"""Turns: one at a time, in order, exactly one answer, and a person when the bot cannot."""

import asyncio

import pytest

from handoff.conversation import Mode
from handoff.errors import BotTimeout, BotUnavailable
from handoff.rasa import Answer, TurnRequest
from handoff.settings import Settings
from handoff.store.handoffs import handoffs_of
from tests.integration.handoff.conftest import ON_BOTH, World, answer, make_world

pytestmark = ON_BOTH


async def test_answer_reaches_the_conversation(world: World) -> None:
    conv = await world.customer()
    async with world.running():
        await world.say(conv, "你好")
        events = await world.settled(conv, 2)
    assert [(e.author, e.text) for e in events] == [("customer", "你好"), ("bot", "echo 你好")]


async def test_turns_of_one_conversation_run_in_order_and_never_together(world: World) -> None:
    running = 0
    most = 0

    async def slow(request: TurnRequest) -> Answer:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.02)
        running -= 1
        return answer(request, request.text.upper())

    world.bot.script = slow
    conv = await world.customer()
    async with world.running():
        for n in range(6):
            await world.say(conv, f"m{n}")
        events = await world.settled(conv, 12)
    assert [e.text for e in events if e.author == "bot"] == [f"M{n}" for n in range(6)]
    assert most == 1


async def test_other_conversations_run_meanwhile(world: World) -> None:
    everyone = asyncio.Event()
    waiting = 0

    async def together(request: TurnRequest) -> Answer:
        nonlocal waiting
        waiting += 1
        if waiting == 3:
            everyone.set()
        await asyncio.wait_for(everyone.wait(), 5)
        return answer(request, "ok")

    world.bot.script = together
    convs = [await world.customer() for _ in range(3)]
    async with world.running():
        for conv in convs:
            await world.say(conv, "hi")
        for conv in convs:
            assert len(await world.settled(conv, 2)) == 2


async def test_a_short_failure_is_retried_unseen(world: World) -> None:
    async def second_time(request: TurnRequest) -> Answer:
        if len(world.bot.asked) == 1:
            raise BotUnavailable("refused")
        return answer(request, "here")

    world.bot.script = second_time
    conv = await world.customer()
    async with world.running():
        await world.say(conv, "hi")
        events = await world.settled(conv, 2)
    assert events[-1].text == "here"
    assert {r.turn_id for r in world.bot.asked} == {world.bot.asked[0].turn_id}


@pytest.mark.parametrize(("error", "tries"), [(BotUnavailable("refused"), 3), (BotTimeout(), 1)])
async def test_a_dead_bot_hands_over_and_says_so(world: World, error: BotUnavailable, tries: int) -> None:
    async def dead(request: TurnRequest) -> Answer:
        raise error

    world.bot.script = dead
    conv = await world.customer()
    async with world.running():
        await world.say(conv, "在吗")
        events = await world.settled(conv, 2)
    assert len(world.bot.asked) == tries
    assert events[-1].payload["meta"]["code"] == "bot_failed"
    assert (await world.now(conv)).mode is Mode.QUEUED
    handoff = (await world.db.read(handoffs_of, conv.id))[0]
    assert (handoff.reason, handoff.details["last_ask"]) == ("bot_failed", "在吗")


async def test_bot_recovers_for_the_next_customer(world: World) -> None:
    dead = True

    async def sometimes(request: TurnRequest) -> Answer:
        if dead:
            raise BotTimeout()
        return answer(request, "back")

    world.bot.script = sometimes
    one, two = await world.customer(), await world.customer()
    async with world.running():
        await world.say(one, "hi")
        await world.settled(one, 2)
        dead = False
        await world.say(two, "hi")
        assert (await world.settled(two, 2))[-1].text == "back"


async def test_a_late_answer_never_reaches_the_customer(world: World) -> None:
    """The customer asks for a person while the bot is still thinking."""
    release = asyncio.Event()

    async def late(request: TurnRequest) -> Answer:
        await release.wait()
        return answer(request, "late answer")

    world.bot.script = late
    conv = await world.customer()
    async with world.running():
        await world.say(conv, "hi")
        while not world.bot.asked:
            await asyncio.sleep(0.01)
        await world.gateway.ask_for_person(conv.id, "press-0001")
        release.set()
        events = await world.settled(conv, 4)
    assert [e.text for e in events if e.internal] == ["late answer"]
    assert "late answer" not in [e.text for e in await world.events(conv)]


async def test_messages_after_the_handoff_make_no_turn(world: World) -> None:
    async def once(request: TurnRequest) -> Answer:
        return answer(request, "transfer", handoff="angry")

    world.bot.script = once
    conv = await world.customer()
    await world.say(conv, "first")
    await world.say(conv, "second")
    async with world.running():
        await world.settled(conv, 4)
        await world.say(conv, "third")
        await asyncio.sleep(0.3)
    assert [r.text for r in world.bot.asked] == ["first"]


async def test_a_crash_between_message_and_answer_gives_one_answer(settings: Settings) -> None:
    """The first process dies with the turn leased; the second answers it, once, under the same turn id."""
    first = make_world(settings)

    async def hang(request: TurnRequest) -> Answer:
        await asyncio.Event().wait()
        raise AssertionError

    first.bot.script = hang
    conv = await first.customer()
    async with first.running():
        await first.say(conv, "hi", "message-1")
        while not first.bot.asked:
            await asyncio.sleep(0.01)
    first.db.close()
    second = make_world(settings)
    async with second.running():
        assert (await second.say(conv, "hi", "message-1")).seq == 1
        events = await second.settled(conv, 2)
        await asyncio.sleep(0.2)
    assert [e.text for e in await second.events(conv)] == ["hi", "echo hi"]
    assert second.bot.asked[0].turn_id == first.bot.asked[0].turn_id
    assert events[-1].seq == 2
    second.db.close()


async def test_an_expired_lease_is_taken_up(settings: Settings) -> None:
    from handoff.store.turns import claim_turns

    world = make_world(settings)
    conv = await world.customer()
    await world.say(conv, "hi")
    async with world.running():
        pass  # the start-up release has run; now somebody leases and vanishes
    await world.say(conv, "again")
    [lost] = await world.db.write(claim_turns, 0.1, 8)
    assert lost is not None
    task = asyncio.create_task(world.runner._reap())
    await asyncio.sleep(2.3)
    task.cancel()
    assert [turn.id for turn in await world.db.write(claim_turns, 30.0, 8)] == [lost.id]
    world.db.close()
