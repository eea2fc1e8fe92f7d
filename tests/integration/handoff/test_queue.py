"""Ownership: exactly one winner, every change fenced, every handoff with one end."""

import asyncio

import pytest

from handoff.conversation import HandoffRequest, Mode, Role
from handoff.errors import AlreadyClaimed, AtCapacity, NotFound, StaleOwner
from handoff.queue import open_handoff
from handoff.store.agents import agent_by_id
from handoff.store.handoffs import handoffs_of
from handoff.turn_ends import finish
from tests.integration.handoff.conftest import ON_BOTH, World, answer

pytestmark = ON_BOTH


async def test_asked_twice_opens_one_handoff(world: World) -> None:
    conv = await world.queued()
    again = await world.db.write(open_handoff, conv, HandoffRequest("complaint"))
    assert again.reason == "angry"
    assert len(await world.db.read(handoffs_of, conv.id)) == 1
    notices = [e for e in await world.events(conv) if e.kind == "notice"]
    assert [n.payload["meta"]["code"] for n in notices] == ["queued"]


async def test_twenty_agents_click_at_once_one_wins(world: World) -> None:
    agents = await asyncio.gather(*(world.agent(f"agent{n}") for n in range(20)))
    conv = await world.queued()
    handoff_id = await world.handoff_id(conv)
    results = await asyncio.gather(*(world.desk.claim(a, handoff_id) for a in agents), return_exceptions=True)
    winners = [r for r in results if not isinstance(r, BaseException)]
    losers = [r for r in results if isinstance(r, AlreadyClaimed)]
    assert (len(winners), len(losers)) == (1, 19)
    owner = winners[0].owner_agent
    name = next(a.display_name for a in agents if a.id == owner)
    assert {loser.fields["winner"] for loser in losers} == {name}
    loads = [await world.db.read(agent_by_id, a.id) for a in agents]
    assert sum(a.load for a in loads) == 1


async def test_repeated_claim_by_the_winner_succeeds(world: World) -> None:
    agent = await world.agent("lin")
    conv = await world.held(agent)
    item = (await world.desk.queue()).items[0]
    assert await world.desk.claim(agent, item.handoff_id) == conv
    assert (await world.db.read(agent_by_id, agent.id)).load == 1


async def test_capacity_holds_against_many_tabs(world: World) -> None:
    agent = await world.agent("lin")
    convs = [await world.queued() for _ in range(8)]
    ids = [await world.handoff_id(c) for c in convs]
    results = await asyncio.gather(*(world.desk.claim(agent, i) for i in ids), return_exceptions=True)
    assert sum(not isinstance(r, BaseException) for r in results) == agent.cap == 5
    assert sum(isinstance(r, AtCapacity) for r in results) == 3


async def test_queue_order_is_priority_then_age(world: World) -> None:
    old = await world.queued(priority=0)
    urgent = await world.queued(priority=3)
    young = await world.queued(priority=0)
    assert [i.conv_id for i in (await world.desk.queue()).items] == [urgent.id, old.id, young.id]
    assert (await world.gateway.status(young.id))["queue"]["place"] == 3


async def test_reply_reaches_the_customer_and_carries_the_name(world: World) -> None:
    agent = await world.agent("lin")
    conv = await world.held(agent)
    await world.desk.reply(agent, conv.id, conv.fence, "reply-0001", "您好，我来帮您")
    last = (await world.events(conv))[-1]
    assert (last.author, last.author_name, last.text) == ("agent", "Lin", "您好，我来帮您")


async def test_note_is_for_agents_only(world: World) -> None:
    agent = await world.agent("lin")
    conv = await world.held(agent)
    await world.desk.note(agent, conv.id, conv.fence, "note-0001", "VIP, be quick")
    assert "VIP, be quick" not in [e.text for e in await world.events(conv)]
    assert "VIP, be quick" in [e.text for e in await world.events(conv, internal=True)]


async def test_an_old_tab_is_refused_and_told_who_has_it(world: World) -> None:
    lin, wang = await world.agent("lin"), await world.agent("wang")
    conv = await world.held(lin)
    await world.accounts.disable("lin")
    taken = await world.desk.claim(wang, await world.handoff_id(conv))
    with pytest.raises(StaleOwner) as caught:
        await world.desk.reply(lin, conv.id, conv.fence, "reply-0001", "too late")
    assert caught.value.fields["owner"] == "Wang"
    assert taken.fence > conv.fence
    assert "too late" not in [e.text for e in await world.events(conv, internal=True)]


