"""The console's manners: keyboard, drafts, languages, darkness, phone size, late answers, the end of a session."""

from __future__ import annotations

import re
import time

import pytest
from console_desk import Desk, browser, claim, desk, line_of, reply, server, sign_in
from console_server import PASSWORD
from playwright.sync_api import expect

from handoff.console.pages import workspace
from handoff.console.pages.elements import Composer
from handoff.conversation import Role

pytestmark = pytest.mark.browser

__all__ = ["browser", "desk", "server"]  # fixtures


def test_the_queue_is_worked_without_a_mouse(desk: Desk) -> None:
    first, second = desk.waiting("第一位", waited=50), desk.waiting("第二位", waited=10)
    page = desk.signed_in(desk.lin)
    expect(line_of(page, second)).to_be_visible()
    order = page.get_by_test_id("queue-item").evaluate_all("all => all.map(one => one.dataset.conv)")
    assert order.index(first) < order.index(second)
    for _ in range(order.index(first) + 1):
        page.keyboard.press("j")
    expect(line_of(page, first).locator(".line-open")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("thread")).to_contain_text("第一位")
    page.keyboard.press("c")
    expect(page.get_by_test_id("reply-input")).to_be_visible()
    page.keyboard.press("r")
    expect(page.get_by_test_id("reply-input")).to_be_focused()
    page.keyboard.type("jkc? 您好")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("thread")).to_contain_text("jkc? 您好")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_test_id("help-window")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("help-window")).to_be_hidden()
    assert desk.problems == []


@pytest.mark.long
def test_each_conversation_keeps_its_own_draft_even_over_a_reload(desk: Desk) -> None:
    one, two = desk.waiting("甲"), desk.waiting("乙")
    page = desk.signed_in(desk.lin)
    claim(page, one)
    page.get_by_test_id("reply-input").fill("给甲的草稿")
    claim(page, two)
    expect(page.get_by_test_id("reply-input")).to_have_value("")
    page.get_by_test_id("tab-mine").click()
    line_of(page, one).locator(".line-open").click()
    expect(page.get_by_test_id("reply-input")).to_have_value("给甲的草稿")
    page.reload()
    expect(page.get_by_test_id("reply-input")).to_have_value("给甲的草稿")
    assert desk.problems == []


@pytest.mark.long
def test_language_and_darkness_are_kept_for_the_agent(desk: Desk) -> None:
    page = desk.signed_in(desk.lin)
    page.get_by_test_id("menu").click()
    page.get_by_test_id("dark-switch").click()
    page.get_by_test_id("lang-switch").click()
    expect(page.get_by_test_id("tab-waiting")).to_contain_text("Waiting")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.get_by_test_id("menu").click()
    page.get_by_test_id("logout").click()
    expect(page).to_have_url(re.compile("/console/login"))
    page.goto(desk.server.origin + "/console/")
    expect(page).to_have_url(re.compile("/console/login"))
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert desk.problems == []


@pytest.mark.long
def test_a_late_bot_answer_and_a_notice_look_different_from_what_was_said(desk: Desk) -> None:
    conv_id = desk.waiting()
    late = {"code": "superseded_answer"}
    desk.server.line(conv_id, "bot", "来晚了的回答", kind="note", internal=True, meta=late)
    page = desk.signed_in(desk.lin)
    line_of(page, conv_id).locator(".line-open").click()
    expect(page.get_by_test_id("note").get_by_test_id("late")).to_contain_text("没有发给顾客")
    expect(page.locator('[data-author="system"]')).to_contain_text("转接人工")
    assert "来晚了的回答" not in desk.server.read(conv_id)


