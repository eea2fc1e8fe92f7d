"""What a customer does with the widget when all goes well, in both languages."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, expect
from widget_page import WidgetPage, open_tab
from widget_server import WidgetServer

pytestmark = pytest.mark.browser

HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    '"><svg onload=alert(1)>',
    "[x](javascript:alert(1))",
    "**<b onclick=alert(1)>bold</b>**",
    "{{constructor.constructor('alert(1)')()}}",
)


def test_a_message_is_stored_once_and_answered(widget: WidgetPage, widget_server: WidgetServer) -> None:
    widget.open()
    widget.send("怎么退货？")
    widget.expect_messages(widget_server, "怎么退货？", "收到：怎么退货？")
    assert widget_server.customer_texts() == ["怎么退货？"]
    assert widget.page.evaluate("Object.keys(localStorage).filter(k => k.endsWith(':outbox'))") == []
    expect(widget.part("input")).to_have_value("")
    assert widget.complaints == []


@pytest.mark.long
def test_nothing_is_asked_of_the_server_before_the_chat_is_opened(
    widget: WidgetPage, widget_server: WidgetServer
) -> None:
    expect(widget.part("launcher")).to_be_visible()
    assert widget_server.conversations == {}


@pytest.mark.long
def test_messages_go_out_in_order(widget: WidgetPage, widget_server: WidgetServer) -> None:
    widget_server.answer = lambda text: None
    widget.open()
    texts = [f"第{n}条" for n in range(8)]
    for text in texts:
        widget.send(text)
    widget.expect_messages(widget_server, *texts)
    assert widget_server.customer_texts() == texts


def test_a_quick_reply_sends_its_payload(widget: WidgetPage, widget_server: WidgetServer) -> None:
    widget.open()
    widget_server.answer = lambda text: (
        {"text": "您想问的是哪一个？", "buttons": [{"title": "运费", "payload": "退货运费谁出"}]}
        if text == "退货"
        else None
    )
    widget.send("退货")
    widget.part("quick-reply").filter(has_text="运费").click()
    widget.expect_messages(widget_server, "退货", "您想问的是哪一个？", "退货运费谁出")
    expect(widget.part("quick-reply")).to_have_count(0)


def test_markdown_of_the_bot_becomes_nodes(widget: WidgetPage, widget_server: WidgetServer) -> None:
    text = "步骤：\n1. 打开 **我的订单**\n2. 点退货\n\n- 甲\n- 乙\n\n见 [规则](https://example.com/r) 或 http://example.org/a。\n<i>不是标签</i>"
    widget_server.answer = lambda _: {"text": text}
    widget.open()
    widget.send("退货")
    bubble = widget.part("message-bot").nth(1)
    expect(bubble.locator("ol > li")).to_have_text(["打开 我的订单", "点退货"])
    expect(bubble.locator("ul > li")).to_have_text(["甲", "乙"])
    expect(bubble.locator("strong")).to_have_text("我的订单")
    assert bubble.locator("a").evaluate_all("all => all.map(a => [a.href, a.rel])") == [
        ["https://example.com/r", "noopener noreferrer nofollow"],
        ["http://example.org/a", "noopener noreferrer nofollow"],
    ]
    expect(bubble).to_contain_text("<i>不是标签</i>")


@pytest.mark.parametrize("hostile", [HOSTILE[0], *(pytest.param(h, marks=pytest.mark.long) for h in HOSTILE[1:])])
def test_markup_in_any_field_shows_as_text(widget: WidgetPage, widget_server: WidgetServer, hostile: str) -> None:
    widget.page.on("dialog", lambda dialog: pytest.fail("a message ran a script"))
    widget_server.answer = lambda _: {
        "text": hostile,
        "author_name": hostile,
        "buttons": [{"title": hostile, "payload": hostile}],
    }
    widget.open()
    widget.send(hostile)
    expect(widget.part("quick-reply")).to_have_text(hostile)
    widget_server.set_status(mode="human", agent=hostile)
    widget_server.say(hostile, author="agent", author_name=hostile)
    widget_server.say(hostile, kind="notice", author="system", meta={"code": "taken"})
    expect(widget.part("notice")).to_have_text(hostile)
    expect(widget.part("agent-name")).to_have_text(hostile)
    expect(widget.part("message-customer")).to_contain_text(hostile)
    expect(widget.part("message-agent")).to_contain_text(hostile)
    made = widget.page.evaluate(
        "document.querySelector('baton-chat').shadowRoot"
        ".querySelectorAll('img, script, [onload], [onclick], a:not([href^=http])').length"
    )
    assert made == 0
    assert widget.complaints == []


@pytest.mark.parametrize(
    ("path", "place", "serves", "thanks"),
    [
        ("/demo/", "您排在第 2 位", "林晓 正在为您服务", "感谢您的评价"),
        pytest.param(
            *("/demo/en.html", "You are number 2 in line", "林晓 is helping you", "Thank you"), marks=pytest.mark.long
        ),
    ],
)
def test_the_way_to_a_person_and_the_rating(
    context: BrowserContext, widget_server: WidgetServer, path: str, place: str, serves: str, thanks: str
) -> None:
    widget = open_tab(context, widget_server, path)
    widget.open()
    widget.part("human").click()
    expect(widget.part("queue")).to_contain_text(place)
    expect(widget.part("human")).to_be_hidden()
    widget_server.set_status(mode="human", agent="林晓", queue=None)
    expect(widget.part("agent-name")).to_have_text("林晓")
    expect(widget.part("status")).to_have_text(serves)
    widget_server.say("您好，我是林晓。", author="agent", author_name="林晓")
    expect(widget.part("message-agent")).to_contain_text("您好，我是林晓。")
    widget_server.set_status(mode="closed", agent=None)
    widget_server.say("本次服务已结束。", kind="notice", author="system", meta={"code": "closed"})
    widget.part("rating-5").check()
    widget.part("reason-kind").check()
    widget.part("rating-comment").fill("很耐心")
    widget.part("rating-send").click()
    widget.part("recommend-9").check()
    widget.part("recommend-send").click()
    expect(widget.part("rating-thanks")).to_contain_text(thanks)
    assert widget_server.posts[1:] == [
        ("rating", {"score": 5, "reason": "kind", "comment": "很耐心"}),
        ("recommendation", {"score": 9}),
    ]
    widget.page.reload()
    expect(widget.part("message-agent")).to_be_visible()
    expect(widget.part("rating-send")).to_have_count(0)
    assert widget.complaints == []


def test_one_may_leave_the_line(widget: WidgetPage) -> None:
    widget.open()
    widget.part("human").click()
    widget.part("leave-queue").click()
    expect(widget.part("queue")).to_have_count(0)
    expect(widget.part("human")).to_be_visible()
    expect(widget.part("status")).to_have_text("智能助手在线")


@pytest.mark.long
def test_typing_is_shown_until_the_answer(widget: WidgetPage, widget_server: WidgetServer) -> None:
    widget_server.answer = lambda text: None
    widget.open()
    expect(widget.part("status")).to_have_text("智能助手在线")  # the line is open: typing is never queued
    widget.send("在吗")
    widget.expect_messages(widget_server, "在吗")
    widget_server.set_status(bot_typing=True)
    expect(widget.part("typing")).to_be_visible()
    widget_server.say("在的。")
    expect(widget.part("typing")).to_be_hidden()
    widget_server.until(lambda: {"type": "typing"} in widget_server.frames)


def test_unread_answers_are_counted_on_the_launcher(widget: WidgetPage, widget_server: WidgetServer) -> None:
    widget.open()
    widget.send("你好")
    widget.expect_messages(widget_server, "你好", "收到：你好")
    widget.part("close").click()
    widget_server.say("还有一件事")
    widget_server.say("请看")
    expect(widget.part("badge")).to_have_text("2")
    expect(widget.part("launcher")).to_have_attribute("aria-label", "打开客服对话，2 条未读消息")
    widget.page.reload()
    expect(widget.part("badge")).to_have_text("2")
    widget.part("launcher").click()
    expect(widget.part("badge")).to_be_hidden()


@pytest.mark.long
def test_the_length_limit_is_counted_in_characters(widget: WidgetPage, widget_server: WidgetServer) -> None:
    widget.open()
    widget.part("input").fill("😀" * 4003)
    expect(widget.part("counter")).to_have_text("超出 3 字")
    expect(widget.part("send")).to_be_disabled()
    widget.part("input").fill("😀" * 4000)
    expect(widget.part("send")).to_be_enabled()
    widget.part("send").click()
    widget_server.until(lambda: bool(widget_server.conversations) and widget_server.customer_texts() == ["😀" * 4000])


def test_a_question_on_the_host_page_is_asked_in_the_chat(widget: WidgetPage, widget_server: WidgetServer) -> None:
    widget.page.get_by_role("button", name="怎么开发票？").click()
    widget.expect_messages(widget_server, "怎么开发票？", "收到：怎么开发票？")
