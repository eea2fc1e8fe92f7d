"""Everybody at once, on real threads and connections: one winner, true loads, one end, one ledger that agrees."""

import asyncio
import itertools
from collections.abc import Awaitable
from typing import Any

import pytest
from sqlalchemy import Connection, func, select

from handoff.conversation import Agent, Conversation, HandoffRequest, HandoffState, Mode, Role
from handoff.errors import AlreadyClaimed, AtCapacity, BatonError, OfferedToOther, StaleOwner
from handoff.queue import open_handoff
from handoff.store import tables as t
from handoff.store.agents import agent_by_id
from handoff.store.check import check
from handoff.store.offers import offer_to
from tests.integration.handoff.conftest import ON_BOTH, World

# On a busy machine PostgreSQL's lock_timeout (2 s) may refuse one of many rivals: tried once more.
pytestmark = [ON_BOTH, pytest.mark.flaky(reruns=1)]


async def at_once(*calls: Awaitable[Any]) -> list[Any]:
    return await asyncio.gather(*calls, return_exceptions=True)


def unexpected(results: list[Any]) -> list[Any]:
    """What is neither a success nor one of the refusals a race may bring."""
    return [r for r in results if isinstance(r, BaseException) and not isinstance(r, BatonError)]


async def in_order(world: World) -> None:
    """The whole database keeps its invariants."""
    assert (await world.db.read(check)).breaches == ()


async def test_scenario_11_twenty_agents_click_one_chat(world: World) -> None:
    agents = [await world.colleague(f"agent{n}") for n in range(20)]
    conv = await world.queued()
    handoff_id = await world.handoff_id(conv)
    results = await at_once(*(world.desk.claim(agent, handoff_id) for agent in agents))
    winners = [r for r in results if isinstance(r, Conversation)]
    assert len(winners) == 1 and sum(isinstance(r, AlreadyClaimed) for r in results) == 19
    winner = next(agent for agent in agents if agent.id == winners[0].owner_agent)
    assert {r.fields["winner"] for r in results if isinstance(r, AlreadyClaimed)} == {winner.display_name}
    assert (await world.desk.claim(winner, handoff_id)).fence == winners[0].fence
    await in_order(world)


async def test_scenario_12_one_free_slot_five_tabs(world: World) -> None:
    lin = await world.colleague("lin", cap=1)
    ids = [await world.handoff_id(await world.queued()) for _ in range(5)]
    results = await at_once(*(world.desk.claim(lin, handoff_id) for handoff_id in ids))
    assert sum(isinstance(r, Conversation) for r in results) == 1
    assert sum(isinstance(r, AtCapacity) for r in results) == 4
    assert (await world.db.read(agent_by_id, lin.id)).load == 1
    await in_order(world)


async def test_scenario_13_a_claim_that_dies_half_way_leaves_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    lin = await world.colleague("lin")
    conv = await world.queued()
    handoff_id = await world.handoff_id(conv)
    for step in ("change_owner", "_record", "tell"):
        with monkeypatch.context() as patch, pytest.raises(RuntimeError):
            patch.setattr(f"handoff.queue.claiming.{step}", crash)
            await world.desk.claim(lin, handoff_id)
        assert (await world.handoff(conv)).state is HandoffState.QUEUED
        assert (await world.db.read(agent_by_id, lin.id)).load == 0
        await in_order(world)
    assert (await world.desk.claim(lin, handoff_id)).mode is Mode.HUMAN


def crash(*args: object, **more: object) -> None:
    raise RuntimeError("power cut")


@pytest.mark.parametrize("other", ["cancel", "leave_message", "offer", "offer_expires", "take_over", "rival"])
async def test_scenario_16_a_claim_meets_another_change(world: World, other: str) -> None:
    """Agent claims exactly when the customer closes, another is offered it, an offer expires, or it is passed on."""
    lin, wang = await world.colleague("lin"), await world.colleague("wang")
    boss = await world.colleague("boss", role=Role.SUPERVISOR)
    for number in range(3):
        conv = await world.queued()
        handoff = await world.handoff(conv)
        if other == "offer_expires":
            await world.db.write(offer_once, handoff.id, wang.id)
            await world.pass_time(30)
        competitor = _competitor(world, other, conv, handoff.id, (wang, boss), f"leave-{number:04}")
        results = await at_once(world.desk.claim(lin, handoff.id), competitor)
        assert unexpected(results) == []
        now = await world.now(conv)
        if now.mode is Mode.HUMAN and now.owner_agent == lin.id:
            await world.desk.close(lin, conv.id, now.fence)
        assert (await world.handoff(conv)).outcome is not None or now.owner_agent != lin.id
    await in_order(world)


