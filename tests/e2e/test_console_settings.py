"""The settings pages as a supervisor uses them: hours and skills by form, and the chat with its preview."""

from __future__ import annotations

import pytest
from console_desk import Desk, browser, desk, server
from console_server import PASSWORD
from playwright.sync_api import Page, expect

from handoff.console.pages.texts.hours import as_yaml
from handoff.conversation import Role

__all__ = ["browser", "desk", "server"]  # fixtures

pytestmark = pytest.mark.browser


def settings_of(desk: Desk, path: str) -> Page:
    boss = desk.server.agent(f"su-{desk.lin.id[:6]}", "苏主管", Role.SUPERVISOR)
    page = desk.page()
    page.goto(f"{desk.server.origin}/console/login")
    page.get_by_test_id("login-name").fill(boss.name)
    page.get_by_test_id("login-password").fill(PASSWORD)
    page.get_by_test_id("login-submit").click()
    page.get_by_test_id("queue").wait_for()
    page.goto(f"{desk.server.origin}/console/{path}")
    return page


def test_hours_and_skills_are_set_by_form_and_the_file_says_the_same(desk: Desk) -> None:
    page, mark = settings_of(desk, "settings"), desk.lin.id[:6]
    page.get_by_test_id("hours-edit").click()
    page.get_by_test_id("calendar-add").click()
    page.get_by_test_id("cal-name").fill("夜班")
    page.get_by_test_id("cal-zone").fill("Mars/Olympus")
    monday = page.get_by_test_id("weekday").first
    monday.locator("input[type=time]").nth(0).fill("22:00")
    monday.locator("input[type=time]").nth(1).fill("02:00")
    expect(page.get_by_test_id("hours-problem")).to_contain_text("夜班 · 时区")
    page.get_by_test_id("cal-zone").fill("Asia/Tokyo")
    page.get_by_test_id("copy-week").click()
    page.get_by_test_id("add-holiday").click()
    day = page.get_by_test_id("special-day")
    day.locator("input[type=date]").nth(0).fill("2030-10-01")
    day.locator("input[type=date]").nth(1).fill("2030-10-07")
    day.get_by_placeholder("名称").fill("国庆节")
    page.get_by_test_id("add-worked").click()
    expect(page.get_by_test_id("hours-problem")).to_have_count(0)
    expect(page.get_by_test_id("cal-state")).to_contain_text("现在")
    page.get_by_test_id("cal-default").select_option("夜班")
    page.get_by_test_id("hours-save").click()
    expect(page.get_by_test_id("hours-version").first).to_contain_text("苏主管")
    written = desk.server.call(desk.server.services.team.hours()).body
    night = written["calendars"]["夜班"]
    assert (written["default"], night["zone"], night["weekly"]) == ("夜班", "Asia/Tokyo", {"mon-fri": ["22:00-02:00"]})
    assert night["holidays"] == [{"from": "2030-10-01", "to": "2030-10-07", "name": "国庆节"}]
    assert night["extra"] == [{"date": "2030-10-08", "hours": ["09:00-18:00"]}]
    page.get_by_test_id("hours-as-yaml").click()
    expect(page.get_by_test_id("hours-text")).to_have_value(as_yaml(written))
    page.get_by_test_id("new-skill").fill(f"退款{mark}")
    page.get_by_test_id("add-skill").click()
    page.get_by_label(f"林小雨 · 退款{mark}").first.check()
    desk.until(lambda: f"退款{mark}" in desk.server.call(desk.server.services.team.skills()))
    assert desk.problems == []


def test_the_chat_is_dressed_beside_the_real_one_and_the_shop_shows_it(desk: Desk) -> None:
    page = settings_of(desk, "widget")
    chat = page.frame_locator("[data-testid=w-preview]")
    page.get_by_test_id("w-color").fill("#d1495b")
    page.get_by_test_id("w-better").click()
    expect(page.get_by_test_id("w-contrast")).to_contain_text("清楚")
    colour = page.get_by_test_id("w-color").input_value()
    title = f'<b>青禾</b>"{desk.lin.id[:6]}'
    page.get_by_test_id("w-title").fill(title)
    page.get_by_test_id("w-greeting").fill("<img src=x onerror=alert(1)> 您好")
    page.get_by_test_id("w-suggestions").fill("怎么退货？\n\n发票")
    expect(chat.locator("#title")).to_have_text(title)
    expect(chat.get_by_test_id("quick-reply")).to_have_text(["怎么退货？", "发票"])
    page.get_by_test_id("w-position").select_option("left")
    page.get_by_test_id("w-sites").fill("shop.example.com")
    expect(page.get_by_test_id("w-sites-bad")).to_contain_text("shop.example.com")
    page.get_by_test_id("widget-save").click()
    expect(page.get_by_test_id("error-toast")).to_contain_text("https://")
    page.get_by_test_id("w-sites").fill("https://shop.example.com")
    page.get_by_test_id("widget-save").click()
    expect(page.get_by_test_id("w-version").first).to_contain_text("苏主管")
    expect(page.get_by_test_id("widget-save")).to_be_disabled()
    assert "https://shop.example.com" in desk.server.services.widget.sites
    shop = desk.page("en-US")
    shop.goto(f"{desk.server.origin}/demo/preview.html")  # a page that says nothing of its own
    shop.evaluate("postMessage({ lang: 'zh' }, location.origin)")
    expect(shop.get_by_test_id("message-bot")).to_contain_text("<img src=x onerror=alert(1)> 您好")
    expect(shop.locator(".shell.left")).to_be_attached()
    worn = shop.get_by_test_id("launcher").evaluate("node => getComputedStyle(node).backgroundColor")
    assert worn == f"rgb({', '.join(str(int(colour[at : at + 2], 16)) for at in (1, 3, 5))})"
    page.goto(f"{desk.server.origin}/console/audit")
    expect(page.get_by_test_id("audit-line").first).to_contain_text("修改客服窗口")
    assert desk.problems == []
