"""微信客服 against the simulator: pokes, reading by cursor, sending under our ids, sessions, the way from the web."""

from __future__ import annotations

import secrets
import time

import httpx
import pytest
from sqlalchemy import select

from handoff.channels.wechat.crypto import Box, sign
from handoff.channels.wecom import scene
from handoff.conversation import Mode
from handoff.rasa import Answer, Button, Reply, TurnRequest
from handoff.store import tables as t
from handoff.store import wecom
from handoff.store.append import events_since
from handoff.wechat_sim import kf
from handoff.wechat_sim.kf_memory import ENDED, OURS, POOL, SERVED
from handoff.wechat_sim.people import as_xml
from handoff.wechat_sim.platform import Fault, Person
from tests.integration.wechat.conftest import Wechat, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

VECTOR = {
    "token": "QDG6eK",
    "aes_key": "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C",
    "corp_id": "wx5823bf96d3bd56c7",
    "timestamp": "1409659589",
    "nonce": "263014780",
    "msg_signature": "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3",
    "echostr": "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ==",
}


async def test_the_published_vector_of_the_address_check() -> None:
    box = Box(VECTOR["aes_key"], VECTOR["corp_id"])
    assert box.open(VECTOR["echostr"]) == b"1616140317555161061"
    signed = sign(VECTOR["token"], VECTOR["timestamp"], VECTOR["nonce"], VECTOR["echostr"])
    assert signed == VECTOR["msg_signature"]


def query_for(world: Wechat, sealed: str, *, age: float = 0.0, token: str = "") -> dict[str, str]:
    account = world.platform.account_named("service")
    timestamp, nonce = str(int(time.time() - age)), secrets.token_hex(5)
    signature = sign(token or account.token, timestamp, nonce, sealed)
    return {"msg_signature": signature, "timestamp": timestamp, "nonce": nonce}


async def test_the_address_check_answers_the_clear_words(world: Wechat) -> None:
    account = world.platform.account_named("service")
    sealed = Box(account.aes_key, account.corp_id).seal(b"161614")
    url = f"{world.gateway_url}/wecom/service"
    async with httpx.AsyncClient(trust_env=False) as http:
        good = await http.get(url, params={**query_for(world, sealed), "echostr": sealed})
        assert (good.status_code, good.text) == (200, "161614")
        for query in (
            query_for(world, sealed, token="other"),
            query_for(world, sealed, age=4000),
            query_for(world, sealed) | {"timestamp": "x"},
        ):
            refused = await http.get(url, params={**query, "echostr": sealed})
            assert (refused.status_code, refused.text) == (403, "")
        assert (await http.get(f"{world.gateway_url}/wecom/none", params={})).status_code == 404


async def test_a_forged_or_foreign_poke_is_refused(world: Wechat) -> None:
    account, url = world.platform.account_named("service"), f"{world.gateway_url}/wecom/service"
    clear = as_xml({"Event": "kf_msg_or_event", "OpenKfId": account.app_id, "Token": "t"})
    foreign = Box(account.aes_key, "wwother").seal(clear.encode())
    async with httpx.AsyncClient(trust_env=False) as http:
        body = as_xml({"Encrypt": foreign})
        assert (await http.post(url, params=query_for(world, foreign), content=body)).status_code == 403
        assert (await http.post(url, params=query_for(world, "x"), content=body)).status_code == 403
        assert (await http.post(url, params=query_for(world, foreign), content="no xml")).status_code == 403
        assert (await http.post(url, params={}, content=b"x" * 70_000)).status_code == 413


async def test_question_and_answer_in_our_state(world: Wechat) -> None:
    person = world.person("service")
    await world.people.say(person, "我的订单到哪了")
    assert await world.told(person) == ["echo 我的订单到哪了"]
    await until(lambda: world.platform.kf.session(person.openid).state == OURS)


