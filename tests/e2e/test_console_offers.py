"""Customers offered in turn, in a real browser: accepted and declined by key, also while a reply is being written."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from console_desk import Desk, browser, desk
from console_server import ConsoleServer
from playwright.sync_api import expect

__all__ = ["browser", "desk"]  # fixtures

pytestmark = [pytest.mark.browser, pytest.mark.long]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleServer]:
    running = ConsoleServer(tmp_path_factory.mktemp("offers"), routing="offer", offer_seconds=300, offer_again=600)
    running.start()
    yield running
    running.stop()


def test_an_offer_is_accepted_and_declined_by_key_and_the_draft_stays(desk: Desk) -> None:
    page = desk.signed_in(desk.lin)
    desk.until(lambda: bool(desk.server.call(desk.server.services.team.service()).online))
    desk.waiting("我的快递丢了")
    offer = page.get_by_test_id("offer")
    expect(offer).to_contain_text("请您接待，还剩")
    page.get_by_test_id("tab-all").click()
    page.keyboard.press("Alt+a")
    box = page.get_by_test_id("reply-input")
    box.fill("您好，我正在查")
    desk.waiting("发票开错了")
    expect(offer).to_be_visible()
    expect(page.get_by_test_id("tab-waiting")).to_have_attribute("aria-selected", "true")
    box.press("Alt+x")
    expect(offer).to_have_count(0)
    expect(box).to_have_value("您好，我正在查")
    page.get_by_test_id("queue-item").first.wait_for()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_test_id("help-window")).to_contain_text("Alt+A")
    assert desk.problems == []
