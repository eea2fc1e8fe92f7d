"""Agents and customers at the console in a real Chromium: sign-in, queue, claim, chat, refusals, close, return."""

from __future__ import annotations

import contextlib
import re

import pytest
from console_desk import Desk, browser, claim, desk, line_of, reply, server, sign_in, unswept
from console_server import PASSWORD
from playwright.sync_api import TimeoutError as ActionTimeout
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

__all__ = ["browser", "desk", "server", "unswept"]  # fixtures

HOSTILE = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>{{ 7*7 }} [x](javascript:alert(1))'


def test_a_wrong_password_is_told_in_the_readers_language_and_a_right_one_opens_the_queue(desk: Desk) -> None:
    for locale, told in (("zh-CN", "账号或密码不对"), ("en-US", "The name or password is wrong")):
        page = desk.page(locale)
        page.goto(desk.server.origin + "/console/")
        expect(page).to_have_url(re.compile("/console/login$"))
        sign_in(page, desk.lin.name, "not the password")
        expect(page.get_by_test_id("login-message")).to_contain_text(told)
        sign_in(page, desk.lin.name, PASSWORD)
        expect(page.get_by_test_id("queue")).to_be_visible()
    desk.problems = [p for p in desk.problems if "status of 401" not in p]
    assert desk.problems == []


@pytest.mark.long
def test_the_empty_form_and_the_language_choice(desk: Desk) -> None:
    page = desk.page("zh-CN")
    page.goto(desk.server.origin + "/console/login")
    page.get_by_test_id("login-submit").click()
    expect(page.get_by_test_id("login-message")).to_have_text("请填写账号和密码。")
    page.get_by_test_id("login-lang-en").click()
    expect(page.get_by_role("heading")).to_have_text("Sign in to the console")
    sign_in(page, desk.lin.name, PASSWORD)
    expect(page.get_by_test_id("tab-waiting")).to_contain_text("Waiting")
    assert desk.problems == []


def test_a_line_of_the_queue_tells_reason_mood_and_wait_and_the_card_tells_why(desk: Desk) -> None:
    conv_id = desk.server.customer(vip=True)
    desk.server.mood(conv_id, desk.server.line(conv_id, "customer", "发货了吗"), 0.52, 0.04, "neutral")
    seq = desk.server.line(conv_id, "customer", "都五天了，太差了！")
    desk.server.mood(conv_id, seq, 0.06, 0.91, "angry")
    desk.server.hand_over(
        conv_id,
        "angry",
        "angry",
        3,
        waited=750,
        last_ask="都五天了，太差了！",
        faq=[{"id": "a", "question": "多久能发货？", "score": 0.91}],
        slots={"order_number": "20261108123", "order": {"status": "delayed", "carrier": "顺丰"}},
    )
    page = desk.signed_in(desk.lin)
    line = line_of(page, conv_id)
    expect(line.get_by_test_id("queue-reason")).to_have_text("情绪激动")
    expect(line.get_by_test_id("mood")).to_have_text("生气")
    expect(line.get_by_test_id("queue-wait")).to_contain_text(re.compile(r"超时\s*12:\d\d"))
    before = line.get_by_test_id("queue-wait").inner_text()
    expect(line.get_by_test_id("queue-wait")).not_to_have_text(before)
    expect(page).to_have_title(re.compile(r"^\(\d+\) "))
    line.locator(".line-open").click()
    card = page.get_by_test_id("card")
    expect(card.get_by_test_id("card-reason")).to_contain_text("情绪激动")
    expect(card.get_by_test_id("card-rule")).to_have_text("顾客的怒气连续超过上限")
    expect(card.get_by_test_id("mood-curve")).to_contain_text("0.91")
    card.get_by_test_id("mood-curve").press("ArrowLeft")
    expect(card.get_by_test_id("mood-curve")).to_contain_text("发货了吗")
    for words in ("20261108123", "订单号", "延误", "顺丰", "多久能发货？", "重要客户"):
        expect(card).to_contain_text(words)
    assert desk.problems == []


def test_chat_both_ways_with_notes_suggestions_and_no_message_sent_twice(desk: Desk) -> None:
    conv_id = desk.waiting("什么时候发货？")
    page = desk.signed_in(desk.lin)
    claim(page, conv_id)
    page.get_by_test_id("suggestion").first.click()
    expect(page.get_by_test_id("reply-input")).to_have_value(re.compile("48 小时"))
    page.get_by_test_id("reply-input").fill("您好，马上帮您查。")
    page.get_by_test_id("reply-send").dblclick()
    expect(page.get_by_test_id("thread")).to_contain_text("您好，马上帮您查。")
    expect(page.get_by_test_id("reply-input")).to_have_value("")
    page.get_by_test_id("mode-note").click()
    reply(page, "仓库说今天发")
    expect(page.get_by_test_id("note")).to_contain_text("仓库说今天发")
    desk.server.say(conv_id, "好的，谢谢")
    expect(page.get_by_test_id("thread")).to_contain_text("好的，谢谢")
    said = desk.server.read(conv_id)
    assert said.count("您好，马上帮您查。") == 1
    assert "仓库说今天发" not in said
    assert desk.problems == []


