"""The widget against axe (WCAG 2.2 AA) in each of its states, light and dark, left and right, narrow and large."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from test_widget_files import PNG, choose
from widget_page import WidgetPage, open_tab
from widget_server import WidgetServer

pytestmark = pytest.mark.browser

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
RUN = """async () => {
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
  const found = await axe.run({ include: [['baton-chat']] }, { runOnly: { type: 'tag', values: tags } });
  return found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html + node.failureSummary).join()}`);
}"""
ENTRY: dict[str, Any] = {
    "text": "签收后 **7 天**内可退：\n1. 见 [规则](https://example.com/r)",
    "buttons": [{"title": "运费谁出？", "payload": "运费谁出？"}],
    "meta": {"entry_id": "returns-7days"},
}


def faults(page: Page) -> list[str]:
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(AXE)
    found: list[str] = page.evaluate(RUN)
    return found


def visit_all_states(widget: WidgetPage, server: WidgetServer) -> dict[str, list[str]]:
    """What axe finds in each state, by the state's name."""
    found = {"closed": faults(widget.page)}

    def check(state: str) -> None:
        found[state] = faults(widget.page)

    server.answer = lambda _: ENTRY
    widget.open()
    check("open")
    widget.send("怎么退货")
    widget.part("thumb-down").click()
    expect(widget.part("why")).to_be_visible()
    check("buttons and thumbs")
    choose(widget, ("收据.png", PNG), ("合同.pdf", b"%PDF-1.4"))
    expect(widget.part("send")).to_be_enabled()
    check("files chosen")
    server.answer = lambda _: None
    widget.part("send").click()
    expect(widget.part("picture")).to_be_visible()
    widget.part("human").click()
    expect(widget.part("queue")).to_be_visible()
    check("queue")
    server.set_status(service={"state": "nobody", "next_open": None, "leave_message": True})
    widget.part("leave-message").click()
    expect(widget.part("leave")).to_be_visible()
    check("message form")
    server.set_status(mode="human", agent="林晓", queue=None, service=None, typing=True)
    expect(widget.part("typing")).to_be_visible()
    server.say("您好，我是林晓。", author="agent", author_name="林晓")
    check("agent")
    server.set_status(mode="closed", agent=None)
    server.say("本次服务已结束。", kind="notice", author="system", meta={"code": "closed"})
    widget.part("rating-2").check()
    check("rating")
    widget.part("rating-send").click()
    widget.part("recommend-10").check()
    check("recommendation")
    widget.part("recommend-send").click()
    expect(widget.part("rating-thanks")).to_be_visible()
    check("thanks")
    return found


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.long)])
def test_axe_finds_nothing_in_any_state(chromium: Browser, widget_server: WidgetServer, scheme: Any) -> None:
    context = chromium.new_context(color_scheme=scheme, reduced_motion="reduce", viewport={"width": 360, "height": 740})
    context.set_default_timeout(15_000)
    widget = open_tab(context, widget_server)
    found = visit_all_states(widget, widget_server)
    assert {state: complaints for state, complaints in found.items() if complaints} == {}
    assert len(found) == 10
    assert widget.complaints == []
    context.close()


@pytest.mark.long
def test_right_to_left_pages_mirror_the_widget(context: BrowserContext, widget_server: WidgetServer) -> None:
    widget = open_tab(context, widget_server, "/demo/en.html")
    widget.page.emulate_media(reduced_motion="reduce")  # what fades in has not its full contrast yet
    widget.page.evaluate("() => { document.documentElement.dir = 'rtl'; }")
    widget.open()
    widget_server.answer = lambda _: {**ENTRY, "text": "مرحبا بكم في المتجر"}
    widget.send("שלום")
    expect(widget.part("thumb-up")).to_be_visible()
    assert faults(widget.page) == []
    panel, send, close = (widget.part(name).bounding_box() for name in ("panel", "send", "close"))
    assert panel and send and close
    assert panel["x"] < 100  # on the other side of the page
    assert send["x"] < panel["x"] + panel["width"] / 2
    assert close["x"] < panel["x"] + panel["width"] / 2
    arabic = widget.part("message-bot").last.locator("p")
    assert arabic.evaluate("node => getComputedStyle(node).direction") == "rtl"


@pytest.mark.long
def test_narrow_screens_and_large_letters_lose_nothing(chromium: Browser, widget_server: WidgetServer) -> None:
    context = chromium.new_context(
        viewport={"width": 320, "height": 568}, has_touch=True, is_mobile=True, reduced_motion="reduce"
    )
    widget = open_tab(context, widget_server, "/demo/en.html")
    widget_server.answer = lambda _: ENTRY
    widget.part("launcher").tap()
    widget.send("Pneumonoultramicroscopicsilicovolcanoconiosis" * 3)
    expect(widget.part("thumb-up")).to_be_visible()
    widget.page.evaluate(
        "() => { document.querySelector('baton-chat').shadowRoot.querySelector('.shell').style.fontSize = '32px'; }"
    )
    wide = widget.page.evaluate("""() => {
      const root = document.querySelector('baton-chat').shadowRoot;
      return [...root.querySelectorAll('.panel *')].filter((node) => node.getClientRects().length
        && !node.closest('.sr, svg') && node.getBoundingClientRect().right > innerWidth + 1)
        .map((node) => node.outerHTML);
    }""")
    assert wide == []
    for part in ("input", "send", "human", "close"):
        expect(widget.part(part)).to_be_in_viewport()
    assert faults(widget.page) == []
    context.close()


@pytest.mark.long
def test_the_keyboard_of_a_phone_leaves_the_field_in_sight(chromium: Browser, widget_server: WidgetServer) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 780}, has_touch=True, is_mobile=True)
    widget = open_tab(context, widget_server)
    widget.part("launcher").tap()
    widget.page.evaluate("""() => {
      Object.defineProperty(visualViewport, 'height', { value: 420 });
      Object.defineProperty(visualViewport, 'offsetTop', { value: 60 });
      visualViewport.dispatchEvent(new Event('resize'));
    }""")
    assert widget.part("panel").bounding_box() == {"x": 0, "y": 60, "width": 390, "height": 420}
    field = widget.part("input").bounding_box()
    assert field is not None and field["y"] + field["height"] <= 480
    context.close()