async def test_three_pokes_for_one_message_give_one_answer(world: Wechat) -> None:
    person = world.person("service")
    await world.people.say(person, "在吗", copies=3)
    assert await world.told(person) == ["echo 在吗"]
    await world.people.poke(person)
    await world.people.say(person, "好的")
    assert await world.told(person, 2) == ["echo 在吗", "echo 好的"]
    assert len(world.bot.asked) == 2


async def test_an_empty_page_with_more_behind_it_is_not_the_end(world: Wechat) -> None:
    person = world.person("service")
    world.platform.kf.empty_pages, world.platform.kf.page = 2, 1
    for words in ("一", "二", "三"):
        kf.said(world.platform, person, "text", content=words)
    await world.people.poke(person)
    await until(lambda: "echo 三" in "".join(world.shown(person)))
    said = [event.text for event in await world.events(person) if event.author == "customer"]
    assert said == ["一", "二", "三"]


async def test_what_was_read_is_not_read_again_after_a_restart(world: Wechat) -> None:
    person = world.person("service")
    await world.people.say(person, "第一句")
    await world.told(person)
    reading = await world.services.db.write(wecom.lease_reading, "wkservice", 1.0)
    assert reading is not None and reading.cursor == "c1"
    assert await world.services.db.write(wecom.lease_reading, "wkservice", 1.0) is None, "one reader at a time"
    await world.services.db.write(wecom.end_reading, reading)
    await world.people.say(person, "第二句")
    assert await world.told(person, 2) == ["echo 第一句", "echo 第二句"]
    assert world.platform.kf.reads[-1] in ("c1", "c2")


async def test_at_the_first_start_old_messages_are_not_answered(world: Wechat) -> None:
    person = world.person("service")
    kf.said(world.platform, person, "text", content="三天前的话")
    world.platform.kf.log["wkservice"][0]["send_time"] = int(time.time()) - 3 * 86400
    await world.people.say(person, "现在的话")
    assert await world.told(person) == ["echo 现在的话"]
    assert len(world.bot.asked) == 1


async def test_items_that_cannot_be_read_do_not_stop_the_others(world: Wechat) -> None:
    person = world.person("service")
    log = world.platform.kf.log.setdefault("wkservice", [])
    log.extend([{"msgid": "x"}, {"msgtype": "event"}, {"msgid": "y", "external_userid": "../..", "send_time": 1}])
    log.append({"msgid": "z", "external_userid": person.openid, "send_time": "soon", "origin": 3})
    await world.people.say(person, "你好")
    assert await world.told(person) == ["echo 你好"]


async def test_the_greeting_uses_its_code_once(world: Wechat) -> None:
    person = world.person("service")
    await world.people.event(person, "enter_session")
    assert "有什么可以帮您" in (await world.told(person))[0]
    assert world.platform.kf.session(person.openid).welcome_code == ""


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        ("image", "[图片]"),
        ("voice", "[语音]"),
        ("file", "[文件]"),
        ("location", "[位置] 人民广场 上海市黄浦区人民大道"),
    ],
)
async def test_what_is_no_text_is_kept_for_people(world: Wechat, kind: str, shown: str) -> None:
    person = world.person("service")
    content = {"name": "人民广场", "address": "上海市黄浦区人民大道"} if kind == "location" else {"media_id": "m1"}
    kf.said(world.platform, person, kind, **content)
    await world.people.poke(person)
    await world.told(person)
    (first, *_) = await world.events(person)
    assert first.text == shown


async def test_a_choice_is_a_menu_and_a_tap_its_answer(world: Wechat) -> None:
    async def script(request: TurnRequest) -> Answer:
        buttons = [Button(title="退货", payload="/a"), Button(title="换货", payload="/b")]
        return Answer(turn_id=request.turn_id, messages=[Reply(text=f"要哪个 {request.text}", buttons=buttons)])

    world.bot.script = script
    person = world.person("service")
    await world.people.say(person, "帮助")
    await world.told(person)
    line = next(line for line in person.phone if line.side == "account")
    assert [option["content"] for option in line.options] == ["退货", "换货"]
    await world.people.say(person, "换货", choice=line.options[1]["id"])
    assert await world.told(person, 2) == ["要哪个 帮助", "要哪个 换货"]


