"""A supervisor in a real browser: the live wall with its alerts, and a quality sample from the draw to the results."""

from __future__ import annotations

import re

import pytest
from console_desk import Desk, browser, desk, server
from playwright.sync_api import Page, expect
from test_console_admin import XSS, serious

from handoff.conversation import Agent, Role

pytestmark = pytest.mark.browser

__all__ = ["browser", "desk", "server"]  # fixtures

LONG_AGO = 4000.0


def boss_of(desk: Desk, name: str = "boss") -> Agent:
    return desk.server.agent(f"{name}-{desk.lin.id[:6]}", f"陈静{XSS}"[:60], Role.SUPERVISOR)


def open_wall(desk: Desk, page: Page, query: str = "") -> None:
    page.goto(f"{desk.server.origin}/console/wall{query}")
    expect(page.get_by_test_id("fresh")).to_have_attribute("data-fresh", "live")


def furious(desk: Desk) -> str:
    """A customer whose mood went down, and who waits."""
    conv_id = desk.server.customer()
    for words, valence, anger, label in (("还没发货吗", 0.5, 0.1, "neutral"), (XSS, 0.05, 0.95, "angry")):
        desk.server.mood(conv_id, desk.server.line(conv_id, "customer", words), valence, anger, label)
    desk.server.hand_over(conv_id, "angry", "angry", 2, waited=200)
    return conv_id


def closed(desk: Desk) -> None:
    """A service of the bot that is over, and one of an agent."""
    bot = desk.server.customer()
    desk.server.line(bot, "customer", XSS, ago=LONG_AGO + 5)
    desk.server.line(bot, "bot", "现货 48 小时内发出。", ago=LONG_AGO, meta={"entry_id": "shipping-time"})
    held = desk.server.customer()
    desk.server.line(held, "customer", "我要退货")
    handoff = desk.server.hand_over(held, "asked_for_person", "asked_for_person", last_ask="我要退货")
    owned = desk.server.call(desk.server.services.desk.claim(desk.lin, handoff))
    desk.server.call(desk.server.services.desk.reply(desk.lin, held, owned.fence, "r1", "为您办好了。"))
    desk.server.call(desk.server.services.desk.close(desk.lin, held, owned.fence))


def test_the_wall_is_live_its_alerts_are_seen_to_and_it_catches_up(desk: Desk) -> None:
    page = desk.signed_in(boss_of(desk))
    open_wall(desk, page)
    expect(page.get_by_test_id("verdict")).to_contain_text("需要处理")
    conv_id = furious(desk)
    line = page.locator(f'[data-testid="mood-line"][data-conv="{conv_id}"]')
    expect(line).to_contain_text("生气")
    expect(line.get_by_role("img", name="越来越差")).to_be_visible()
    expect(line).to_have_attribute("href", f"./?c={conv_id}")
    expect(page.locator(f'[data-testid="waiting-line"][data-conv="{conv_id}"]')).to_contain_text(re.compile(r"3:\d\d"))
    alert = page.locator('[data-alert="rasa_down"]')
    expect(alert).to_contain_text("baton doctor")
    alert.get_by_test_id("acknowledge").click()
    page.get_by_test_id("alert-note").fill(XSS)
    page.get_by_test_id("alert-go").click()
    expect(alert).to_have_attribute("data-open", "false")
    expect(alert.get_by_test_id("seen")).to_contain_text(XSS)
    page.get_by_test_id("wall-history").click()
    expect(page.get_by_test_id("history-line").first).to_contain_text(XSS)
    page.keyboard.press("Escape")
    page.evaluate("window.socket.disconnect()")
    expect(page.get_by_test_id("fresh")).to_have_attribute("data-fresh", "lost")
    later = furious(desk)
    page.evaluate("window.socket.connect()")
    expect(page.locator(f'[data-testid="mood-line"][data-conv="{later}"]')).to_be_visible()
    expect(page.get_by_test_id("fresh")).to_have_attribute("data-fresh", "live")
    assert desk.problems == []


