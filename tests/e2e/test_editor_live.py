"""An editor changes an answer in the browser, and the next customer reads it in the widget: the whole real path."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import open_chromiums
from console_desk import sign_in
from playwright.sync_api import Browser, expect
from widget_page import listen_to

from tests.support.baton import PASSWORD, Customer, RunningBaton
from tests.support.processes import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.rasa, pytest.mark.timeout(600)]

QUESTION = "买了多久还能退货？"
BEFORE, AFTER = "7 天内", "21 天内"


@pytest.fixture(scope="module")
def two_browsers() -> Iterator[list[Browser]]:
    with open_chromiums(2) as browsers:
        yield browsers


@pytest.fixture
def file(baton: RunningBaton) -> Iterator[Path]:
    """The file of the entry, put back afterwards: other tests ask the same Baton."""
    path = baton.data_dir / "faq" / "zh" / "returns.md"
    text = path.read_text()
    yield path
    path.write_text(text)
    wait_until(lambda: BEFORE in Customer(baton.origin).ask(QUESTION)[-1]["text"], 60, "for the old answer")


def test_a_published_edit_is_the_next_customers_answer(
    baton: RunningBaton, two_browsers: list[Browser], file: Path
) -> None:
    baton.add_agent("eva", "李编辑", role="editor")
    page = two_browsers[0].new_context(locale="zh-CN", viewport={"width": 1440, "height": 900}).new_page()
    page.set_default_timeout(30_000)
    page.goto(baton.origin + "/console/")
    sign_in(page, "eva", PASSWORD)
    page.locator("[data-entry=returns-window]").click()
    answer = page.get_by_test_id("field-answer")
    expect(answer).to_have_value(re.compile(BEFORE))
    answer.fill(answer.input_value().replace(BEFORE, AFTER))
    expect(page.get_by_test_id("preview-answer")).to_contain_text(AFTER)
    expect(page.get_by_test_id("publish")).to_be_enabled()
    page.get_by_test_id("publish").click()
    # The saved questions are asked of both indexes first.
    expect(page.get_by_test_id("told")).to_contain_text("已发布", timeout=120_000)
    assert AFTER in file.read_text()
    wait_until(lambda: AFTER in Customer(baton.origin).ask(QUESTION)[-1]["text"], 30, "for the new answer")
    shop = listen_to(two_browsers[1].new_context(locale="zh-CN").new_page())
    shop.page.goto(baton.origin + "/demo/")
    shop.open()
    shop.send(QUESTION)
    expect(shop.part("message-bot").last).to_contain_text(AFTER)
    assert shop.complaints == []
