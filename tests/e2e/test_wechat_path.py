"""The same outcome on WeChat: a phone of the demo on one side, the agent's console on the other."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from browser import open_chromiums
from console_desk import claim, reply
from playwright.sync_api import Browser, Page, expect
from test_whole_path import open_console, picture

from tests.support.baton import RunningBaton
from tests.support.processes import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.rasa, pytest.mark.timeout(600)]

QUOTA = 5


@pytest.fixture(scope="module")
def two_browsers() -> Iterator[list[Browser]]:
    with open_chromiums(2) as browsers:
        yield browsers


def open_phone(chromium: Browser, baton: RunningBaton) -> Page:
    page = chromium.new_context(viewport={"width": 1280, "height": 860}, locale="zh-CN").new_page()
    page.set_default_timeout(20_000)
    page.goto(baton.phone)
    expect(page.locator(".account .bubble").first).to_be_visible()
    return page


def say(phone: Page, words: str) -> None:
    phone.locator("#words").fill(words)
    phone.locator("#words").press("Enter")
    expect(phone.locator(".me .bubble").last).to_have_text(words)


def test_from_question_to_person_to_rating_within_the_quota(baton: RunningBaton, two_browsers: list[Browser]) -> None:
    baton.wait_ready()
    name = f"wen-{uuid.uuid4().hex[:6]}"
    baton.add_agent(name, "文静")
    phone, console = open_phone(two_browsers[0], baton), open_console(two_browsers[1], baton, name, "zh")
    said = phone.locator(".account .bubble")
    say(phone, "买了多久还能退货？")
    expect(said.last).to_contain_text("7 天内")
    for outburst in ("都等了一个星期了还没到，你们太差劲了！", "气死我了！你们就是骗子，太过分了！！！"):
        count = said.count()
        say(phone, outburst)
        expect(said.nth(count)).to_be_visible()
    expect(phone.locator("#thread")).to_contain_text("转接人工")

    line = console.get_by_test_id("queue-item").first
    conv_id = line.get_attribute("data-conv")
    assert conv_id is not None
    claim(console, conv_id)
    expect(console.get_by_test_id("thread")).to_contain_text("7 天内")
    expect(phone.locator("#thread")).to_contain_text("文静")
    picture(phone, "wechat-phone")

    # Whatever has gone out since the customer's last words counts, so what is left is read off the phone.
    for number in range(1, QUOTA + 2):
        reply(console, f"第{number}句回复")
        waits = console.get_by_test_id("note").filter(has_text="下次发言后自动送出")
        shown = phone.get_by_text(f"第{number}句回复")
        wait_until(lambda waits=waits, shown=shown: waits.count() + shown.count() > 0, 30)
        if waits.count():
            break
    held = f"第{number}句回复"
    expect(phone.locator("#left")).to_have_text("0 条")
    expect(phone.get_by_text(held)).to_have_count(0)
    say(phone, "好的，谢谢")
    expect(phone.locator("#thread")).to_contain_text(held)

    console.get_by_test_id("close").click()
    console.get_by_test_id("confirm-yes").click()
    phone.get_by_role("button", name="非常满意").last.click()
    expect(said.last).to_contain_text("谢谢您的评价")
