"""The widget by keyboard, on a phone, under a strict policy, inside a hostile page, and its weight."""

from __future__ import annotations

import subprocess
import sys

import pytest
from playwright.sync_api import Browser, BrowserContext, ViewportSize, expect
from widget_page import WidgetPage, open_tab
from widget_server import CSP, STATIC, WidgetServer

pytestmark = pytest.mark.browser

ACTIVE = "() => document.querySelector('baton-chat').shadowRoot.activeElement?.dataset.testid"
PHONE = ViewportSize(width=390, height=780)


def test_the_script_is_built_from_its_sources_and_light_enough() -> None:
    built = subprocess.run(
        [sys.executable, str(STATIC / "widget" / "build.py"), "--check"], capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stderr


def test_everything_works_by_keyboard(widget: WidgetPage, widget_server: WidgetServer) -> None:
    keyboard = widget.page.keyboard
    widget.part("launcher").focus()
    keyboard.press("Enter")
    expect(widget.part("input")).to_be_focused()
    keyboard.type("第一行")
    keyboard.press("Shift+Enter")
    keyboard.type("第二行")
    keyboard.press("Enter")
    widget.expect_messages(widget_server, "第一行\n第二行", "收到：第一行\n第二行")
    assert widget_server.customer_texts() == ["第一行\n第二行"]
    keyboard.press("Shift+Tab")
    assert widget.page.evaluate(ACTIVE) == "attach"
    keyboard.press("Shift+Tab")
    assert widget.page.evaluate(ACTIVE) == "human"
    keyboard.press("Space")
    expect(widget.part("queue")).to_be_visible()
    expect(widget.part("input")).to_be_focused()
    keyboard.press("Escape")
    expect(widget.part("panel")).to_be_hidden()
    expect(widget.part("launcher")).to_be_focused()


@pytest.mark.long
def test_enter_that_ends_a_composition_does_not_send(widget: WidgetPage, widget_server: WidgetServer) -> None:
    widget.open()
    widget.part("input").fill("nihao")
    widget.part("input").dispatch_event(
        "keydown", {"key": "Enter", "isComposing": True, "bubbles": True, "composed": True}
    )
    expect(widget.part("input")).to_have_value("nihao")
    widget.part("input").press("Enter")
    expect(widget.part("input")).to_have_value("")
    widget.expect_messages(widget_server, "nihao", "收到：nihao")


def test_on_a_phone_it_fills_the_screen_and_keeps_the_focus(chromium: Browser, widget_server: WidgetServer) -> None:
    context = chromium.new_context(viewport=PHONE, has_touch=True, is_mobile=True)
    widget = open_tab(context, widget_server)
    widget.part("launcher").tap()
    expect(widget.part("panel")).to_have_attribute("aria-modal", "true")
    assert widget.part("panel").bounding_box() == {"x": 0, "y": 0, **PHONE}
    expect(widget.part("launcher")).to_be_hidden()
    seen = set()
    for _ in range(12):
        widget.page.keyboard.press("Tab")
        seen.add(widget.page.evaluate(ACTIVE))
        assert widget.page.evaluate("document.activeElement.localName") == "baton-chat"
    assert {"close", "human", "input"} <= seen
    for part in ("send", "close"):
        box = widget.part(part).bounding_box()
        assert box is not None and min(box["width"], box["height"]) >= 44
    assert widget.page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    context.close()


@pytest.mark.long
def test_names_and_roles_are_there_for_a_screen_reader(widget: WidgetPage, widget_server: WidgetServer) -> None:
    widget.open()
    page = widget.page
    expect(page.get_by_role("dialog", name="青禾客服")).to_be_visible()
    expect(page.get_by_role("log", name="对话记录")).to_have_attribute("aria-live", "polite")
    for name in ("收起对话", "发送", "转人工"):
        assert page.get_by_role("button", name=name).count() >= 1
    expect(page.get_by_role("textbox", name="输入消息")).to_be_visible()
    widget.send("你好")
    widget.expect_messages(widget_server, "你好", "收到：你好")
    expect(widget.part("message-bot").last).to_contain_text("智能助手说：")


def test_no_inline_script_or_style_under_a_strict_policy(context: BrowserContext, widget_server: WidgetServer) -> None:
    widget = open_tab(context, widget_server)
    answer = widget.page.request.get(widget_server.origin + "/demo/")
    assert answer.headers["content-security-policy"] == CSP
    widget.open()
    widget.send("你好")
    widget.expect_messages(widget_server, "你好", "收到：你好")
    assert (
        widget.page.evaluate(
            "getComputedStyle(document.querySelector('baton-chat').shadowRoot.querySelector('.panel')).position"
        )
        == "fixed"
    )
    assert widget.complaints == []


@pytest.mark.long
def test_the_host_pages_style_does_not_reach_in(context: BrowserContext, widget_server: WidgetServer) -> None:
    widget = open_tab(context, widget_server)
    widget.page.evaluate("""() => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(`* { font-size: 40px !important; color: red; border-radius: 0 } button { display: none }
        body { text-align: right; letter-spacing: 9px }`);
      document.adoptedStyleSheets = [sheet];
    }""")
    widget.open()
    style = widget.part("send").evaluate(
        "node => (s => [s.display, s.letterSpacing, s.fontSize])(getComputedStyle(node))"
    )
    assert style == ["grid", "normal", "15px"]


@pytest.mark.long
@pytest.mark.parametrize(("colour", "words"), [("#ffd54d", "rgb(16, 32, 29)"), ("#3b2a8c", "rgb(255, 255, 255)")])
def test_a_site_sets_the_colour_and_words_stay_readable(
    context: BrowserContext, widget_server: WidgetServer, colour: str, words: str
) -> None:
    widget = open_tab(context, widget_server)
    widget.page.evaluate("colour => document.querySelector('baton-chat').setAttribute('color', colour)", colour)
    assert widget.part("launcher").evaluate("node => getComputedStyle(node).color") == words
    widget.page.evaluate("() => document.querySelector('baton-chat').setAttribute('color', 'red; } * { display: none')")
    expect(widget.part("launcher")).to_be_visible()


@pytest.mark.long
def test_dark_mode_follows_the_system(chromium: Browser, widget_server: WidgetServer) -> None:
    context = chromium.new_context(color_scheme="dark", reduced_motion="reduce")
    widget = open_tab(context, widget_server)
    widget.open()
    assert widget.part("panel").evaluate(
        "node => [getComputedStyle(node).backgroundColor, getComputedStyle(node).animationName]"
    ) == [
        "rgb(16, 23, 22)",
        "none",
    ]
    context.close()