def test_on_a_phone_there_is_one_column_at_a_time_and_nothing_overflows(desk: Desk) -> None:
    conv_id = desk.waiting("手机上看得清吗" * 30)
    page = desk.signed_in(desk.lin, width=390)
    expect(page.get_by_test_id("thread")).to_be_hidden()
    line_of(page, conv_id).locator(".line-open").click()
    expect(page.get_by_test_id("thread")).to_be_visible()
    expect(page.get_by_test_id("queue")).to_be_hidden()
    page.get_by_test_id("claim-open").click()
    reply(page, "收到")
    page.get_by_test_id("to-card").click()
    expect(page.get_by_test_id("card-reason")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_test_id("to-thread").click()
    page.get_by_test_id("back").click()
    expect(page.get_by_test_id("queue")).to_be_visible()
    assert desk.problems == []


@pytest.mark.long
def test_reading_above_is_not_disturbed_by_a_new_message(desk: Desk) -> None:
    conv_id = desk.server.customer()
    for number in range(40):
        # Not all this minute: a customer who wrote so much at once may not write more.
        desk.server.line(conv_id, "customer", f"第 {number} 句", ago=600)
    desk.server.hand_over(conv_id, "no_answer", "no_answer_2")
    page = desk.signed_in(desk.lin)
    claim(page, conv_id)
    thread = page.get_by_test_id("thread")
    expect(page.get_by_text("第 39 句", exact=True).last).to_be_in_viewport()
    thread.evaluate("box => { box.scrollTop = 0; }")
    desk.server.say(conv_id, "还在吗")
    expect(page.get_by_test_id("new-messages")).to_contain_text("1 条新消息")
    assert thread.evaluate("box => box.scrollTop") == 0
    page.get_by_test_id("new-messages").click()
    expect(thread.get_by_text("还在吗", exact=True)).to_be_in_viewport()


def test_offline_blocks_sending_says_so_and_keeps_the_words(desk: Desk) -> None:
    conv_id = desk.waiting()
    page = desk.signed_in(desk.lin)
    claim(page, conv_id)
    page.get_by_test_id("reply-input").fill("断网时写的话")
    page.evaluate("window.socket.disconnect()")
    expect(page.get_by_test_id("offline")).to_contain_text("连接断开")
    expect(page.get_by_test_id("composer-hint")).to_contain_text("您的文字已保留")
    expect(page.get_by_test_id("reply-send")).to_be_disabled()
    desk.server.say(conv_id, "断网时顾客说的话")
    page.evaluate("window.socket.connect()")
    expect(page.get_by_test_id("thread")).to_contain_text("断网时顾客说的话")
    page.get_by_test_id("reply-send").click()
    expect(page.get_by_test_id("thread")).to_contain_text("断网时写的话")
    assert desk.server.read(conv_id).count("断网时写的话") == 1


@pytest.mark.long
def test_a_lost_acknowledgement_is_told_and_sending_again_arrives_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    conv_id = desk.waiting()
    page = desk.signed_in(desk.lin)
    claim(page, conv_id)
    with monkeypatch.context() as lost:
        lost.setattr(Composer, "acknowledged", lambda self, message_id: None)
        reply(page, "只该到一次")
        expect(page.get_by_test_id("composer-hint")).to_contain_text("还没有确认送达", timeout=15_000)
    page.get_by_test_id("reply-send").click()
    expect(page.get_by_test_id("reply-input")).to_have_value("")
    assert desk.server.read(conv_id).count("只该到一次") == 1


@pytest.mark.long
def test_a_change_that_nobody_announced_is_found_by_the_sweep(desk: Desk) -> None:
    conv_id = desk.waiting()
    page = desk.signed_in(desk.lin)
    line = line_of(page, conv_id)
    handoff_id = line.get_attribute("data-handoff")
    assert handoff_id is not None
    desk.server.claim_unheard(handoff_id, desk.wang)
    expect(line).to_have_count(0, timeout=15_000)


def test_a_session_that_ended_elsewhere_leads_to_the_sign_in_page(desk: Desk) -> None:
    conv_id = desk.waiting()
    page = desk.signed_in(desk.lin)
    desk.server.end_sessions(desk.lin)
    line_of(page, conv_id).get_by_test_id("claim").click()
    expect(page).to_have_url(re.compile(r"/console/login\?why=ended"))
    expect(page.get_by_test_id("login-message")).to_have_text("登录已失效，请重新登录。")


@pytest.mark.long
def test_an_unknown_conversation_in_the_address_is_told_and_nothing_is_shown(desk: Desk) -> None:
    page = desk.signed_in(desk.lin)
    page.goto(desk.server.origin + "/console/?c=nobody")
    expect(page.get_by_test_id("error-toast")).to_contain_text("找不到这个会话")
    expect(page.get_by_test_id("message")).to_have_count(0)


@pytest.mark.long
def test_a_page_left_alone_leaves_too_when_its_session_ends(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workspace, "SESSION_CHECK", 0.0)
    page = desk.signed_in(desk.lin)
    desk.server.end_sessions(desk.lin)
    expect(page).to_have_url(re.compile(r"/console/login\?why=ended"), timeout=15_000)


def test_an_editor_is_led_to_the_knowledge_base_and_not_to_customers(desk: Desk) -> None:
    editor = desk.server.agent(f"editor-{desk.lin.id[:6]}", "编辑", Role.EDITOR)
    page = desk.page()
    page.goto(desk.server.origin + "/console/login")
    sign_in(page, editor.name, PASSWORD)
    expect(page).to_have_url(re.compile("/console/editor"))
    expect(page.get_by_test_id("nav-workspace")).to_have_count(0)
    page.goto(desk.server.origin + "/console/people")
    expect(page).to_have_url(re.compile("/console/editor"))


@pytest.mark.long
def test_a_closed_browser_leaves_no_task_behind(desk: Desk) -> None:
    desk.signed_in(desk.lin)
    assert desk.server.tasks("console workspace", "presence") >= 2  # those of pages closed just now may still be there
    for context in desk.browser.contexts:
        context.close()
    waiting = time.monotonic() + 60
    while desk.server.tasks("console workspace", "presence"):
        assert time.monotonic() < waiting, "the console's task outlived its browser"
        time.sleep(0.2)