async def test_the_sixth_message_waits_for_the_customer(world: Wechat) -> None:
    person, agent = world.person("service"), await world.agent()
    await world.people.say(person, "转人工")
    await world.told(person)
    conversation = await world.held(person, agent)
    await until(lambda: person.message.left <= 3)
    spent = len(world.shown(person))
    for number in range(5 - spent):
        await world.reply(agent, conversation, f"第{number}条")
        await world.told(person, spent + number + 1)
    await world.reply(agent, conversation, "等一等再到")
    await until(lambda: _has(world, person, "waits_for_customer"))
    assert "等一等再到" not in world.shown(person)
    await world.people.say(person, "好")
    await until(lambda: "等一等再到" in world.shown(person))


async def _has(world: Wechat, person: Person, code: str) -> bool:
    return code in await world.notes(person)


@pytest.mark.parametrize("took_ours_before", [True, False])
async def test_a_refused_repeat_counts_as_sent_only_when_that_is_sure(world: Wechat, took_ours_before: bool) -> None:
    if took_ours_before:
        other = world.person("service")
        await world.people.say(other, "早")
        await world.told(other)
        await until(lambda: _has_state(world, other, "sent"))
    person = world.person("service")
    world.platform.faults.append(Fault("silent", 0.0))
    await world.people.say(person, "在吗")
    await world.told(person)
    await until(lambda: _has_state(world, person, "sent" if took_ours_before else "dead"))
    sent = [body for path, body, _ in world.platform.calls if path.endswith("send_msg")]
    mine = [body for body in sent if body["touser"] == person.openid]
    assert len(mine) == 2 and len({body["msgid"] for body in mine}) == 1
    assert world.shown(person) == ["echo 在吗"], "the platform refuses a repeated id, so it is shown once"
    told = ["maybe_double"] if took_ours_before else ["maybe_double", "maybe_not_delivered"]
    assert await world.notes(person) == told, "never taken for arrived without proof"


async def _has_state(world: Wechat, person: Person, state: str) -> bool:
    conversation = await world.conversation(person)
    query = select(t.delivery.c.state).where(t.delivery.c.conv_id == conversation.id)
    return state in await world.services.db.read(lambda conn: conn.execute(query).scalars().all())


async def test_a_message_that_did_not_arrive_is_told_to_the_agent(world: Wechat) -> None:
    person = world.person("service")
    await world.people.say(person, "在吗")
    await world.told(person)
    (_, msgid) = next(iter(world.platform.kf.msgids))
    kf.send_failed(world.platform, person, msgid, 6)
    await world.people.poke(person)
    await until(lambda: _has(world, person, "not_delivered"))
    (note,) = [event for event in await world.events(person) if event.kind == "note"]
    assert "超过 5 条" in note.text


@pytest.mark.parametrize("state", [POOL, SERVED, ENDED])
async def test_while_others_serve_the_session_nothing_is_lost(world: Wechat, state: int) -> None:
    person, agent = world.person("service"), await world.agent()
    await world.people.say(person, "转人工")
    await world.told(person)
    conversation = await world.held(person, agent)
    await world.told(person, 2)
    session = world.platform.kf.session(person.openid)
    await until(lambda: session.state == OURS)
    session.state = state
    await world.reply(agent, conversation, "晚一点到")
    await until(lambda: _has(world, person, "waits_for_customer"))
    session.state = OURS
    await world.people.say(person, "还在吗")
    await until(lambda: "晚一点到" in "".join(world.shown(person)))