@pytest.mark.long
def test_enter_sends_shift_enter_breaks_and_an_input_method_keeps_its_enter(desk: Desk) -> None:
    conv_id = desk.waiting()
    page = desk.signed_in(desk.lin)
    claim(page, conv_id)
    box = page.get_by_test_id("reply-input")
    box.fill("第一行")
    box.press("Shift+Enter")
    box.press_sequentially("第二行")
    box.dispatch_event("keydown", {"key": "Enter", "keyCode": 229, "isComposing": True})
    expect(box).to_have_value("第一行\n第二行")
    box.press("Enter")
    expect(box).to_have_value("")
    expect(page.get_by_test_id("thread")).to_contain_text("第二行")
    assert "第一行\n第二行" in desk.server.read(conv_id)


@pytest.mark.usefixtures("unswept")
def test_the_second_agent_sees_who_has_it_and_a_lost_race_names_the_winner(desk: Desk) -> None:
    seen, raced = desk.waiting("第一位"), desk.waiting("第二位")
    lin, wang = desk.signed_in(desk.lin), desk.signed_in(desk.wang)
    claim(lin, seen)
    wang.get_by_test_id("tab-all").click()
    expect(line_of(wang, seen).get_by_test_id("queue-owner")).to_have_text("林小雨 接待中")
    expect(line_of(wang, seen).get_by_test_id("claim")).to_have_count(0)
    # Both press at a moment when neither page knows of the other: the database alone decides.
    handoff_id = line_of(wang, raced).get_attribute("data-handoff")
    assert handoff_id is not None
    desk.server.claim_unheard(handoff_id, desk.lin)
    line_of(wang, raced).get_by_test_id("claim").click()
    expect(wang.get_by_test_id("error-toast")).to_contain_text("林小雨 已经接待了这位顾客")
    expect(line_of(wang, raced).get_by_test_id("queue-owner")).to_have_text("林小雨 接待中")
    assert desk.problems == []


@pytest.mark.long
def test_a_full_agent_is_told_the_limit(desk: Desk) -> None:
    held = [desk.waiting(f"第{n}位") for n in range(3)]
    page = desk.signed_in(desk.lin)
    for conv_id in held[:2]:
        claim(page, conv_id)
    line_of(page, held[2]).get_by_test_id("claim").click()
    expect(page.get_by_test_id("error-toast")).to_contain_text("上限（2 个）")


@pytest.mark.usefixtures("unswept")
def test_a_stale_tab_is_refused_told_who_has_it_and_keeps_the_text(desk: Desk) -> None:
    conv_id = desk.waiting()
    page = desk.signed_in(desk.lin)
    claim(page, conv_id)
    page.get_by_test_id("reply-input").fill("这句话不该发出去")
    desk.server.take_over(conv_id, desk.lin, desk.wang)
    # The page may hear of it before the click: then there is nothing left to press.
    with contextlib.suppress(ActionTimeout):
        page.get_by_test_id("reply-send").click(timeout=3000)
    expect(page.get_by_test_id("composer-closed")).to_contain_text("王磊")
    expect(page.get_by_test_id("kept-text")).to_contain_text("这句话不该发出去")
    assert "这句话不该发出去" not in desk.server.read(conv_id)
    assert desk.problems == []


@pytest.mark.parametrize(
    ("button", "state", "told"),
    [
        pytest.param("close", "已结束", "本次服务已结束", marks=pytest.mark.long),
        ("return-bot", "机器人接待中", "智能助手"),
    ],
)
def test_closing_and_giving_back_ask_first_and_tell_the_customer(
    desk: Desk, button: str, state: str, told: str
) -> None:
    conv_id = desk.waiting()
    page = desk.signed_in(desk.lin)
    claim(page, conv_id)
    page.get_by_test_id(button).click()
    page.get_by_test_id("confirm-no").click()
    expect(page.get_by_test_id("conversation-state")).to_have_text("您正在接待")
    page.get_by_test_id(button).click()
    page.get_by_test_id("confirm-yes").click()
    expect(page.get_by_test_id("conversation-state")).to_have_text(state)
    expect(line_of(page, conv_id)).to_have_count(0)
    expect(page.get_by_test_id("reply-input")).to_have_count(0)
    assert told in desk.server.read(conv_id)[-1]
    assert desk.problems == []


@pytest.mark.long
def test_hostile_words_show_as_text_everywhere(desk: Desk) -> None:
    conv_id = desk.server.customer("en")
    desk.server.line(conv_id, "customer", HOSTILE)
    desk.server.line(conv_id, "bot", HOSTILE, buttons=[HOSTILE])
    faq = [{"id": "x", "question": HOSTILE, "score": 0.5}]
    desk.server.hand_over(
        conv_id, "no_answer", HOSTILE, last_ask=HOSTILE, faq=faq, slots={HOSTILE: HOSTILE}, ticket=HOSTILE
    )
    page = desk.signed_in(desk.lin, "en-US")
    claim(page, conv_id)
    for place in ("thread", "card"):
        expect(page.get_by_test_id(place)).to_contain_text(HOSTILE)
    reply(page, HOSTILE)
    expect(page.locator('[data-author="agent"]')).to_contain_text(HOSTILE)
    assert page.evaluate("window.hacked") is None
    assert page.locator("img").count() == 0
    assert desk.problems == []
