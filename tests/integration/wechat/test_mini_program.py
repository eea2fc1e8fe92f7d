"""A mini program against the simulator: JSON in, its cards, no menus, and two messages on entering."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest
from sqlalchemy import Connection

from handoff.rasa import Answer, Button, Reply, TurnRequest
from handoff.store import wechat
from handoff.store.wechat_accounts import account_state
from handoff.wechat_sim.people import sealed_post
from handoff.wechat_sim.platform import Fault
from tests.integration.handoff.conftest import answer
from tests.integration.wechat.conftest import Wechat, until

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("mode", ["secure", "compatible"])
async def test_question_and_answer_in_json(world: Wechat, mode: str) -> None:
    person = world.person("mini", mode=mode)
    await world.people.say(person, "我的订单到哪了", copies=2)
    assert await world.told(person) == ["echo 我的订单到哪了"]
    assert len(world.bot.asked) == 1


async def test_plain_json_is_refused(world: Wechat) -> None:
    person = world.person("mini", mode="plain")
    await world.people.say(person, "伪造")
    assert world.shown(person, "system") and world.bot.asked == []


async def test_entering_is_welcomed_once(world: Wechat) -> None:
    person = world.person("mini")
    await world.people.event(person, "user_enter_tempsession", "")
    assert "有什么可以帮您" in (await world.told(person))[0]
    assert person.click.left == 1
    await world.people.say(person, "你好")
    await world.told(person, 2)
    await world.people.event(person, "user_enter_tempsession", "again")
    assert len(world.shown(person)) == 2


async def test_a_card_is_kept_for_people(world: Wechat) -> None:
    person = world.person("mini")
    await world.people.send_media(person, "miniprogrampage")
    await world.told(person)
    (card, *_) = await world.events(person)
    assert card.text == "[小程序卡片] 订单详情"
    assert card.payload["meta"]["page"] == "pages/order?id=1"


async def test_options_are_plain_numbers(world: Wechat) -> None:
    async def script(request: TurnRequest) -> Answer:
        if request.text != "帮助":
            return answer(request, f"您选了 {request.text}")
        return Answer(
            turn_id=request.turn_id, messages=[Reply(text="选", buttons=[Button(title="退货", payload="/b")])]
        )

    world.bot.script = script
    person = world.person("mini")
    await world.people.say(person, "帮助")
    (text,) = await world.told(person)
    assert "1. 退货" in text and "weixin://" not in text
    await world.people.say(person, "1")
    assert (await world.told(person, 2))[1] == "您选了 退货"


async def test_missing_rights_are_an_alarm_not_a_passive_reply(world: Wechat) -> None:
    person = world.person("mini")
    world.platform.faults.append(Fault("errcode", 48001))
    await world.people.say(person, "你好")

    async def error() -> bool:
        state = await world.services.db.read(account_state, "wxmini")
        return state.last_error == "48001" and not state.passive

    await until(error)
    await world.people.say(person, "在吗")
    assert world.shown(person, "system") == []


async def test_the_same_in_xml(world: Wechat) -> None:
    person = world.person("mini")
    fields = {"ToUserName": "gh_mini", "FromUserName": person.openid, "CreateTime": "1", "MsgType": "text"}
    in_xml = replace(person.account, mini=False)
    query, body, _ = sealed_post(in_xml, fields | {"Content": "在吗", "MsgId": "9"})
    assert body.startswith("<xml>")
    world.platform.acted(person, click=False)
    async with httpx.AsyncClient(trust_env=False) as http:
        assert (await http.post(person.account.callback, params=query, content=body)).text == "success"
    assert await world.told(person) == ["echo 在吗"]


async def test_entering_allows_two_for_a_minute_and_a_message_five(world: Wechat) -> None:
    person = world.person("mini")
    await world.people.event(person, "user_enter_tempsession", "conv=1")
    await world.told(person)
    conversation = await world.conversation(person)

    def spend(conn: Connection) -> list[str]:
        found = [wechat.reserve(conn, conversation.customer_id) for _ in range(7)]
        return [reserved.kind for reserved in found if reserved]

    assert await world.services.db.write(spend) == ["click"], "the welcome was one of the two"
    await world.people.say(person, "在吗")
    await world.told(person, 2)
    assert await world.services.db.write(spend) == ["message"] * 4
