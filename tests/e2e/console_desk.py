"""Agents in real browsers at the real console, shared by its tests."""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from browser import ChromiumMissing, open_chromium
from browser_watch import failures_of
from console_server import PASSWORD, ConsoleServer
from playwright.sync_api import Browser, Locator, Page, expect

from handoff.console.pages import workspace
from handoff.console.pages.elements import Composer
from handoff.conversation import Agent


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleServer]:
    running = ConsoleServer(tmp_path_factory.mktemp("console"), agent_capacity=2)
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    try:
        with open_chromium() as opened:
            yield opened
    except ChromiumMissing as missing:
        pytest.skip(str(missing))


# A loaded machine is no failure: what is waited for comes, or the test ends after this many milliseconds.
expect.set_options(timeout=15_000)


class Desk:
    """Two agents of their own for each test, and every page watched for errors."""

    def __init__(self, server: ConsoleServer, browser: Browser) -> None:
        self.server, self.browser, self.problems = server, browser, list[str]()
        mark = uuid.uuid4().hex[:6]
        self.lin = server.agent(f"lin-{mark}", "林小雨")
        self.wang = server.agent(f"wang-{mark}", "王磊")

    def page(self, locale: str = "zh-CN", width: int = 1440) -> Page:
        context = self.browser.new_context(locale=locale, viewport={"width": width, "height": 860})
        page = context.new_page()
        page.on(
            "console", lambda m: self.problems.append(f"console {m.text}") if m.type in ("error", "warning") else None
        )
        page.on("pageerror", lambda error: self.problems.append(f"page {error}"))
        page.on("requestfailed", lambda request: self.problems.extend(failures_of(request)))
        page.on("request", self._own)
        return page

    def signed_in(self, agent: Agent, locale: str = "zh-CN", width: int = 1440) -> Page:
        """A page past the form, which has tests of its own and costs a page load."""
        page = self.page(locale, width)
        login = f"{self.server.origin}/api/v1/agent/login"
        own = {"name": agent.name, "password": PASSWORD}
        answer = page.context.request.post(login, data=own, headers={"Origin": self.server.origin})
        assert answer.ok, answer.text()
        page.goto(self.server.origin + "/console/")
        page.get_by_test_id("queue").wait_for()
        return page

    def waiting(self, words: str = "我要找真人客服", reason: str = "asked_for_person", **more: Any) -> str:
        conv_id = self.server.customer()
        self.server.line(conv_id, "customer", words)
        self.server.hand_over(conv_id, reason, reason, last_ask=words, **more)
        return conv_id

    @staticmethod
    def until(true: Callable[[], bool]) -> None:
        """Wait until something is true on the server's side."""
        waiting = time.monotonic() + 15
        while not true():
            assert time.monotonic() < waiting, "it never came true"
            time.sleep(0.05)

    @contextlib.contextmanager
    def slow_catch_up(self) -> Iterator[None]:
        """Inside the block no page learns that it has caught up."""
        told, Composer.caught_up = Composer.caught_up, lambda part, turn: None  # type: ignore[method-assign]  # for the block
        try:
            yield
        finally:
            Composer.caught_up = told  # type: ignore[method-assign]  # as it was

    def _own(self, request: object) -> None:
        url = str(getattr(request, "url", ""))
        if not url.startswith((self.server.origin, self.server.origin.replace("http", "ws"), "data:", "blob:")):
            self.problems.append(f"left this origin: {url}")


@pytest.fixture
def unswept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages opened from now on hear of changes by pokes alone, so a test can leave one unheard."""
    monkeypatch.setattr(workspace, "SWEEP", 600.0)


@pytest.fixture
def desk(server: ConsoleServer, browser: Browser) -> Iterator[Desk]:
    made = Desk(server, browser)
    yield made
    for agent in (made.lin, made.wang):
        server.call(server.services.accounts.disable(agent.name))
    for context in browser.contexts:
        context.close()


def sign_in(page: Page, name: str, password: str) -> None:
    page.get_by_test_id("login-name").fill(name)
    page.get_by_test_id("login-password").fill(password)
    page.get_by_test_id("login-submit").click()


def line_of(page: Page, conv_id: str) -> Locator:
    return page.locator(f'[data-testid="queue-item"][data-conv="{conv_id}"]')


def claim(page: Page, conv_id: str) -> None:
    line_of(page, conv_id).get_by_test_id("claim").click()
    page.get_by_test_id("reply-input").wait_for()


def reply(page: Page, words: str) -> None:
    page.get_by_test_id("reply-input").fill(words)
    page.get_by_test_id("reply-send").click()
