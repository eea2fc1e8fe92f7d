"""A customer at the real widget and an agent at the real console, each seeing what the other does."""

from __future__ import annotations

import pytest
from console_desk import Desk, browser, claim, desk, reply, server
from playwright.sync_api import Page, expect

__all__ = ["browser", "desk", "server"]  # fixtures

pytestmark = pytest.mark.browser


def customer_at_the_shop(desk: Desk, locale: str = "zh-CN") -> Page:
    """A browser in the demo shop with the chat open, waiting for a person."""
    page = desk.page(locale)
    page.goto(desk.server.origin + ("/demo/" if locale == "zh-CN" else "/demo/en.html"))
    page.get_by_test_id("launcher").click()
    page.get_by_test_id("human").click()
    expect(page.get_by_test_id("queue")).to_be_visible()
    return page


def conversation_of(shop: Page) -> str:
    key = "Object.keys(localStorage).find(name => name.endsWith(':session'))"
    return str(shop.evaluate(f"JSON.parse(localStorage.getItem({key})).id"))


def test_each_side_sees_that_the_other_has_read(desk: Desk) -> None:
    shop = customer_at_the_shop(desk)
    console = desk.signed_in(desk.lin)
    claim(console, conversation_of(shop))
    mine = shop.locator(".row.customer").last
    expect(mine.get_by_test_id("read")).to_have_text("已读")
    shop.get_by_test_id("close").click()  # the chat is shut: what comes now is not read
    reply(console, "您好，我是林小雨。")
    expect(shop.get_by_test_id("badge")).to_have_text("1")
    expect(console.get_by_test_id("read")).to_have_count(0)
    shop.get_by_test_id("launcher").click()
    line = console.locator(".message.from-agent").last
    expect(line.get_by_test_id("read")).to_contain_text("已读")
    shop.get_by_test_id("input").fill("收到，谢谢")
    shop.get_by_test_id("send").click()
    expect(shop.locator(".row.customer").last.get_by_test_id("read")).to_have_text("已读")
    expect(shop.get_by_test_id("read")).to_have_count(1)
    assert desk.problems == []
