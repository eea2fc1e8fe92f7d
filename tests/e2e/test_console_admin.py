"""Administration in a real browser: people, own account with a second factor, sessions, texts, the audit trail, and
every page of the console looked over by axe in both languages, dark, and on a phone."""

from __future__ import annotations

import re
import time

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from console_desk import Desk, browser, claim, desk, line_of, server, sign_in
from console_server import PASSWORD
from playwright.sync_api import Page, expect

from handoff.conversation import Agent, Role

pytestmark = pytest.mark.browser

__all__ = ["browser", "desk", "server"]  # fixtures

XSS = '"><img src=x onerror=alert(1)>{{7*7}}'
PAGES = ("followups", "replies", "settings", "widget", "people", "audit", "account")


def admin_of(desk: Desk) -> Agent:
    return desk.server.agent(f"boss-{desk.lin.id[:6]}", f"陈静{XSS}"[:60], Role.ADMIN)


def serious(page: Page) -> list[str]:
    """What axe finds that would keep somebody out."""
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found if one["impact"] in ("serious", "critical")
    ]


def test_an_administrator_makes_changes_resets_and_disables_an_account(desk: Desk) -> None:
    page = desk.signed_in(admin_of(desk))
    name = f"new-{desk.lin.id[:6]}"
    page.get_by_test_id("nav-people").click()
    page.get_by_test_id("person-new").click()
    page.get_by_test_id("p-name").fill(name)
    page.get_by_test_id("p-display").fill(XSS)
    page.get_by_test_id("p-password").fill("short")
    page.get_by_test_id("person-save").click()
    expect(page.get_by_test_id("person-error")).to_contain_text("10")
    page.get_by_test_id("p-password").fill(PASSWORD)
    page.get_by_test_id("p-skills").fill("退款，售后")
    page.get_by_test_id("person-save").click()
    row = page.locator(f'[data-person="{name}"]')
    expect(row).to_contain_text(XSS)
    expect(row).to_contain_text("售后")
    fresh = desk.page()
    fresh.goto(desk.server.origin + "/console/login")
    sign_in(fresh, name, PASSWORD)
    fresh.get_by_test_id("queue").wait_for()
    row.get_by_test_id("person-edit").click()
    expect(page.get_by_test_id("session")).to_have_count(1)
    page.get_by_test_id("p-role").select_option("supervisor")
    page.get_by_test_id("person-save").click()
    expect(row).to_contain_text("主管")
    row.get_by_test_id("person-edit").click()
    page.get_by_test_id("person-state").click()
    page.get_by_test_id("person-sure").click()
    expect(row).to_contain_text("已停用")
    fresh.goto(desk.server.origin + "/console/")
    expect(fresh).to_have_url(re.compile("/console/login"))
    page.get_by_test_id("nav-audit").click()
    expect(page.get_by_test_id("audit-line").first).to_contain_text("停用账号")
    assert desk.problems == []


@pytest.mark.long
def test_the_second_factor_is_set_up_asked_for_and_turned_off(desk: Desk) -> None:
    page = desk.signed_in(desk.lin)
    page.goto(desk.server.origin + "/console/account")
    page.get_by_test_id("factor-begin").click()
    totp = pyotp.TOTP(page.get_by_test_id("factor-secret").inner_text().replace(" ", ""))
    # The step before, so that the code of now is still unused.
    page.get_by_test_id("factor-code").fill(totp.at(int(time.time()) - 30))
    page.get_by_test_id("factor-confirm").click()
    expect(page.get_by_test_id("factor-state")).to_have_text("已开启")
    codes = page.get_by_test_id("recovery-codes").locator("code").all_inner_texts()
    assert len(codes) == 10
    again = desk.page()
    again.goto(desk.server.origin + "/console/login")
    sign_in(again, desk.lin.name, PASSWORD)
    expect(again.get_by_test_id("login-message")).to_contain_text("动态码")
    problems, desk.problems = desk.problems, []
    assert all("401" in one for one in problems), problems  # the browser notes each refused sign-in
    again.get_by_test_id("login-code").fill(totp.now())
    again.get_by_test_id("login-submit").click()
    again.get_by_test_id("queue").wait_for()
    page.get_by_test_id("factor-code").fill(codes[0])
    page.get_by_test_id("factor-off").click()
    expect(page.get_by_test_id("factor-state")).to_have_text("未开启")
    assert desk.problems == []


