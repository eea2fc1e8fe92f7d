"""From one person to another: passed on, taken over, taken back, looked at; the clock and the thread go along."""

import pytest

from handoff.conversation import Agent, HandoffRequest, HandoffState, Mode, PresenceState, Role
from handoff.errors import ColleagueUnavailable, Forbidden, InvalidRequest, NotFound, StaleOwner
from handoff.queue import open_handoff
from handoff.store.agents import agent_by_id
from tests.integration.handoff.conftest import ON_BOTH, World

pytestmark = ON_BOTH


async def load(world: World, agent: Agent) -> int:
    return (await world.db.read(agent_by_id, agent.id)).load


async def test_passed_to_a_colleague_with_a_note(world: World) -> None:
    lin, wang = await world.colleague("lin"), await world.colleague("wang")
    conv = await world.held(lin)
    before = await world.handoff(conv)
    passed = await world.desk.transfer(lin, conv.id, conv.fence, to_agent=wang.id, note="要开发票")
    after = await world.handoff(conv)
    assert (passed.mode, passed.owner_agent, passed.fence) == (Mode.HUMAN, wang.id, conv.fence + 1)
    assert (after.id, after.queued_at, after.first_claimed_at) == (before.id, before.queued_at, before.first_claimed_at)
    assert (await load(world, lin), await load(world, wang)) == (0, 1)
    notes = [e.text for e in await world.events(conv, internal=True) if e.internal]
    assert "要开发票" in notes and "要开发票" not in [e.text for e in await world.events(conv)]
    assert "Wang" in (await world.events(conv))[-1].text
    assert await world.steps(conv) == ["opened", "claimed", "transferred"]
    again = await world.desk.transfer(lin, conv.id, conv.fence, to_agent=wang.id, note="要开发票")
    assert again.fence == passed.fence
    with pytest.raises(StaleOwner) as refused:
        await world.desk.reply(lin, conv.id, conv.fence, "late-0001", "还在吗")
    assert refused.value.fields["owner"] == "Wang"


@pytest.mark.parametrize("why", ["offline", "full", "disabled"])
async def test_a_colleague_who_cannot_is_not_given_the_customer(world: World, why: str) -> None:
    lin = await world.colleague("lin")
    wang = await world.colleague("wang", cap=1, here=why != "offline")
    if why == "full":
        await world.held(wang)
    if why == "disabled":
        await world.accounts.disable("wang")
    conv = await world.held(lin)
    with pytest.raises(ColleagueUnavailable) as refused:
        await world.desk.transfer(lin, conv.id, conv.fence, to_agent=wang.id)
    assert refused.value.fields["why"] == why
    assert (await world.now(conv)).owner_agent == lin.id and await load(world, lin) == 1


async def test_passed_to_a_skill_waits_again_with_the_first_clock(world: World) -> None:
    lin = await world.colleague("lin")
    conv = await world.held(lin)
    before = await world.handoff(conv)
    passed = await world.desk.transfer(lin, conv.id, conv.fence, to_skill="payments", note="退款金额不对")
    after = await world.handoff(conv)
    assert (passed.mode, after.state, after.skill) == (Mode.QUEUED, HandoffState.QUEUED, "payments")
    assert (after.queued_at, after.priority) == (before.queued_at, before.priority + 1)
    assert await load(world, lin) == 0
    assert (await world.notices(conv))[-1] == "requeued"


async def test_a_transfer_needs_exactly_one_target(world: World) -> None:
    lin = await world.colleague("lin")
    conv = await world.held(lin)
    for targets in ({}, {"to_agent": "x", "to_skill": "y"}):
        with pytest.raises(InvalidRequest):
            await world.desk.transfer(lin, conv.id, conv.fence, **targets)


@pytest.mark.parametrize("owner", ["agent", "queue", "bot", "closed"])
async def test_a_supervisor_takes_over_whoever_has_it(world: World, owner: str) -> None:
    lin, boss = await world.colleague("lin"), await world.colleague("boss", role=Role.SUPERVISOR)
    conv = await world.customer() if owner == "bot" else await world.queued()
    if owner in ("agent", "closed"):
        conv = await world.desk.claim(lin, await world.handoff_id(conv))
    if owner == "closed":
        await world.desk.close(lin, conv.id, conv.fence)
    taken = await world.desk.take_over(boss, conv.id, "我来")
    assert (taken.mode, taken.owner_agent) == (Mode.HUMAN, boss.id)
    assert (await world.desk.take_over(boss, conv.id)).fence == taken.fence
    assert (await load(world, lin), await load(world, boss)) == (0, 1)
    expected = {
        "agent": ["opened", "claimed", "taken_over"],
        "queue": ["opened", "claimed"],
        "bot": ["opened", "claimed"],
        "closed": ["opened", "claimed"],
    }
    assert await world.steps(conv) == expected[owner]


async def test_only_supervisors_take_over(world: World) -> None:
    lin, wang = await world.colleague("lin"), await world.colleague("wang")
    conv = await world.held(lin)
    with pytest.raises(Forbidden):
        await world.desk.take_over(wang, conv.id)
    assert (await world.now(conv)).owner_agent == lin.id