def _competitor(
    world: World, name: str, conv: Conversation, handoff_id: str, rivals: tuple[Agent, Agent], key: str
) -> Awaitable[Any]:
    wang, boss = rivals
    match name:
        case "cancel":
            return world.gateway.leave_queue(conv.id)
        case "leave_message":
            return world.gateway.leave_message(conv.id, key, "a@b.cn", "请回电")
        case "offer":
            return world.db.write(offer_once, handoff_id, wang.id)
        case "offer_expires":
            return world.dispatcher.once()
        case "take_over":
            return world.desk.take_over(boss, conv.id)
        case _:
            return world.desk.claim(wang, handoff_id)


async def test_scenario_17_asked_twice_by_button_rule_and_timeout(world: World) -> None:
    conv = await world.customer()
    asks = [
        world.gateway.ask_for_person(conv.id, "button-0001"),
        world.gateway.ask_for_person(conv.id, "button-0002"),
        world.db.write(open_handoff, conv, HandoffRequest("angry", "rule")),
        world.db.write(open_handoff, conv, HandoffRequest("bot_failed", "timeout")),
    ]
    results = await at_once(*asks)
    assert [r for r in results if isinstance(r, BaseException)] == []
    assert await world.db.read(lambda conn: conn.execute(select(func.count(t.handoff.c.id))).scalar()) == 1
    codes = await world.notices(conv)
    assert len([code for code in codes if code in ("queued", "bot_failed")]) == 1
    await in_order(world)


async def test_two_agents_pass_customers_to_each_other_at_once(world: World) -> None:
    lin, wang = await world.colleague("lin"), await world.colleague("wang")
    a, b = await world.held(lin), await world.held(wang)
    for _ in range(3):
        a, b = await world.now(a), await world.now(b)
        results = await at_once(
            world.desk.transfer(owner(a, lin, wang), a.id, a.fence, to_agent=other(a, lin, wang).id),
            world.desk.transfer(owner(b, lin, wang), b.id, b.fence, to_agent=other(b, lin, wang).id),
        )
        assert [r for r in results if isinstance(r, BaseException)] == []
    await in_order(world)


async def test_an_agent_is_disabled_while_claiming_answering_and_being_given(world: World) -> None:
    lin, wang = await world.colleague("lin", cap=8), await world.colleague("wang", cap=8)
    held = [await world.held(wang) for _ in range(3)]
    waiting = [await world.handoff_id(await world.queued()) for _ in range(3)]
    results = await at_once(
        world.accounts.disable("lin"),
        *(world.desk.claim(lin, handoff_id) for handoff_id in waiting),
        *(world.desk.transfer(wang, conv.id, conv.fence, to_agent=lin.id) for conv in held),
    )
    assert unexpected(results) == []
    assert (await world.db.read(agent_by_id, lin.id)).load == 0
    items = (await world.desk.queue()).items
    assert len(items) == 6 and lin.id not in {item.owner_id for item in items}
    await in_order(world)


async def test_four_agents_work_off_twelve_customers(world: World) -> None:
    agents = [await world.colleague(f"agent{n}", cap=2) for n in range(4)]
    convs = [await world.queued(priority=n % 4) for n in range(12)]

    async def work(agent: Agent) -> int:
        solved = 0
        for _ in itertools.repeat(None, 200):
            waiting = [i for i in (await world.desk.queue()).items if i.owner_id is None]
            if not waiting:
                break
            try:
                conv = await world.desk.claim(agent, waiting[0].handoff_id)
                await world.desk.close(agent, conv.id, conv.fence)
                solved += 1
            except (AlreadyClaimed, StaleOwner, OfferedToOther):
                continue
        return solved

    assert sum(await asyncio.gather(*(work(agent) for agent in agents))) == 12
    assert {(await world.handoff(conv)).outcome for conv in convs} == {"resolved"}
    await in_order(world)


def owner(conv: Conversation, *team: Agent) -> Agent:
    return next(agent for agent in team if agent.id == conv.owner_agent)


def other(conv: Conversation, *team: Agent) -> Agent:
    return next(agent for agent in team if agent.id != conv.owner_agent)


def offer_once(conn: Connection, handoff_id: str, agent_id: str) -> bool:
    return offer_to(conn, handoff_id, agent_id, 20.0)
