"""What the pages are given: pure values made of the desk's dataclasses."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from handoff.casework import CaseFile
from handoff.console.pages import view
from handoff.console.pages.card_view import Opinion, card_view
from handoff.console.pages.preferences import Preferences, cookie_of, preferences
from handoff.console.pages.shared_queue import SharedQueue
from handoff.console.pages.suggestions import Suggestions, question_of
from handoff.console.words import words
from handoff.conversation import Agent, Conversation, Event, Handoff, HandoffState, Mode, MoodReading, Role
from handoff.desk import Card, QueueItem, QueueView, SendingWindow, Thread
from handoff.errors import ActionsUnavailable
from handoff.rasa import MoodModel
from handoff.store.casework import Complaint, PastConversation, Profile
from handoff.store.verdicts import Verdict
from handoff.team_desk import Attention
from handoff.understanding import UnderstandClient, Understood

ZH, EN = words("zh"), words("en")
LIN = Agent("a1", "lin", "林小雨", Role.AGENT, 5, 0, False)
ITEM = QueueItem(
    "h1",
    "c0ffee",
    "angry",
    "angry",
    3,
    HandoffState.QUEUED,
    "zh",
    "web",
    1000.0,
    5.0,
    None,
    None,
    "太差了",
    True,
    "angry",
    0.9,
)


EMPTY, UNJUDGED, NOBODY = CaseFile(Profile(), [], []), Opinion(False), Attention(False, [], [])


def event(seq: int, author: str, text: str, **more: Any) -> Event:
    values = {"kind": "message", "payload": {}, "internal": False} | more
    return Event(
        "c0ffee", seq, values["kind"], author, None, None, text, values["payload"], "k", 1, values["internal"], 5.0
    )


def thread(mode: Mode = Mode.QUEUED, owner: str | None = None, **card: Any) -> Thread:
    conversation = Conversation("c0ffee", "cu", "web", "zh", mode, 2, 3, 1, owner)
    handoff = Handoff(
        "h1", "c0ffee", "angry", "angry", 3, None, "zh", HandoffState.QUEUED, 9.0, None, None, None, None, {}
    )
    values: dict[str, Any] = {
        "conv_id": "c0ffee", "channel": "web", "lang": "zh", "customer_id": "cu", "vip": True, "handoff": handoff,
        "owner_name": None, "last_ask": "发货", "faq_tried": [], "slots": {}, "ticket": None, "moods": [],
        "previous": [], "rating": None,
    }  # fmt: skip
    events = [event(1, "customer", "你好"), event(2, "bot", "您好"), event(3, "customer", "什么时候发货")]
    return Thread(conversation, events, Card(**values | card))


def test_a_waiting_line_tells_everything_in_words() -> None:
    line = view.queue_line(ITEM, LIN, ZH)
    assert (line["reason"], line["priority_text"], line["mood_text"]) == ("情绪激动", "特急", "生气")
    assert (line["lang"], line["channel"], line["customer"]) == ("中文", "网页", "顾客 C0FF")
    assert line["waiting"] and not line["mine"] and line["late_after"] == 60


def test_who_has_a_customer_depends_on_who_looks() -> None:
    taken = replace(ITEM, owner_id="a1", owner_name="林小雨")
    assert view.queue_line(taken, LIN, ZH)["mine"]
    assert not view.queue_line(taken, replace(LIN, id="a2"), ZH)["mine"]


@pytest.mark.parametrize(("priority", "shown"), [(-1, 0), (0, 0), (3, 3), (4, 3), (9, 3)])
def test_a_priority_raised_by_requeueing_stays_within_the_four_that_have_words(priority: int, shown: int) -> None:
    assert view.queue_line(replace(ITEM, priority=priority), LIN, ZH)["priority"] == shown


def test_unknown_moods_reasons_and_channels_have_plain_words() -> None:
    line = view.queue_line(replace(ITEM, mood_label="puzzled", reason="new_one", channel="fax"), LIN, EN)
    assert (line["mood_text"], line["reason"], line["channel"]) == ("Unknown", "Needs a person", "Other")


@pytest.mark.parametrize(
    ("mode", "owner", "state"),
    [
        (Mode.BOT, None, "bot"),
        (Mode.QUEUED, None, "queued"),
        (Mode.HUMAN, "a1", "mine"),
        (Mode.HUMAN, "a2", "other"),
        (Mode.CLOSED, None, "closed"),
    ],
)
def test_every_mode_has_a_state_with_words(mode: Mode, owner: str | None, state: str) -> None:
    head = view.head(thread(mode, owner, owner_name="王磊"), NOBODY, LIN, ZH)
    assert head["state"] == state and head["state_text"] and "{" not in head["state_text"]
    assert (head["handoff"] is not None) == (state == "queued")


def test_a_late_bot_answer_is_marked_and_buttons_lose_their_payload() -> None:
    payload = {"meta": {"code": "superseded_answer"}, "buttons": [{"title": "是", "payload": "/affirm"}]}
    line = view.event_line(event(4, "bot", "晚了", kind="note", payload=payload, internal=True))
    assert line["late"] and line["buttons"] == ["是"]
    assert not view.event_line(event(5, "bot", "准时"))["late"]


def card(case: CaseFile = EMPTY, opinion: Opinion = UNJUDGED, lang: Any = ZH, **values: Any) -> dict[str, Any]:
    return card_view(thread(**values), case, opinion, LIN, lang)


def test_the_card_joins_moods_with_their_words_and_labels_slots_and_tickets() -> None:
    shown = card(
        moods=[MoodReading(3, 0.123, 0.456, 0.7, "angry")],
        slots={"order_number": "123", "extra": {"a": 1}},
        ticket={"ticket_id": "C-1"},
        faq_tried=[{"question": "多久发货", "score": 0.914}, {"question": "没有分数"}],
    )
    assert shown["moods"][0]["text"] == "什么时候发货" and shown["moods"][0]["anger"] == 0.46
    assert shown["order"] == []
    assert shown["slots"] == [{"label": "订单号", "value": "123"}, {"label": "extra", "value": '{"a": 1}'}]
    assert shown["ticket"] == [{"label": "单号", "value": "C-1"}]
    assert [hit["score"] for hit in shown["faq"]] == [0.91, None]
    assert shown["mood_now"] == "angry" and shown["sending"] is None


def test_a_ticket_that_is_only_a_number_is_shown_too() -> None:
    order = {"status": "shipped", "item": "茶壶", "carrier": "", "weight": 3}
    assert card(slots={"order_number": "QH1", "order": order})["order"] == [
        {"label": "状态", "value": "运输中"},
        {"label": "商品", "value": "茶壶"},
        {"label": "weight", "value": "3"},
    ]
    assert card(slots={"order": "gone"})["order"] == []
    assert card(lang=EN, ticket="C-7")["ticket"] == [{"label": "Number", "value": "C-7"}]


def test_earlier_handoffs_of_another_conversation_can_be_opened_and_those_of_this_one_not() -> None:
    past = [
        PastConversation("beef", "h0", "wechat", "vip", "resolved", "王磊", 2.0),
        PastConversation("c0ffee", "h9", "web", "angry", None, None, 1.0),
    ]
    shown = card(CaseFile(Profile(), past, []))["previous"]
    assert [one["conv"] for one in shown] == ["beef", None]
    assert [one["outcome"] for one in shown] == ["已解决", "进行中"] and shown[0]["channel"] == "微信"


def test_what_a_canned_reply_can_fill_in_comes_from_profile_slots_and_the_latest_complaint() -> None:
    filed = Complaint("k", "TS1", "c0ffee", 4, "破损", 9.0, "a1", "林小雨", 1.0, None, "")
    shown = card(CaseFile(Profile(name="王女士"), [], [filed]), slots={"order_number": "42"}, ticket="C-7")
    assert shown["values"] == {"customer": "王女士", "agent": "林小雨", "order_number": "42", "ticket": "TS1"}
    assert shown["complaints"][0]["severity_text"] == "4 级 · 重大"
    assert "customer" not in card()["values"]


def test_the_verdict_is_shown_and_only_some_may_give_one() -> None:
    assert card()["may_judge"] is False and card()["verdict"] is None
    given = Verdict("h1", "too_late", "等太久", "a1", "林小雨", 1.0)
    shown = card(opinion=Opinion(True, given))
    assert (shown["may_judge"], shown["verdict"], shown["verdict_note"]) == (True, "too_late", "等太久")


def test_what_the_platform_still_lets_us_send_is_on_the_card() -> None:
    assert card(sending=SendingWindow(2, 500.0, 1))["sending"] == {"left": 2, "until": 500.0, "waiting": 1}


@pytest.mark.parametrize(
    ("role", "mode", "owner", "may"),
    [
        (Role.AGENT, Mode.HUMAN, "a2", False),
        (Role.SUPERVISOR, Mode.HUMAN, "a2", True),
        (Role.ADMIN, Mode.BOT, None, True),
        (Role.ADMIN, Mode.HUMAN, "a1", False),
        (Role.SUPERVISOR, Mode.QUEUED, None, False),
    ],
)
def test_supervisors_may_take_over_what_they_cannot_simply_claim(
    role: Role, mode: Mode, owner: str | None, may: bool
) -> None:
    assert view.head(thread(mode, owner), NOBODY, replace(LIN, role=role), ZH)["may_take_over"] is may


def test_who_looks_and_who_types_is_told_in_words() -> None:
    attention = Attention(True, ["王磊"], ["王磊", "陈静"])
    assert view.head(thread(), attention, LIN, ZH)["looking"] == "王磊、陈静 也在看"
    assert view.typing_text(attention, ZH) == "顾客正在输入… · 王磊 正在输入…"
    assert view.head(thread(), NOBODY, LIN, ZH)["looking"] == "" == view.typing_text(NOBODY, ZH)


def test_an_offer_is_marked_for_the_one_it_is_made_to_and_for_others_as_elsewhere() -> None:
    offered = replace(ITEM, offered_to="a1", offer_until=99.0)
    mine, other = view.queue_line(offered, LIN, ZH), view.queue_line(offered, replace(LIN, id="a2"), ZH)
    assert (mine["offered"], mine["elsewhere"], mine["offer_until"]) == (True, False, 99.0)
    assert (other["offered"], other["elsewhere"]) == (False, True)


def test_files_of_a_message_are_told_with_their_shape() -> None:
    files = [{"id": "f1", "name": "x.png", "type": "image/png", "size": 9, "width": 4, "height": 3, "thumbnail": True}]
    line = view.event_line(
        event(4, "agent", "[图片] x.png", payload={"attachments": files, "meta": {"wordless": True}})
    )
    assert line["wordless"] and line["files"][0] == {
        "id": "f1", "name": "x.png", "type": "image/png", "size": 9, "picture": True, "width": 4, "height": 3,
    }  # fmt: skip


class Request:
    def __init__(self, cookies: dict[str, str], accept: str = "") -> None:
        self.cookies, self.headers = cookies, {"accept-language": accept}


@pytest.mark.parametrize(
    ("cookies", "accept", "liked"),
    [
        ({}, "en-GB,en", Preferences("en")),
        ({}, "", Preferences("zh")),
        ({"baton_ui": "en.dark.sound"}, "zh", Preferences("en", True, True)),
        ({"baton_ui": "en.dark.quiet", cookie_of("a1"): "zh.light.sound"}, "en", Preferences("zh", False, True)),
        ({"baton_ui": "klingon.<script>"}, "en", Preferences("en")),
    ],
)
def test_preferences_are_the_accounts_then_the_browsers(
    cookies: dict[str, str], accept: str, liked: Preferences
) -> None:
    assert preferences(Request(cookies, accept), "a1") == liked  # type: ignore[arg-type]  # has what is read


class Reader(UnderstandClient):
    def __init__(self, *, down: bool = False) -> None:
        self.asked: list[str] = []
        self.down = down

    async def read(self, texts: list[str], top_k: int = 3) -> list[Understood]:
        self.asked += texts
        if self.down:
            raise ActionsUnavailable()
        zones = ["answer", "clarify", "none"]
        faq = [{"id": z, "question": z, "answer": z, "score": 0.5, "zone": z} for z in zones]
        return [Understood(lang="zh", mood=MoodModel(valence=0.5, anger=0, urgency=0, label="neutral"), faq=faq)]


def test_suggestions_are_for_the_newest_words_or_for_the_ask_that_led_to_the_handoff() -> None:
    asked = thread(last_ask="能改地址吗")
    assert question_of(asked) == "能改地址吗"
    assert question_of(replace(asked, events=[*asked.events, replace(event(4, "customer", "在吗"), at=99.0)])) == "在吗"
    assert question_of(thread(last_ask="")) == "什么时候发货"
    assert question_of(replace(thread(last_ask=""), events=[])) == ""


async def test_askers_at_one_moment_share_a_reading_and_a_later_one_gets_a_newer() -> None:
    class CountingDesk:
        read = 0

        async def queue(self) -> QueueView:
            self.read += 1
            return QueueView(self.read, [])

    counting = CountingDesk()
    shared = SharedQueue(counting)  # type: ignore[arg-type]  # has what is called
    together = await asyncio.gather(*(shared.view() for _ in range(5)))
    assert {view.version for view in together} == {1}
    assert (await shared.view()).version == 2


async def test_suggestions_leave_out_what_does_not_fit_and_ask_once_per_text() -> None:
    reader = Reader()
    suggestions = Suggestions(reader)
    state, found = await suggestions.of("什么时候发货")
    assert (state, [one["id"] for one in found]) == ("ready", ["answer", "clarify"])
    await suggestions.of("什么时候发货")
    assert reader.asked == ["什么时候发货"]
    assert await suggestions.of("") == ("none", [])


async def test_suggestions_that_cannot_be_had_are_asked_for_again_later() -> None:
    reader = Reader(down=True)
    suggestions = Suggestions(reader)
    assert await suggestions.of("你好") == ("unavailable", [])
    reader.down = False
    assert (await suggestions.of("你好"))[0] == "ready"