def test_a_sample_is_drawn_scored_by_keys_and_counted(desk: Desk) -> None:
    closed(desk)
    page = desk.signed_in(boss_of(desk))
    page.goto(f"{desk.server.origin}/console/quality")
    page.get_by_test_id("draw-wanted").fill("2")
    page.get_by_test_id("draw-go").click()
    expect(page.get_by_test_id("item")).to_have_count(2)
    page.get_by_test_id("item").filter(has_text="机器人").get_by_test_id("item-open").click()
    expect(page.get_by_test_id("message").first).to_contain_text("<img src=x")
    for key in ("5", "4", "3", "2"):
        page.keyboard.press(key)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_test_id("sheet-problem")).to_contain_text("表达")
    page.keyboard.press("1")
    expect(page.get_by_test_id("dimension-tangibles")).to_contain_text("看不懂")
    page.get_by_test_id("sheet-note").fill(XSS)
    page.get_by_test_id("bot-wrong").check()
    page.get_by_test_id("wrong-line").select_option(index=1)
    expect(page.get_by_test_id("mend")).to_have_attribute("href", "editor?entry=shipping-time")
    page.keyboard.press("Control+Enter")
    page.get_by_test_id("sheet-next").click()
    expect(page.get_by_test_id("message").first).to_contain_text("我要退货")
    page.get_by_test_id("score-empathy-4").check()
    expect(page.get_by_test_id("sheet-state")).to_have_text("草稿已保存")
    page.get_by_test_id("sheet-back").click()
    expect(page.locator('[data-testid="item"][data-state="draft"]')).to_have_count(1)
    expect(page.get_by_test_id("result-line").filter(has_text="机器人")).to_contain_text("3.00")
    link = page.get_by_test_id("export-xlsx").get_attribute("href") or ""
    answer = page.context.request.get(f"{desk.server.origin}/console/{link}")
    assert (answer.status, answer.body()[:2]) == (200, b"PK")
    assert desk.problems == []


@pytest.mark.long
@pytest.mark.parametrize(
    ("look", "width", "locale"), [("zh.light.quiet", 1440, "zh-CN"), ("en.dark.quiet", 360, "en-GB")]
)
def test_nobody_is_kept_out_and_nothing_overflows(desk: Desk, look: str, width: int, locale: str) -> None:
    closed(desk)
    furious(desk)
    page = desk.page(locale, width)
    page.context.add_cookies([{"name": "baton_ui", "value": look, "url": desk.server.origin}])
    login = f"{desk.server.origin}/api/v1/agent/login"
    body = {"name": boss_of(desk).name, "password": "correct horse battery"}
    assert page.context.request.post(login, data=body, headers={"Origin": desk.server.origin}).ok
    open_wall(desk, page)
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_test_id("acknowledge").first.click()
    assert serious(page) == []
    page.goto(f"{desk.server.origin}/console/quality")
    page.get_by_test_id("draw-go").click()
    page.get_by_test_id("item").first.wait_for()
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_test_id("item-open").first.click()
    page.get_by_test_id("sheet").wait_for()
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert desk.problems == []


@pytest.mark.long
def test_on_a_large_screen_everything_fits_and_is_read_from_afar(desk: Desk) -> None:
    furious(desk)
    page = desk.signed_in(boss_of(desk), width=3840)
    page.set_viewport_size({"width": 3840, "height": 2160})
    open_wall(desk, page, "?full=1")
    expect(page.locator(".bar")).to_be_hidden()
    assert page.evaluate("document.querySelector('.wall').scrollHeight") <= 2160
    # Ten minutes of arc at three metres on 55 inches: 9 mm, which capital letters of 40 px reach.
    sizes = page.evaluate(
        """() => ["wall-lines", "wall-facts", "alert-todo", "tile > span"].map((one) =>
        parseFloat(getComputedStyle(document.querySelector(".wall ." + one)).fontSize))"""
    )
    assert min(sizes) >= 36
    page.reload()
    expect(page.locator(".bar")).to_be_hidden()
    page.get_by_test_id("wall-full").click()
    expect(page.locator(".bar")).to_be_visible()
    assert desk.problems == []


@pytest.mark.long
def test_others_than_supervisors_have_no_such_pages(desk: Desk) -> None:
    page = desk.signed_in(desk.lin)
    for name in ("wall", "quality"):
        page.goto(f"{desk.server.origin}/console/{name}")
        expect(page).to_have_url(f"{desk.server.origin}/console/")
        for path in ("wall", "quality/samples"):
            assert page.context.request.get(f"{desk.server.origin}/api/v1/agent/{path}").status == 403


@pytest.mark.long
def test_the_second_reviewer_sees_the_first_only_afterwards(desk: Desk) -> None:
    closed(desk)
    first, second = desk.signed_in(boss_of(desk)), desk.signed_in(boss_of(desk, "chief"), locale="en-GB")
    first.goto(f"{desk.server.origin}/console/quality")
    first.get_by_test_id("draw-go").click()
    first.get_by_test_id("item-open").first.click()
    first.get_by_test_id("sheet").wait_for()
    for _ in range(5):
        first.keyboard.press("4")
    first.keyboard.press("Control+Enter")
    first.get_by_test_id("sheet-next").wait_for()
    second.goto(first.url)
    expect(second.get_by_test_id("others")).to_contain_text("Shown once yours are in")
    for _ in range(5):
        second.keyboard.press("3")
    second.keyboard.press("Control+Enter")
    expect(second.get_by_test_id("other")).to_have_count(1)
    second.get_by_test_id("sheet-back").click()
    expect(second.get_by_test_id("agreement")).to_contain_text("100%")
    assert desk.problems == []
