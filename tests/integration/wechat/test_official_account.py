"""A verified Official Account against the simulator: the whole path, its limits, its errors, its retries."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from sqlalchemy import Connection, select, update

from handoff.channels.wechat.token import Tokens, stable_token
from handoff.conversation import Mode
from handoff.delivery import DeliveryWorker
from handoff.rasa import Answer, Button, Reply, TurnRequest
from handoff.store import deliveries, wechat_accounts
from handoff.store import tables as t
from handoff.wechat_sim.platform import Fault, Person
from tests.integration.handoff.conftest import answer
from tests.integration.wechat.conftest import Wechat, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

FAULT_WORDS = "故障"


async def test_question_and_answer(world: Wechat) -> None:
    person = world.person()
    await world.people.say(person, "怎么退货")
    assert await world.told(person) == ["echo 怎么退货"]
    assert not person.phone[-1].passive
    await until(lambda: "/cgi-bin/message/custom/typing" in [call[0] for call in world.platform.calls])


@pytest.mark.parametrize("mode", ["secure", "compatible"])
async def test_sealed_modes(world: Wechat, mode: str) -> None:
    person = world.person(mode=mode)
    await world.people.say(person, "你好")
    assert await world.told(person) == ["echo 你好"]


async def test_plain_mode_only_where_it_is_allowed(world: Wechat) -> None:
    old = world.person("old")
    await world.people.say(old, "你好")
    assert await world.told(old) == ["echo 你好"]
    downgraded = world.person("shop", mode="plain")
    await world.people.say(downgraded, "你好")
    assert FAULT_WORDS in world.shown(downgraded, "system")[0]
    assert [asked.text for asked in world.bot.asked] == ["你好"]


async def test_address_check(world: Wechat) -> None:
    from handoff.channels.wechat.crypto import sign

    async with httpx.AsyncClient(base_url=world.gateway_url, trust_env=False) as http:
        import time

        now = str(int(time.time()))
        query = {"signature": sign("shoptoken", now, "n"), "timestamp": now, "nonce": "n", "echostr": "4375120948345"}
        good = await http.get("/wechat/shop", params=query)
        assert (good.status_code, good.text) == (200, "4375120948345")
        assert good.headers["content-type"].startswith("text/plain")
        bad = await http.get("/wechat/shop", params=query | {"signature": "0" * 40})
        assert (bad.status_code, bad.content) == (403, b"")
        assert (await http.get("/wechat/nobody", params=query)).status_code == 404
        assert (await http.post("/wechat/shop", content=b"x" * 70_000)).status_code == 413
        assert (await http.post("/wechat/shop", content=b"<xml/>")).content == b""


async def test_three_copies_at_once_give_one_event_and_one_answer(world: Wechat) -> None:
    person = world.person()
    await world.people.say(person, "在吗", copies=3)
    assert await world.told(person) == ["echo 在吗"]
    await asyncio.sleep(0.3)
    assert world.shown(person) == ["echo 在吗"]
    assert len(world.bot.asked) == 1
    said = [event for event in await world.events(person) if event.author == "customer"]
    assert len(said) == 1


async def test_a_slow_bot_is_no_fault_and_one_answer(world: Wechat) -> None:
    async def slow(request: TurnRequest) -> Answer:
        await asyncio.sleep(3 * world.platform.timeout)
        return answer(request, "想好了")

    world.bot.script = slow
    person = world.person()
    await world.people.say(person, "难题")
    assert world.shown(person, "system") == []
    assert await world.told(person) == ["想好了"]
    assert len(world.bot.asked) == 1


async def test_bubbles_are_one_message_and_buttons_a_menu(world: Wechat) -> None:
    async def script(request: TurnRequest) -> Answer:
        if request.text != "帮助":
            return answer(request, f"您选了 {request.text}")
        buttons = [Button(title="查订单", payload="/a"), Button(title="退货", payload="/b")]
        return Answer(turn_id=request.turn_id, messages=[Reply(text="**好的**"), Reply(text="选一个", buttons=buttons)])

    world.bot.script = script
    person = world.person()
    await world.people.say(person, "帮助")
    assert await world.told(person) == ["好的\n\n选一个"]
    option = person.phone[-1].options[1]
    await world.people.say(person, option["content"], choice=option["id"])
    assert (await world.told(person, 2))[1] == "您选了 退货"
    await world.people.say(person, "帮助")
    await world.told(person, 3)
    await world.people.say(person, "1")
    assert (await world.told(person, 4))[3] == "您选了 查订单"


async def test_an_account_without_menus_gets_numbers(world: Wechat) -> None:
    async def script(request: TurnRequest) -> Answer:
        buttons = [Button(title="查订单", payload="/a")]
        return Answer(turn_id=request.turn_id, messages=[Reply(text="选一个", buttons=buttons)])

    world.bot.script = script
    person = world.person(menus=False)
    world.platform.accounts["wxshop"] = person.account
    await world.people.say(person, "帮助")
    (text,) = await world.told(person)
    assert "1. 查订单" in text and text.startswith("选一个")
    await world.people.say(person, "再来")
    await world.told(person, 2)
    menus = [call for call in world.platform.calls if call[1].get("msgtype") == "msgmenu"]
    assert len(menus) == 1, "learned once, not tried again"


async def test_the_sixth_message_waits_and_is_flushed(world: Wechat) -> None:
    person, agent = world.person(), await world.agent()
    await world.people.say(person, "你好")
    await world.told(person)
    conversation = await world.held(person, agent)
    await until(lambda: "接入" in world.shown(person)[-1])
    person.message.left = 5
    await world.services.db.write(
        lambda conn: conn.execute(update(t.wechat_contact).values(message_left=5, click_left=0))
    )
    for number in range(1, 6):
        # One by one: what waits together is sent together, and would use up one message only.
        await world.reply(agent, conversation, f"回复{number}")
        await until(lambda number=number: world.shown(person)[-1] == f"回复{number}")
    await world.reply(agent, conversation, "回复6")
    codes = await until(lambda: _codes_with(world, person, "waits_for_customer"))
    await world.reply(agent, conversation, "回复7")
    assert "quota_low" in codes
    assert codes.count("waits_for_customer") == 1
    assert "回复6" not in "".join(world.shown(person))
    await world.people.say(person, "收到")
    await until(lambda: "回复7" in "".join(world.shown(person)))
    assert world.shown(person)[-1] == "回复6\n\n回复7"
    assert all(call[2] == 0 for call in world.platform.calls if call[0].endswith("/send")), "never asked in vain"


async def _codes_with(world: Wechat, person: Person, code: str) -> list[str]:
    codes = await world.notes(person)
    return codes if code in codes else []


@pytest.mark.parametrize("closed", [45015, 45047])
async def test_a_window_shut_by_the_platform_waits_too(world: Wechat, closed: int) -> None:
    person = world.person()
    world.platform.faults.append(Fault("errcode", closed))
    await world.people.say(person, "一")
    await until(lambda: [call for call in world.platform.calls if call[2] == closed] or _sends(world) == 0)
    await until(lambda: _state_is(world, person, "waiting"))
    assert world.shown(person) == []
    await world.people.say(person, "二")
    await until(lambda: "echo 二" in "".join(world.shown(person)))
    assert "".join(world.shown(person)).index("echo 一") == 0


def _sends(world: Wechat) -> int:
    return len([call for call in world.platform.calls if call[0].endswith("/send")])


async def _state_is(world: Wechat, person: Person, state: str) -> bool:
    conversation = await world.conversation(person)
    query = select(t.delivery.c.state).where(t.delivery.c.conv_id == conversation.id).order_by(t.delivery.c.seq.desc())
    return bool(await world.services.db.read(lambda conn: conn.execute(query).scalars().first()) == state)


async def test_a_busy_platform_is_asked_again(world: Wechat) -> None:
    person = world.person()
    world.platform.faults.append(Fault("errcode", -1))
    await world.people.say(person, "你好")
    assert await world.told(person) == ["echo 你好"]


async def test_a_lost_token_is_fetched_once_and_the_message_sent(world: Wechat) -> None:
    people = [world.person() for _ in range(6)]
    await world.people.say(people[0], "一")
    await world.told(people[0])
    assert world.platform.token_calls == 1
    world.platform.revoke_tokens("wxshop")
    await asyncio.gather(*(world.people.say(person, "二") for person in people))
    for person in people:
        await until(lambda person=person: "echo 二" in world.shown(person))
    assert world.platform.token_calls == 2
    sealed = await world.services.db.read(lambda conn: conn.execute(select(t.wechat_account.c.sealed_token)).scalar())
    assert all(token not in sealed for token, _ in world.platform.tokens["wxshop"])


async def test_long_answers_arrive_whole_in_order(world: Wechat) -> None:
    long = "这是一个很长的答案。" * 200

    async def script(request: TurnRequest) -> Answer:
        return answer(request, long)

    world.bot.script = script
    person = world.person()
    await world.people.say(person, "详细说说")
    await until(lambda: "".join(world.shown(person)) == long)


async def test_a_refused_person_is_told_to_the_agents(world: Wechat) -> None:
    person = world.person()
    person.blocked = True
    await world.people.say(person, "你好")
    await until(lambda: _codes_with(world, person, "not_delivered"))
    assert _sends(world) == 1


async def test_a_platform_that_does_not_answer_gets_it_once_more_and_no_more(world: Wechat) -> None:
    person = world.person()
    world.platform.faults.append(Fault("silent"))
    await world.people.say(person, "你好")
    assert await world.told(person, 2) == ["echo 你好", "echo 你好"]
    await until(lambda: _codes_with(world, person, "maybe_double"))
    other = world.person()
    world.platform.faults.extend([Fault("status", 500), Fault("status", 500)])
    await world.people.say(other, "在吗")
    await until(lambda: _codes_with(world, other, "maybe_not_delivered"))
    assert world.shown(other) == []


async def test_a_sender_that_died_leaves_a_doubt_and_one_repeat(world: Wechat) -> None:
    person = world.person()
    await world.people.say(person, "你好")
    await world.told(person)
    conversation = await world.conversation(person)
    # What a process leaves behind that was killed after the platform took the message.
    await world.services.db.write(
        lambda conn: conn.execute(
            update(t.delivery)
            .where(t.delivery.c.conv_id == conversation.id)
            .values(state="leased", lease_token="dead", lease_until=0.0, parts_sent=0)
        )
    )
    worker = DeliveryWorker(world.services.db, world.services.pokes, world.services.wechat.senders)
    task = asyncio.create_task(worker.run())
    assert await world.told(person, 2) == ["echo 你好", "echo 你好"]
    assert await world.notes(person) == ["maybe_double"]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_second_death_is_the_end(world: Wechat) -> None:
    person = world.person()
    await world.people.say(person, "你好")
    await world.told(person)
    await until(lambda: _state_is(world, person, "sent"))
    await world.services.db.write(
        lambda conn: conn.execute(update(t.delivery).values(state="leased", doubts=1, lease_until=0.0))
    )
    lost = await world.services.db.write(deliveries.doubt_expired)
    assert [item.final for item in lost] == [True]
    assert await _state_is(world, person, "dead")


async def test_followers_are_welcomed_and_the_menu_speaks(world: Wechat) -> None:
    person, agent = world.person(), await world.agent()
    await world.people.event(person, "subscribe")
    assert "欢迎" in (await world.told(person))[0]
    await world.people.event(person, "VIEW", "https://example.com")
    await world.people.event(person, "CLICK", "PERSON")
    await until(lambda: [asked for asked in world.bot.asked if asked.text == "转人工"])
    assert agent.name == "ming"


async def test_pictures_are_kept_for_people_and_the_bot_says_so(world: Wechat) -> None:
    person = world.person()
    await world.people.send_media(person, "image")
    assert "文字" in (await world.told(person))[0]
    assert world.bot.asked == []
    (picture, *_) = await world.events(person)
    assert picture.text == "[图片]" and picture.payload["meta"]["media_id"] == "media-image"
    await world.people.send_media(person, "voice")
    assert "文字" in (await world.told(person, 2))[1]


async def test_whole_path_with_a_person_and_a_rating(world: Wechat) -> None:
    async def script(request: TurnRequest) -> Answer:
        angry = "太差" in request.text
        return answer(request, "非常抱歉", handoff="angry") if angry else answer(request, "您好")

    world.bot.script = script
    person, agent = world.person(), await world.agent()
    await world.people.say(person, "你好")
    await world.told(person)  # answers that wait together become one bubble
    await world.people.say(person, "服务太差了！")
    told = await world.told(person, 2)
    assert "人工" in told[1]
    item = (await world.services.desk.queue()).items[0]
    conversation = await world.services.desk.claim(agent, item.handoff_id)
    await world.reply(agent, conversation, "我来处理")
    await until(lambda: "我来处理" in "".join(world.shown(person)))
    await world.people.say(person, "好的")
    await world.settled()
    assert [asked.text for asked in world.bot.asked] == ["你好", "服务太差了！"], "the bot is silent"
    await world.services.desk.close(agent, conversation.id, conversation.fence)
    await until(lambda: person.phone[-1].options)
    best = person.phone[-1].options[4]
    await world.people.say(person, best["content"], choice=best["id"])
    await until(lambda: "谢谢" in world.shown(person)[-1])
    scores = await world.services.db.read(lambda conn: conn.execute(select(t.rating.c.score)).scalars().all())
    assert list(scores) == [5]
    assert (await world.conversation(person)).mode is Mode.CLOSED


async def test_unsubscribe_deletes_the_person(world: Wechat) -> None:
    person, agent = world.person(), await world.agent()
    await world.people.say(person, "我的手机号是 13800000000")
    await world.told(person)
    conversation = await world.held(person, agent)
    await world.people.event(person, "unsubscribe")

    async def everything() -> str:
        def look(conn: Connection) -> str:
            rows = [repr(row) for table in t.metadata.sorted_tables for row in conn.execute(select(table))]
            return "\n".join(rows)

        return await world.services.db.read(look)

    await world.settled()
    left = await everything()
    assert "13800000000" not in left and person.openid not in left
    count = select(t.event.c.seq).where(t.event.c.conv_id == conversation.id).order_by(t.event.c.seq)
    seqs = await world.services.db.read(lambda conn: conn.execute(count).scalars().all())
    assert list(seqs) == list(range(1, len(seqs) + 1)), "numbers stay"
    assert (await world.services.desk.queue()).items == []
    assert (await world.services.accounts.list())[0].load == 0
    await world.people.event(person, "unsubscribe")
    person.follows = True
    await world.people.say(person, "我回来了")
    await until(lambda: "echo 我回来了" in world.shown(person))


async def test_two_processes_share_a_token_and_refresh_it_once(world: Wechat) -> None:
    account = world.services.wechat.accounts["shop"]
    base = world.services.settings.wechat_api
    async with httpx.AsyncClient(base_url=base, trust_env=False) as http:
        one, two = (Tokens(world.services.db, http, stable_token) for _ in range(2))
        found = await asyncio.gather(*(tokens.current(account) for tokens in (one, two, one, two)))
        assert len({token.value for token in found}) == 1 and world.platform.token_calls == 1
        stale = await one.current(account)
        await one.failed(account, stale)
        fresh, same = await asyncio.gather(two.current(account), one.current(account))
        assert fresh.value == same.value and world.platform.token_calls == 2
        await one.failed(account, stale)
        assert (await one.current(account)).value == fresh.value, "a late failure ends nobody's fresh token"


async def test_a_process_that_died_while_it_asked_holds_nobody_up(world: Wechat) -> None:
    account = world.services.wechat.accounts["shop"]
    assert await world.services.db.write(wechat_accounts.lease_token, account.app_id, 0.3)
    async with httpx.AsyncClient(base_url=world.services.settings.wechat_api, trust_env=False) as http:
        assert (await Tokens(world.services.db, http, stable_token).current(account)).value


async def test_rasa_dead_is_no_fault_of_the_platform(world: Wechat) -> None:
    from handoff.errors import BotTimeout

    async def dead(request: TurnRequest) -> Answer:
        raise BotTimeout()

    world.bot.script = dead
    person = world.person()
    await world.people.say(person, "你好")
    assert world.shown(person, "system") == []
    assert "人工" in (await world.told(person))[0]