@pytest.mark.long
def test_the_own_password_is_changed_and_other_sessions_are_ended(desk: Desk) -> None:
    page, other = desk.signed_in(desk.wang, locale="en-GB"), desk.signed_in(desk.wang)
    page.goto(desk.server.origin + "/console/account")
    expect(page.get_by_test_id("session")).to_have_count(2)
    page.get_by_test_id("end-others").click()
    expect(page.get_by_test_id("session")).to_have_count(1)
    other.goto(desk.server.origin + "/console/")
    expect(other).to_have_url(re.compile("/console/login"))
    page.get_by_test_id("old-password").fill("not this one")
    page.get_by_test_id("new-password").fill("another long one")
    page.get_by_test_id("new-password-again").fill("another long one")
    page.get_by_test_id("change-password").click()
    expect(page.get_by_test_id("error-toast")).to_contain_text("present password")
    page.get_by_test_id("old-password").fill(PASSWORD)
    page.get_by_test_id("change-password").click()
    expect(page.get_by_test_id("good-toast").filter(has_text="Password changed")).to_be_visible()
    assert desk.problems == []


def test_replies_and_forbidden_words_are_kept_on_their_pages_and_used_at_once(desk: Desk) -> None:
    mark = desk.lin.id[:6]
    conv_id = desk.waiting()
    page = desk.signed_in(admin_of(desk))
    page.goto(desk.server.origin + "/console/replies")
    page.get_by_test_id("reply-new").click()
    page.get_by_test_id("r-shortcut").fill(f"好{mark}")
    page.get_by_test_id("r-text").fill(f"{XSS} {{nickname}}")
    page.get_by_test_id("reply-save").click()
    expect(page.get_by_test_id("reply-error")).to_contain_text("{nickname}")
    page.get_by_test_id("r-text").fill(XSS)
    page.get_by_test_id("reply-save").click()
    expect(page.get_by_test_id("reply-line").filter(has_text=f"好{mark}")).to_contain_text("<img src=x")
    page.goto(desk.server.origin + "/console/settings")
    page.get_by_test_id("hours-edit").click()
    page.get_by_test_id("hours-as-yaml").click()
    kept = page.get_by_test_id("hours-text").input_value()
    page.get_by_test_id("hours-text").fill("calendars: {shop: {zone: Mars/Olympus, weekly: {}}}")
    page.get_by_test_id("hours-save").click()
    expect(page.get_by_test_id("error-toast")).to_contain_text("Mars/Olympus")
    page.get_by_test_id("hours-text").fill(kept + "# 注释\n")
    page.get_by_test_id("hours-save").click()
    expect(page.get_by_test_id("hours-version")).not_to_have_count(0)
    page.get_by_test_id("rule-new").click()
    page.get_by_test_id("w-word").fill(f"禁{mark}")
    page.get_by_test_id("w-alternative").fill(XSS)
    page.get_by_test_id("rule-save").click()
    expect(page.get_by_test_id("rule").filter(has_text=f"禁{mark}")).to_contain_text("<img src=x")
    agent = desk.signed_in(desk.lin)
    claim(agent, conv_id)
    agent.get_by_test_id("reply-input").fill(f"这是禁{mark}")
    expect(agent.get_by_test_id("wording-check")).to_contain_text("<img src=x")
    assert desk.problems == []


@pytest.mark.long
@pytest.mark.parametrize(
    ("look", "width", "locale", "pages"),
    [("zh.light.quiet", 1440, "zh-CN", PAGES), ("en.dark.quiet", 360, "en-GB", ("settings", "people"))],
)
def test_no_page_keeps_anybody_out_overflows_or_runs_what_people_wrote(
    desk: Desk, look: str, width: int, locale: str, pages: tuple[str, ...]
) -> None:
    conv_id = desk.waiting(XSS, slots={"order_number": XSS}, faq=[{"id": "x", "question": XSS, "score": 0.5}])
    page = desk.page(locale, width)
    page.context.add_cookies([{"name": "baton_ui", "value": look, "url": desk.server.origin}])
    page.goto(desk.server.origin + "/console/login")
    assert serious(page) == []
    sign_in(page, admin_of(desk).name, PASSWORD)
    page.get_by_test_id("queue").wait_for()
    claim(page, conv_id)
    assert serious(page) == []
    if width < 700:
        page.get_by_test_id("to-card").click()
        assert serious(page) == []
    for name in pages:
        page.goto(f"{desk.server.origin}/console/{name}")
        page.locator(".frame-main > *").first.wait_for()
        found = serious(page)
        assert found == [], f"{name}: {found}"
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
    page.goto(f"{desk.server.origin}/console/?c={conv_id}")
    expect(page.get_by_test_id("message").first).to_contain_text("<img src=x onerror")
    assert line_of(page, conv_id).count() <= 1
    assert desk.problems == []
