"""What a customer may fill in: thumbs, a message left, the rating; and the conversation to keep."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, expect
from widget_page import WidgetPage, open_tab
from widget_server import WidgetServer

pytestmark = pytest.mark.browser

AWAY = {"state": "closed", "next_open": 4_102_444_800.0, "leave_message": True}


@pytest.fixture
def answered(widget: WidgetPage, widget_server: WidgetServer) -> WidgetPage:
    """A tab with one answer of an entry."""
    widget_server.answer = lambda _: {"text": "七天内可退。", "meta": {"entry_id": "returns-7days"}}
    widget.open()
    widget.send("怎么退货")
    expect(widget.part("thumb-up")).to_be_visible()
    return widget


def test_a_thumb_up_is_kept_over_a_reload_and_can_be_taken_back(
    answered: WidgetPage, widget_server: WidgetServer
) -> None:
    answered.part("thumb-up").click()
    expect(answered.page.get_by_text("谢谢，已记下。")).to_be_visible()
    answered.page.reload()
    expect(answered.part("thumb-up")).to_have_attribute("aria-pressed", "true")
    answered.part("thumb-up").click()
    expect(answered.part("thumb-up")).to_have_attribute("aria-pressed", "false")
    widget_server.until(lambda: len(widget_server.posts) == 2)
    assert widget_server.posts == [
        ("feedback", {"seq": 2, "verdict": "up", "reason": ""}),
        ("feedback", {"seq": 2, "verdict": None, "reason": ""}),
    ]


@pytest.mark.long
def test_a_thumb_down_may_say_why(answered: WidgetPage, widget_server: WidgetServer) -> None:
    answered.part("thumb-down").click()
    answered.part("why-text").fill("没说运费谁出")
    answered.part("why-send").click()
    expect(answered.page.get_by_text("谢谢，已记下。")).to_be_visible()
    assert [body["reason"] for _, body in widget_server.posts] == ["", "没说运费谁出"]


@pytest.mark.long
def test_a_thumb_that_was_not_stored_is_not_shown_as_given(answered: WidgetPage, widget_server: WidgetServer) -> None:
    widget_server.refuse("feedback", "not_found", "没有找到这个内容。")
    answered.part("thumb-up").click()
    expect(answered.page.get_by_text("没有找到这个内容。")).to_be_visible()
    expect(answered.part("thumb-up")).to_have_attribute("aria-pressed", "false")


@pytest.mark.long
def test_only_answers_have_thumbs(widget: WidgetPage, widget_server: WidgetServer) -> None:
    widget.open()
    widget.send("你好")
    widget.expect_messages(widget_server, "你好", "收到：你好")
    expect(widget.part("thumb-up")).to_have_count(0)


def test_a_message_is_left_when_nobody_is_there(widget: WidgetPage, widget_server: WidgetServer) -> None:
    widget.open()
    widget.part("human").click()
    expect(widget.part("queue")).to_contain_text("您排在第 2 位")
    widget_server.set_status(service=AWAY)
    expect(widget.part("queue")).to_contain_text("人工客服暂时不在线")
    expect(widget.part("queue")).to_contain_text("恢复服务")
    widget.part("leave-message").click()
    expect(widget.part("contact")).to_be_focused()
    widget.part("leave-send").click()
    assert widget.part("contact").evaluate("node => node.validity.valueMissing")
    widget.part("contact").fill("138 0000 0000")
    widget.part("leave-text").fill("请告诉我什么时候发货")
    widget_server.refuse("handoff/message", "contact_missing", "请留下联系方式。")
    widget.part("leave-send").click()
    expect(widget.part("leave")).to_contain_text("请留下联系方式。")
    expect(widget.part("contact")).to_have_value("138 0000 0000")
    widget.part("leave-send").click()
    expect(widget.part("leave")).to_have_count(0)
    expect(widget.part("queue")).to_have_count(0)
    first, second = (body for name, body in widget_server.posts if name == "handoff/message")
    assert first == second  # the same id goes out again: the server stores it once
    assert (second["contact"], second["text"]) == ("138 0000 0000", "请告诉我什么时候发货")


@pytest.mark.long
def test_events_do_not_close_the_form_for_a_message(widget: WidgetPage, widget_server: WidgetServer) -> None:
    widget.open()
    widget.part("human").click()
    widget.part("leave-message").click()
    widget.part("leave-text").fill("写到一半")
    widget_server.say("让您久等了。", kind="notice", author="system", meta={"code": "long_wait"})
    expect(widget.part("notice").last).to_have_text("让您久等了。")
    expect(widget.part("leave-text")).to_have_value("写到一半")
    widget.part("leave-cancel").click()
    expect(widget.part("leave")).to_have_count(0)


@pytest.mark.long
def test_the_agent_is_seen_typing(widget: WidgetPage, widget_server: WidgetServer) -> None:
    widget.open()
    expect(widget.part("status")).to_have_text("智能助手在线")
    widget_server.until(lambda: bool(widget_server.conversations) and bool(widget_server.only.sockets))
    widget_server.set_status(mode="human", agent="林晓", typing=True)
    expect(widget.part("typing")).to_contain_text("林晓 正在输入")
    widget_server.set_status(typing=False)
    expect(widget.part("typing")).to_be_hidden()


def test_a_rating_in_one_tab_is_done_in_the_other(
    context: BrowserContext, widget: WidgetPage, widget_server: WidgetServer
) -> None:
    widget_server.asks_recommendation = False
    widget.open()
    expect(widget.part("status")).to_have_text("智能助手在线")
    other = open_tab(context, widget_server)
    other.open()
    widget_server.until(lambda: bool(widget_server.conversations) and len(widget_server.only.sockets) == 2)
    widget_server.set_status(mode="closed")
    widget_server.say("本次服务已结束。", kind="notice", author="system", meta={"code": "closed"})
    expect(other.part("rating-3")).to_be_attached()
    widget.part("rating-4").check()
    widget.part("rating-send").click()
    expect(widget.part("rating-thanks")).to_be_visible()
    expect(other.part("rating-thanks")).to_be_visible()
    expect(widget.part("recommend")).to_have_count(0)


@pytest.mark.long
def test_the_conversation_can_be_kept(answered: WidgetPage, widget_server: WidgetServer) -> None:
    with answered.page.expect_download() as saved:
        answered.part("save").click()
    assert saved.value.suggested_filename.startswith("对话记录 ")
    assert saved.value.suggested_filename.endswith(".html")
    assert widget_server.posts[-1][1]["form"] == "html"
