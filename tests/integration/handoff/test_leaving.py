"""Handoffs that nobody answers: cancelled, a message left, expired with notice; and the list that follows up."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from handoff.conversation import Mode
from handoff.errors import AgentAnswers, ContactMissing, IdempotencyConflict, StaleOwner
from handoff.hours import HoursError
from handoff.store.business_hours import set_hours
from handoff.store.erase import erase_customer
from tests.integration.handoff.conftest import ON_BOTH, World

pytestmark = ON_BOTH
ZONE = ZoneInfo("Asia/Shanghai")


def shut_now() -> dict[str, object]:
    """Hours of a shop that is shut today and opens at nine tomorrow."""
    tomorrow = (datetime.now(ZONE) + timedelta(days=1)).date()
    extra = [{"date": tomorrow.isoformat(), "hours": ["09:00-18:00"]}]
    return {"calendars": {"later": {"zone": ZONE.key, "weekly": {}, "extra": extra}}}


def just_shut() -> dict[str, object]:
    """Hours that ended a minute or two ago."""
    end = datetime.now(ZONE) - timedelta(minutes=1)
    start = end - timedelta(hours=2)
    extra = [{"date": start.date().isoformat(), "hours": [f"{start:%H:%M}-{end:%H:%M}"]}]
    return {"calendars": {"today": {"zone": ZONE.key, "weekly": {}, "extra": extra}}}


async def test_a_message_left_ends_the_wait_and_lands_on_the_list(world: World) -> None:
    conv = await world.queued()
    event = await world.gateway.leave_message(conv.id, "leave-0001", "13800000000", "请帮我改地址")
    again = await world.gateway.leave_message(conv.id, "leave-0001", "13800000000", "请帮我改地址")
    assert again == event
    handoff = await world.handoff(conv)
    assert (handoff.outcome, (await world.now(conv)).mode) == ("message_left", Mode.BOT)
    assert await world.steps(conv) == ["opened", "message_left"]
    assert (await world.notices(conv))[-1] == "message_left"
    (left,) = await world.team.left_messages()
    assert (left.contact, left.text, left.conv_id) == ("13800000000", "请帮我改地址", conv.id)
    with pytest.raises(IdempotencyConflict):
        await world.gateway.leave_message(conv.id, "leave-0001", "13800000000", "别的话")


async def test_a_message_can_be_left_without_waiting_first(world: World) -> None:
    conv = await world.customer()
    await world.gateway.leave_message(conv.id, "leave-0001", "a@b.cn", "请回电")
    assert await world.steps(conv) == ["opened", "message_left"]
    assert (await world.now(conv)).mode is Mode.BOT


async def test_no_message_while_a_person_answers_and_none_without_a_contact(world: World) -> None:
    lin = await world.colleague("lin")
    held = await world.held(lin)
    with pytest.raises(AgentAnswers):
        await world.gateway.leave_message(held.id, "leave-0001", "a@b.cn", "请回电")
    conv = await world.queued()
    with pytest.raises(ContactMissing):
        await world.gateway.leave_message(conv.id, "leave-0002", " ", "请回电")
    assert await world.team.left_messages() == []


async def test_erasing_the_customer_erases_the_message_and_the_contact(world: World) -> None:
    conv = await world.queued()
    await world.gateway.leave_message(conv.id, "leave-0001", "13800000000", "请帮我改地址")
    await world.db.write(erase_customer, conv.customer_id, "test")
    (left,) = await world.team.left_messages()
    assert (left.contact, left.text) == ("", "")


async def test_the_follow_up_has_one_owner_and_one_end(world: World) -> None:
    lin, wang = await world.colleague("lin"), await world.colleague("wang")
    conv = await world.queued()
    await world.gateway.leave_message(conv.id, "leave-0001", "a@b.cn", "请回电")
    (left,) = await world.team.left_messages()
    taken = await world.team.take_left_message(lin, left.id)
    assert taken.owner_name == "Lin"
    with pytest.raises(StaleOwner) as refused:
        await world.team.take_left_message(wang, left.id)
    assert refused.value.fields["owner"] == "Lin"
    await world.team.release_left_message(lin, left.id)
    await world.team.answer_left_message(wang, left.id, "answer-0001", "您好，地址已改好")
    assert [e.text for e in await world.events(conv)][-1] == "您好，地址已改好"
    assert (await world.now(conv)).mode is Mode.BOT
    done = await world.team.finish_left_message(wang, left.id, "已在会话里答复")
    assert done.done_at is not None and await world.team.left_messages() == []
    assert [m.result for m in await world.team.left_messages(done=True)] == ["已在会话里答复"]
    assert (await world.steps(conv))[2:] == ["follow_up_taken", "follow_up_taken", "followed_up"]
    assert (await world.desk.thread(lin, conv.id)).conversation.id == conv.id


async def test_nobody_came_and_nothing_was_said_the_wait_expires_with_notice(world: World) -> None:
    conv = await world.queued()
    await world.pass_time(7100)
    await world.dispatcher.once()
    assert (await world.now(conv)).mode is Mode.QUEUED
    assert (await world.notices(conv))[-1] == "long_wait"
    await world.pass_time(110)
    await world.dispatcher.once()
    await world.dispatcher.once()
    assert (await world.notices(conv)).count("expired") == 1 == (await world.notices(conv)).count("long_wait")
    assert ((await world.handoff(conv)).outcome, (await world.now(conv)).mode) == ("expired", Mode.BOT)
    assert await world.steps(conv) == ["opened", "expired"]


async def test_what_was_written_meanwhile_becomes_a_message_left(world: World) -> None:
    conv = await world.queued()
    await world.say(conv, "我的单号是 QH2026110001")
    await world.say(conv, "请打 13800000000")
    await world.pass_time(7300)
    await world.dispatcher.once()
    (left,) = await world.team.left_messages()
    assert left.text == "我的单号是 QH2026110001\n请打 13800000000" and left.contact == ""
    assert (await world.handoff(conv)).outcome == "message_left"


async def test_out_of_hours_the_customer_is_told_the_truth(world: World) -> None:
    await world.colleague("lin")
    await world.db.write(set_hours, shut_now(), "test")
    conv = await world.queued()
    notice = (await world.events(conv))[-1]
    assert notice.payload["meta"]["service"] == "closed"
    tomorrow = datetime.now(ZONE) + timedelta(days=1)
    assert f"{tomorrow.month}月{tomorrow.day}日" in notice.text and "09:00" in notice.text
    status = await world.gateway.status(conv.id)
    assert (status["service"]["state"], status["service"]["leave_message"]) == ("closed", True)
    await world.pass_time(1900)
    await world.dispatcher.once()
    assert (await world.handoff(conv)).outcome == "expired"


async def test_with_nobody_online_the_notice_says_so(world: World) -> None:
    conv = await world.queued()
    assert (await world.events(conv))[-1].payload["meta"]["service"] == "nobody"
    await world.colleague("lin")
    other = await world.queued()
    meta = (await world.events(other))[-1].payload["meta"]
    assert (meta["service"], meta["ahead"]) == ("open", 1)


async def test_the_hours_end_while_a_customer_waits(world: World) -> None:
    conv = await world.queued()
    await world.db.write(set_hours, just_shut(), "test")
    await world.pass_time(300)
    await world.dispatcher.once()
    await world.dispatcher.once()
    last = (await world.events(conv))[-1]
    assert (last.payload["meta"]["code"], last.payload["meta"]["service"]) == ("long_wait", "closed")
    assert (await world.notices(conv)).count("long_wait") == 1


async def test_bad_hours_are_refused_and_the_old_ones_stay(world: World) -> None:
    await world.db.write(set_hours, shut_now(), "test")
    with pytest.raises(HoursError) as refused:
        await world.db.write(set_hours, {"calendars": {"a": {"zone": "Mars/Base", "weekly": {}}}}, "test")
    assert refused.value.fields["place"] == "calendars.a.zone"
    assert (await world.team.service()).state == "closed"


async def test_expected_wait_comes_from_real_waits(world: World) -> None:
    lin = await world.colleague("lin", cap=10)
    for _ in range(3):
        conv = await world.queued()
        await world.pass_time(60)
        await world.desk.claim(lin, (await world.handoff(conv)).id)
    first, second = await world.queued(), await world.queued()
    waits = [(await world.gateway.status(c.id))["queue"]["expected_wait_s"] for c in (first, second)]
    assert 60 <= waits[0] < 74 and waits[1] == 2 * waits[0]
    assert "约 2 分钟" in (await world.events(second))[-1].text
