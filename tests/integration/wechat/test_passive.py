"""An account that may only answer callbacks: held posts, one stored answer, and the rest with the next message."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from sqlalchemy import select

from handoff.channels.wechat import xml
from handoff.rasa import Answer, Button, Reply, TurnRequest
from handoff.store import tables as t
from handoff.wechat_sim.people import read_reply, sealed_post
from tests.integration.handoff.conftest import answer
from tests.integration.wechat.conftest import Wechat, until

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_answer_comes_in_the_callback(world: Wechat) -> None:
    person = world.person("club")
    await world.people.say(person, "你好")
    assert world.shown(person) == ["echo 你好"]
    assert person.phone[-1].passive
    assert [call for call in world.platform.calls if "/kf/" not in call[0]] == []


async def test_every_post_of_a_message_gets_the_same_answer(world: Wechat) -> None:
    person = world.person("club")
    common = {"ToUserName": "gh_club", "FromUserName": person.openid, "CreateTime": "1700000000"}
    fields = common | {"MsgType": "text", "Content": "你好 ]]> <b>", "MsgId": "42"}

    async with httpx.AsyncClient(trust_env=False, timeout=20) as http:

        async def post() -> str:
            query, body, nonce = sealed_post(person.account, fields)
            response = await http.post(person.account.callback, params=query, content=body)
            assert xml.fields_of(response.content).keys() == {"Encrypt", "MsgSignature", "TimeStamp", "Nonce"}
            return read_reply(person, response.text, nonce)

        answers = set(await asyncio.gather(post(), post(), post())) | {await post()}
    assert answers == {"echo 你好 ]]> <b>"}
    assert len(world.bot.asked) == 1


async def test_a_slow_answer_comes_with_a_later_post(world: Wechat) -> None:
    async def slow(request: TurnRequest) -> Answer:
        await asyncio.sleep(1.5 * world.platform.timeout)
        return answer(request, "想好了")

    world.bot.script = slow
    person = world.person("club")
    await world.people.say(person, "难题")
    assert world.shown(person) == ["想好了"]
    assert world.shown(person, "system") == []
    assert len(world.bot.asked) == 1


async def test_a_very_slow_answer_comes_with_the_next_message(world: Wechat) -> None:
    done = asyncio.Event()

    async def slow(request: TurnRequest) -> Answer:
        if request.text == "难题":
            await done.wait()
            return answer(request, "想好了")
        return answer(request, "不客气")

    world.bot.script = slow
    person = world.person("club")
    await world.people.say(person, "难题")
    (thinking,) = world.shown(person)
    assert "任意内容" in thinking
    done.set()
    conversation = await world.conversation(person)
    query = select(t.delivery.c.state).where(t.delivery.c.conv_id == conversation.id)
    await until(lambda: world.services.db.read(lambda conn: conn.execute(query).scalars().all()))
    await world.people.say(person, "好了吗")
    assert "想好了" in world.shown(person)[1]


async def test_long_answers_come_in_parts(world: Wechat) -> None:
    long = "这是一个很长的答案。" * 130

    async def script(request: TurnRequest) -> Answer:
        return answer(request, long) if request.text == "详细" else answer(request, "完")

    world.bot.script = script
    person = world.person("club")
    await world.people.say(person, "详细")
    await world.people.say(person, "继续")
    first, second = world.shown(person)
    assert "回复任意内容" in first and len(first.encode()) <= 2048
    rest = second.split("\n（")[0]
    assert first.split("\n（")[0] + rest == long


async def test_options_are_numbered(world: Wechat) -> None:
    async def script(request: TurnRequest) -> Answer:
        buttons = [Button(title="查订单", payload="/a"), Button(title="退货", payload="/b")]
        if request.text == "帮助":
            return Answer(turn_id=request.turn_id, messages=[Reply(text="选一个", buttons=buttons)])
        return answer(request, f"您选了 {request.text}")

    world.bot.script = script
    person = world.person("club")
    await world.people.say(person, "帮助")
    assert "2. 退货" in world.shown(person)[0]
    await world.people.say(person, "2")
    assert world.shown(person)[1] == "您选了 退货"


async def test_a_persons_reply_comes_with_the_next_message(world: Wechat) -> None:
    person, agent = world.person("club"), await world.agent()
    await world.people.say(person, "你好")
    conversation = await world.held(person, agent)
    await world.people.say(person, "有人吗")
    assert "接入" in world.shown(person)[1]
    await world.people.say(person, "喂")
    assert "任意内容" in world.shown(person)[2]
    await world.reply(agent, conversation, "我来了")
    await until(lambda: _waits(world, conversation.id))
    await world.people.say(person, "？")
    assert world.shown(person)[3] == "我来了"


async def _waits(world: Wechat, conv_id: str) -> bool:
    query = select(t.delivery.c.state).where(t.delivery.c.conv_id == conv_id).order_by(t.delivery.c.seq.desc())
    return bool(await world.services.db.read(lambda conn: conn.execute(query).scalars().first()) == "waiting")


async def test_followers_are_welcomed(world: Wechat) -> None:
    person = world.person("club")
    await world.people.event(person, "subscribe")
    assert "欢迎" in world.shown(person)[0]


async def test_an_account_that_loses_its_rights_goes_on_passively(world: Wechat) -> None:
    person = world.person("shop", verified=False)
    world.platform.accounts["wxshop"] = person.account
    await world.people.say(person, "一")
    await until(lambda: [call for call in world.platform.calls if call[2] == 48001])
    conversation = await world.conversation(person)
    await until(lambda: _waits(world, conversation.id))
    await world.people.say(person, "二")
    assert world.shown(person)[0].startswith("echo 一")
