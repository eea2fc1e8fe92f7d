"""The widget and the page it stands on: commands, events, signed identity, and rules that must not reach in."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect
from widget_page import WidgetPage, listen_to, open_tab
from widget_server import WidgetServer

pytestmark = pytest.mark.browser

LISTEN = """() => {
  window.told = [];
  for (const name of ['open', 'close', 'message', 'unread', 'handoff', 'rating', 'identified', 'error']) {
    document.addEventListener(`baton:${name}`, ({ detail }) => told.push([name, detail]));
  }
}"""


def told(widget: WidgetPage, name: str) -> list[Any]:
    found: list[Any] = widget.page.evaluate(
        "name => told.filter(([one]) => one === name).map(([, detail]) => detail)", name
    )
    return found


def proof(subject: str, number: int = 1) -> str:
    body = base64.urlsafe_b64encode(json.dumps({"sub": subject, "jti": number}).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJIUzI1NiJ9.{body}.signature"


def test_the_page_hears_what_happens(widget: WidgetPage, widget_server: WidgetServer) -> None:
    widget.page.evaluate(LISTEN)
    widget.page.evaluate("baton.push(['ask', '你好'])")
    widget.expect_messages(widget_server, "你好", "收到：你好")
    widget.page.evaluate("baton.push(['close'])")
    widget_server.say("在吗")
    expect(widget.part("badge")).to_have_text("1")
    widget_server.set_status(mode="human", agent="林晓")
    widget.page.evaluate("document.querySelector('baton-chat').toggle()")
    expect(widget.part("agent-name")).to_have_text("林晓")
    assert [one["text"] for one in told(widget, "message")] == ["你好", "收到：你好", "在吗"]
    assert told(widget, "unread")[-2:] == [{"count": 1}, {"count": 0}]
    assert told(widget, "handoff") == [{"mode": "human", "agent": "林晓"}]
    assert len(told(widget, "open")) == 2
    assert len(told(widget, "close")) == 1


@pytest.mark.long
def test_commands_given_before_the_script_are_carried_out(context: BrowserContext, widget_server: WidgetServer) -> None:
    context.add_init_script("window.baton = [['ask', '先问的问题']]")
    widget = open_tab(context, widget_server)
    widget.expect_messages(widget_server, "先问的问题", "收到：先问的问题")


def test_a_proof_is_sent_once_for_a_customer(context: BrowserContext, widget_server: WidgetServer) -> None:
    widget = open_tab(context, widget_server)
    widget.page.evaluate(LISTEN)
    widget.page.evaluate("proof => baton.push(['identify', proof])", proof("user-17"))
    widget.open()
    widget.send("登录后的问题")
    widget.expect_messages(widget_server, "登录后的问题", "收到：登录后的问题")
    assert len(told(widget, "identified")) == 1
    widget.page.reload()
    widget.page.evaluate("proof => baton.push(['identify', () => Promise.resolve(proof)])", proof("user-17", 2))
    widget.expect_messages(widget_server, "登录后的问题", "收到：登录后的问题")
    assert widget_server.identities == [proof("user-17")]


@pytest.mark.long
def test_another_customer_at_the_same_browser_sees_nothing_of_the_first(
    context: BrowserContext, widget_server: WidgetServer
) -> None:
    widget = open_tab(context, widget_server)
    widget.page.evaluate("proof => baton.push(['identify', proof])", proof("first"))
    widget.open()
    widget.send("第一个人的话")
    widget.expect_messages(widget_server, "第一个人的话", "收到：第一个人的话")
    widget.page.evaluate("proof => baton.push(['identify', proof])", proof("second"))
    widget.expect_messages(widget_server)
    assert widget_server.identities == [proof("first"), proof("second")]
    widget.send("第二个人的话")
    widget.expect_messages(widget_server, "第二个人的话", "收到：第二个人的话")
    widget.page.evaluate("baton.push(['identify', () => null])")
    widget.expect_messages(widget_server)


@pytest.mark.long
def test_signing_out_forgets_the_conversation(context: BrowserContext, widget_server: WidgetServer) -> None:
    widget = open_tab(context, widget_server)
    widget.page.evaluate("proof => baton.push(['identify', proof])", proof("user-17"))
    widget.open()
    widget.send("我的秘密")
    widget.expect_messages(widget_server, "我的秘密", "收到：我的秘密")
    widget.page.evaluate("document.querySelector('baton-chat').logout()")
    widget.expect_messages(widget_server)
    assert ("session/end", {}) in widget_server.posts
    stored = widget.page.evaluate("JSON.stringify(localStorage)")
    assert "user-17" not in stored and "我的秘密" not in stored


@pytest.mark.long
def test_a_proof_that_is_refused_leaves_an_anonymous_chat(context: BrowserContext, widget_server: WidgetServer) -> None:
    widget = open_tab(context, widget_server)
    widget.page.evaluate(LISTEN)
    widget_server.refuse("identity", "identity_refused", "登录身份没有通过验证。")
    widget.page.evaluate("proof => baton.push(['identify', proof])", proof("user-17"))
    widget.open()
    widget.send("还是可以问")
    widget.expect_messages(widget_server, "还是可以问", "收到：还是可以问")
    assert told(widget, "error") == [{"code": "identity_refused", "message": "登录身份没有通过验证。"}]
    assert told(widget, "identified") == []


def test_a_hostile_page_neither_moves_nor_hides_it(context: BrowserContext, widget_server: WidgetServer) -> None:
    widget = open_tab(context, widget_server)
    widget.page.evaluate("""() => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(`* { transform: translateX(300px); opacity: .2; filter: blur(3px); font-size: 40px !important }
        baton-chat { display: none; contain: strict } section, button { display: none !important }`);
      document.adoptedStyleSheets = [sheet];
      document.body.style.transform = 'none';
      document.documentElement.style.transform = 'none';
    }""")
    widget.open()
    box = widget.part("launcher").bounding_box()
    assert box is not None and box["x"] + box["width"] <= 1280
    style = "node => (s => [s.opacity, s.filter, s.transform, s.display])(getComputedStyle(node))"
    assert widget.page.locator("baton-chat").evaluate(style) == ["1", "none", "none", "block"]
    widget.page.evaluate("() => { document.querySelector('baton-chat').hidden = true; }")
    expect(widget.part("launcher")).to_be_hidden()


@pytest.mark.long
def test_the_widget_leaves_nothing_behind_in_the_page(context: BrowserContext, widget_server: WidgetServer) -> None:
    page = context.new_page()
    listen_to(page)
    page.goto(widget_server.origin + "/demo/art/logo.svg")
    before = set(page.evaluate("Object.keys(window)"))
    page.goto(widget_server.origin + "/demo/")
    page.get_by_test_id("launcher").wait_for()
    assert set(page.evaluate("Object.keys(window)")) - before == {"baton"}
    page.evaluate("document.querySelector('baton-chat').remove()")
    assert page.locator("baton-chat").count() == 0


def test_the_example_page_shows_commands_events_and_looks(context: BrowserContext, widget_server: WidgetServer) -> None:
    widget = open_tab(context, widget_server, "/demo/embed.html")
    page = widget.page
    page.get_by_role("button", name="问：怎么开发票？").click()
    widget.expect_messages(widget_server, "怎么开发票？", "收到：怎么开发票？")
    log = page.get_by_role("log", name="事件 Events")
    for name in ("ready", "open", "message"):
        expect(log).to_contain_text(f"baton:{name}")
    page.get_by_label("主题 Theme").select_option("dark")
    page.get_by_label("位置 Side").select_option("left")
    box = widget.part("panel").bounding_box()
    assert box is not None and box["x"] < 100
    page.get_by_label("证明 Proof").fill(proof("user-17"))
    page.get_by_role("button", name="登录 Identify").click()
    expect(log).to_contain_text("baton:identified")
    page.get_by_role("button", name="收起 Close").click()
    expect(widget.part("panel")).to_be_hidden()
    assert widget_server.identities == [proof("user-17")]
    assert widget.complaints == []