async def test_a_colleague_looks_in_and_leaves_a_note_without_owning(world: World) -> None:
    lin, wang = await world.colleague("lin"), await world.colleague("wang")
    conv = await world.held(lin)
    await world.desk.note(wang, conv.id, 0, "side-note-1", "这位顾客上周也来过")
    await world.desk.note(wang, conv.id, 0, "side-note-1", "这位顾客上周也来过")
    notes = [e for e in await world.events(conv, internal=True) if e.internal]
    assert [(n.author_name, n.text) for n in notes] == [("Wang", "这位顾客上周也来过")]
    assert (await world.now(conv)).owner_agent == lin.id
    assert (await world.steps(conv))[-1] == "noted"
    alone = await world.customer()
    with pytest.raises(NotFound):
        await world.desk.note(wang, alone.id, 0, "side-note-2", "无关的会话")


async def test_a_silent_agent_loses_the_waiting_customer(world: World) -> None:
    lin = await world.colleague("lin")
    conv = await world.held(lin)
    before = await world.handoff(conv)
    await world.pass_time(500)
    await world.dispatcher.once()
    assert (await world.now(conv)).owner_agent == lin.id
    await world.pass_time(120)
    await world.dispatcher.once()
    after = await world.handoff(conv)
    assert (after.state, after.priority) == (HandoffState.QUEUED, before.priority + 1)
    assert abs(after.queued_at - (before.queued_at - 620)) < 0.01
    assert (await world.notices(conv))[-1] == "requeued"
    assert await world.steps(conv) == ["opened", "claimed", "taken_back"]
    assert await load(world, lin) == 0


async def test_an_agent_who_types_or_has_answered_is_not_silent(world: World) -> None:
    lin = await world.colleague("lin", cap=2)
    typed, answered = await world.held(lin), await world.held(lin)
    await world.desk.reply(lin, answered.id, answered.fence, "reply-0001", "请发一下订单号")
    await world.pass_time(700)
    await world.team.typing(lin, typed.id)
    await world.dispatcher.once()
    assert (await world.now(typed)).owner_agent == lin.id
    assert (await world.now(answered)).owner_agent == lin.id
    await world.say(answered, "QH2026112200")
    await world.pass_time(700)
    await world.dispatcher.once()
    assert (await world.now(answered)).mode is Mode.QUEUED


async def test_scenario_15_a_sleeping_laptop(world: World) -> None:
    """Agent's laptop sleeps 10 min; chat requeued, B takes it; A wakes and presses send: refused, told who has it."""
    lin, wang = await world.colleague("lin"), await world.colleague("wang")
    conv = await world.held(lin)
    await world.pass_time(100, keep_here=False)
    await world.dispatcher.once()
    assert (await world.now(conv)).owner_agent == lin.id
    await world.pass_time(70, keep_here=False)
    await world.dispatcher.once()
    assert (await world.now(conv)).mode is Mode.QUEUED
    await world.team.heartbeat(wang)
    await world.desk.claim(wang, (await world.handoff(conv)).id)
    with pytest.raises(StaleOwner) as refused:
        await world.desk.reply(lin, conv.id, conv.fence, "reply-0001", "刚才走开了")
    assert refused.value.fields["owner"] == "Wang"
    assert "刚才走开了" not in [e.text for e in await world.events(conv, internal=True)]


async def test_a_vanished_agent_keeps_a_customer_who_does_not_wait(world: World) -> None:
    lin = await world.colleague("lin")
    conv = await world.held(lin)
    await world.desk.reply(lin, conv.id, conv.fence, "reply-0001", "已为您补发，还有别的吗？")
    await world.pass_time(400, keep_here=False)
    await world.dispatcher.once()
    assert (await world.now(conv)).owner_agent == lin.id
    assert (await world.team.presence(lin)).state is PresenceState.OFFLINE


async def test_return_leaves_a_summary_and_the_bot_knows_it(world: World) -> None:
    lin = await world.colleague("lin")
    conv = await world.customer()
    asked = HandoffRequest("angry", "test", details={"slots": {"order_number": "QH2026110001"}})
    await world.db.write(open_handoff, conv, asked)
    held = await world.desk.claim(lin, await world.handoff_id(conv))
    back = await world.desk.return_to_bot(lin, conv.id, held.fence, "已补发，单号 SF1")
    assert back.mode is Mode.BOT and back.episode == held.episode + 1
    notes = [e for e in await world.events(conv, internal=True) if e.internal]
    assert [(n.text, n.payload["meta"]["code"]) for n in notes] == [("已补发，单号 SF1", "return_summary")]
    async with world.running():
        await world.say(conv, "到哪了")
        await world.settled(conv, 6)
    assert world.bot.asked[-1].carry == {
        "slots": {"order_number": "QH2026110001"},
        "summary": "已补发，单号 SF1",
        "outcome": "returned",
    }
