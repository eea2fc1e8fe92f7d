"""The supervisor's history in a real browser: from a figure to its meaning, its conversations and a file."""

from __future__ import annotations

import io
import time
from urllib.parse import parse_qs, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from console_desk import Desk, browser, desk, server
from console_server import ConsoleServer
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from handoff.conversation import Role
from tests.support.past import DAY, Past

pytestmark = pytest.mark.browser

__all__ = ["browser", "desk", "server"]  # fixtures

XSS = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module", autouse=True)
def month_behind(server: ConsoleServer) -> None:
    """What happened lately; an agent and a skill have strange names."""
    past = Past(11, time.time() - 29 * DAY, 27).conversations(60)
    for rows in past.rows.values():
        for row in rows:
            row.update({"display_name": XSS} if row.get("display_name") == "Lin" else {})
            row.update({"skill": XSS} if row.get("skill") == "refund" else {})
    server.services.db.write_now(lambda conn: past.write(conn))


def history(desk: Desk, locale: str = "zh-CN", width: int = 1440, asked: str = "?period=30d") -> Page:
    boss = desk.server.agent(f"boss-{desk.lin.id[:6]}", "周主管", Role.SUPERVISOR)
    page = desk.signed_in(boss, locale, width)
    page.goto(f"{desk.server.origin}/console/history{asked}")
    expect(page.get_by_test_id("history-chart").locator("svg")).to_be_visible()
    return page


def asked_of(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def test_a_supervisor_goes_from_a_figure_to_the_conversations_behind_it(desk: Desk) -> None:
    page = history(desk)
    total = page.get_by_test_id("draw-conversations").inner_text()
    assert int(total.replace(",", "")) > 20
    page.get_by_test_id("figure-first_contact").get_by_test_id("definition-button").click()
    expect(page.get_by_test_id("definition").filter(visible=True)).to_contain_text("7 天内同一客户没有新的转人工")
    page.keyboard.press("Escape")
    page.get_by_test_id("history-by").select_option("agent")
    line = page.get_by_test_id("history-line").filter(has_text=XSS)
    expect(line).to_be_visible()
    page.get_by_test_id("draw-resolution").click()
    assert asked_of(page) == {"period": ["30d"], "by": ["agent"], "figure": ["resolution"]}
    line.get_by_role("button", name="解决时间（中位数）").click()
    rows = page.get_by_test_id("behind-row")
    expect(rows.first).to_contain_text(XSS)
    with page.expect_download() as download:
        page.get_by_test_id("behind-xlsx").click()
    (sheet,) = load_workbook(io.BytesIO(download.value.path().read_bytes())).worksheets
    assert sheet.max_row == rows.count() + 1
    conversation = rows.first.get_by_role("link")
    target = str(conversation.get_attribute("href"))
    conversation.click()
    expect(page.get_by_test_id("thread")).to_contain_text("…")
    assert parse_qs(urlsplit(page.url).query)["c"] == [target.removeprefix("./?c=")]
    expect(page.get_by_test_id("reply-input")).to_have_count(0)  # looking changes nothing
    assert desk.problems == []


@pytest.mark.long
def test_days_of_ones_own_are_kept_in_the_address_and_nonsense_is_told(desk: Desk) -> None:
    page = history(desk, "en-US")
    page.get_by_test_id("period-custom").click()
    first = page.get_by_test_id("period-first").input_value()
    page.get_by_test_id("period-last").fill(first)
    page.get_by_test_id("period-show").click()
    expect(page.get_by_test_id("history-line")).to_have_count(1)
    assert asked_of(page)["last"] == [first]
    page.reload()
    expect(page.get_by_test_id("period-said")).to_contain_text(first)
    page.get_by_test_id("period-last").fill("2019-01-01")
    page.get_by_test_id("period-show").click()
    expect(page.get_by_test_id("history-problem")).to_contain_text("This period cannot be shown")
    desk.problems[:] = [one for one in desk.problems if "422" not in one]  # the browser notes the refusal
    page.get_by_test_id("period-7d").click()
    expect(page.get_by_test_id("history-line")).to_have_count(7)
    page.get_by_test_id("which-rest").wait_for(state="detached")
    page.get_by_test_id("behind-first_response_share").click()
    counted = page.get_by_test_id("behind").get_by_text("conversations").first.inner_text()
    page.get_by_test_id("which-rest").click()
    expect(page.get_by_test_id("behind").get_by_text(counted, exact=True)).to_have_count(0)
    assert desk.problems == []


@pytest.mark.long
@pytest.mark.parametrize("locale", ["zh-CN", "en-US"])
@pytest.mark.parametrize("width", [360, 1440, 3840])
@pytest.mark.parametrize("dark", [False, True])
def test_everybody_can_read_it(desk: Desk, locale: str, width: int, dark: bool) -> None:
    page = history(desk, locale, width)
    if dark:
        page.get_by_test_id("menu").click()
        page.get_by_test_id("dark-switch").click()
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        page.keyboard.press("Escape")
    for step in ("page", "definition", "behind"):
        if step == "definition":
            page.get_by_test_id("figure-nps").get_by_test_id("definition-button").click()
        elif step == "behind":
            page.keyboard.press("Escape")
            page.get_by_test_id("behind-handoffs").click()
            page.get_by_test_id("behind-row").first.wait_for()
        found = Axe().run(page).response["violations"]
        bad = [
            f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found if one["impact"] in ("serious", "critical")
        ]
        assert bad == [], step
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert desk.problems == []