async def test_what_happens_in_the_platforms_own_tool_is_seen_here(world: Wechat) -> None:
    person = world.person("service")
    await world.people.say(person, "在吗")
    await world.told(person)
    kf.keep(world.platform, person, 5, "text", content="我来处理")["servicer_userid"] = "Zhangsan"
    kf.keep(world.platform, person, 4, "event", event_type="session_status_change", change_type=1)
    kf.keep(world.platform, person, 4, "event", event_type="user_recall_msg", recall_msgid="m")
    await world.people.poke(person)
    for code in ("served_elsewhere", "session_changed", "taken_back"):
        await until(lambda code=code: _has(world, person, code))


async def test_a_web_conversation_goes_on_in_wechat(world: Wechat) -> None:
    web = f"{world.gateway_url}/api/v1/web"
    async with httpx.AsyncClient(trust_env=False) as http:
        session = (await http.post(f"{web}/session", json={"lang": "zh"})).json()
        http.headers["authorization"] = f"Bearer {session['token']}"
        sent = {"client_msg_id": secrets.token_hex(16), "text": "网页上的问题"}
        assert (await http.post(f"{web}/messages", json=sent)).status_code == 200
        way = (await http.post(f"{web}/wechat")).json()["url"]
    param = httpx.URL(way).params["scene_param"]
    assert len(param.encode()) <= 128
    person = world.person("service")
    await world.people.event(person, "enter_session", param)
    assert await world.told(person) == ["已接上您在网页上的对话，可以在这里继续。"]
    conversation = await world.conversation(person)
    assert (conversation.id, conversation.channel) == (session["conversation_id"], "web")
    await world.people.say(person, "微信里接着问")
    await until(lambda: "echo 微信里接着问" in world.shown(person))
    texts_seen = [event.text for event in await world.events(person) if event.author == "customer"]
    assert texts_seen == ["网页上的问题", "微信里接着问"]
    thief = world.person("service")
    await world.people.event(thief, "enter_session", param)
    assert "有什么可以帮您" in (await world.told(thief))[0], "the word is good once"


async def test_a_scene_word_that_is_not_ours_opens_nothing(world: Wechat) -> None:
    assert scene.read("secret", scene.write("secret", "word")) == "word"
    for param in ("", "word", "word.mark", scene.write("other", "word"), "é.x", "x" * 200):
        assert scene.read("secret", param) == ""
    person = world.person("service")
    await world.people.event(person, "enter_session", "word.mark")
    assert "有什么可以帮您" in (await world.told(person))[0]


async def test_a_person_who_talks_to_an_agent_is_not_moved_to_another_conversation(world: Wechat) -> None:
    person, agent = world.person("service"), await world.agent()
    await world.people.say(person, "转人工")
    await world.told(person)
    held = await world.held(person, agent)
    other = await world.services.gateway.start("web", "zh", "127.0.0.1")
    word = await world.services.db.write(wecom.make_scene, other.conversation.id)
    await world.people.event(person, "enter_session", scene.write("test-secret", word))
    await world.people.say(person, "还在吗")
    await until(lambda: _heard(world, held.id, "还在吗"))
    assert (await world.conversation(person)).mode is Mode.HUMAN


async def _heard(world: Wechat, conv_id: str, words: str) -> bool:
    found = await world.services.db.read(events_since, conv_id, 0, internal=False)
    return words in [event.text for event in found]


async def test_what_is_too_long_goes_in_pieces_under_ids_of_their_own(world: Wechat) -> None:
    person = world.person("service")
    words = "".join(f"第{number}句要说的话很长。" for number in range(40))
    world.platform.faults.extend(Fault("errcode", code) for code in (45002, 45002))
    await world.people.say(person, words)
    await until(lambda: "第39句" in "".join(world.shown(person)))
    assert "".join(world.shown(person)).replace("\n", "") == f"echo {words}"
    sent = [body["msgid"] for path, body, code in world.platform.calls if path.endswith("/send_msg") and code == 0]
    assert len(sent) == len(set(sent)) >= 3
