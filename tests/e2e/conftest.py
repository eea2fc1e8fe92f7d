"""Fixtures of the browser tests: one Chromium for a module, a fresh fake web channel and profile for each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browser import open_chromium
from playwright.sync_api import Browser, BrowserContext
from widget_page import WidgetPage, open_tab
from widget_server import WidgetServer


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Closed with its module: while it is open, its event loop would be in the way of asynchronous tests."""
    with open_chromium() as browser:
        yield browser


@pytest.fixture
def widget_server() -> Iterator[WidgetServer]:
    server = WidgetServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(15_000)
    yield context
    context.close()


@pytest.fixture
def widget(context: BrowserContext, widget_server: WidgetServer) -> WidgetPage:
    return open_tab(context, widget_server)