async def test_disabling_an_agent_requeues_with_the_first_clock(world: World) -> None:
    agent = await world.agent("lin")
    conv = await world.held(agent)
    before = (await world.desk.queue()).items[0]
    await world.accounts.disable("lin")
    after = (await world.desk.queue()).items[0]
    assert (after.state, after.queued_at, after.owner_id) == ("queued", before.queued_at, None)
    assert (await world.now(conv)).mode is Mode.QUEUED
    assert (await world.events(conv))[-1].payload["meta"]["code"] == "requeued"


@pytest.mark.parametrize(("verb", "mode"), [("close", Mode.CLOSED), ("return_to_bot", Mode.BOT)])
async def test_letting_go_counts_once(world: World, verb: str, mode: Mode) -> None:
    agent = await world.agent("lin")
    conv = await world.held(agent)
    let_go = getattr(world.desk, verb)
    first = await let_go(agent, conv.id, conv.fence)
    assert first.mode is mode
    assert await let_go(agent, conv.id, conv.fence) == first
    with pytest.raises(StaleOwner):
        await let_go(agent, conv.id, conv.fence - 1)
    handoffs = await world.db.read(handoffs_of, conv.id)
    assert [h.outcome for h in handoffs] == ["resolved" if verb == "close" else "returned"]
    assert (await world.db.read(agent_by_id, agent.id)).load == 0


async def test_returned_conversation_starts_a_fresh_episode(world: World) -> None:
    agent = await world.agent("lin")
    conv = await world.held(agent)
    returned = await world.desk.return_to_bot(agent, conv.id, conv.fence)
    assert returned.sender != conv.sender


async def test_writing_after_the_end_reopens_with_the_bot(world: World) -> None:
    agent = await world.agent("lin")
    conv = await world.held(agent)
    await world.desk.close(agent, conv.id, conv.fence)
    async with world.running():
        await world.say(conv, "还有个问题")
        events = await world.settled(conv, 5)
    assert events[-1].text == "echo 还有个问题"
    assert (await world.now(conv)).episode == 2


async def test_customer_leaves_the_queue(world: World) -> None:
    conv = await world.queued()
    back = await world.gateway.leave_queue(conv.id)
    assert back.mode is Mode.BOT
    assert [h.outcome for h in await world.db.read(handoffs_of, conv.id)] == ["customer_left"]
    assert (await world.desk.queue()).items == []
    assert await world.gateway.leave_queue(conv.id) == back


async def test_agent_of_no_business_sees_nothing(world: World) -> None:
    agent, boss = await world.agent("lin"), await world.agent("boss", Role.SUPERVISOR)
    conv = await world.customer()
    with pytest.raises(NotFound):
        await world.desk.thread(agent, conv.id)
    assert (await world.desk.thread(boss, conv.id)).conversation.id == conv.id


async def test_button_for_a_person_is_idempotent(world: World) -> None:
    conv = await world.customer("en")
    first = await world.gateway.ask_for_person(conv.id, "press-0001")
    assert await world.gateway.ask_for_person(conv.id, "press-0001") == first
    assert [e.kind for e in await world.events(conv)] == ["message", "notice"]
    assert (await world.now(conv)).mode is Mode.QUEUED


async def test_handoff_by_the_bot_carries_the_card(world: World) -> None:
    agent = await world.agent("lin")

    async def script(request):
        reply = answer(request, "马上为您转接", handoff="angry")
        reply.handoff.last_ask = request.text
        reply.handoff.faq = [{"id": "returns-window", "question": "多久可以退货？", "score": 0.31}]
        reply.handoff.slots = {"order_number": "QH2026110001", "empty": None}
        return reply

    world.bot.script = script
    conv = await world.customer()
    async with world.running():
        await world.say(conv, "气死我了")
        await world.settled(conv, 3)
    card = (await world.desk.thread(agent, conv.id)).card
    assert (card.handoff.reason, card.last_ask) == ("angry", "气死我了")
    assert card.slots == {"order_number": "QH2026110001"}
    assert card.faq_tried[0]["id"] == "returns-window"
    assert [m.seq for m in card.moods] == [1]


async def test_finish_needs_no_runner(world: World) -> None:
    """The transaction itself refuses a lease that was lost."""
    from handoff.store.turns import claim_turns, release_expired

    conv = await world.customer()
    await world.say(conv, "hi")
    [turn] = await world.db.write(claim_turns, -1.0, 1)
    await world.db.write(release_expired)
    [second] = await world.db.write(claim_turns, 30.0, 1)
    from handoff.rasa import TurnRequest

    reply = answer(TurnRequest(conv.sender, turn.id, "hi", "zh", False, "web"), "once")
    await world.db.write(finish, turn, reply)
    assert len(await world.events(conv)) == 1
    await world.db.write(finish, second, reply)
    assert [e.text for e in await world.events(conv)] == ["hi", "once"]
