"""The widget as a test drives it: its parts by test id, and everything the page complained about."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from browser_watch import failures_of
from playwright.sync_api import BrowserContext, Locator, Page, expect
from widget_server import WidgetServer


@dataclass
class WidgetPage:
    """One tab with the widget on it."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def part(self, test_id: str) -> Locator:
        return self.page.get_by_test_id(test_id)

    def open(self) -> None:
        self.part("launcher").click()
        expect(self.part("panel")).to_be_visible()

    def send(self, text: str) -> None:
        self.part("input").fill(text)
        self.part("send").click()

    def messages(self) -> list[str]:
        """Texts of all bubbles but the greeting, in the order shown."""
        texts: list[str] = self.page.locator("[data-testid=message]:not([data-seq='0']) .bubble").evaluate_all(
            "nodes => nodes.map(node => "
            "[...node.children].filter(part => !part.matches('.sr')).map(part => part.innerText).join('\\n'))"
        )
        return texts

    def expect_messages(self, server: WidgetServer, *texts: str) -> None:
        try:
            server.until(lambda: self._pumped() == list(texts))
        except AssertionError:
            assert self.messages() == list(texts)

    def _pumped(self) -> list[str]:
        self.page.wait_for_timeout(20)
        return self.messages()


def open_tab(context: BrowserContext, server: WidgetServer, path: str = "/demo/") -> WidgetPage:
    """Go to a demo page and listen to what it complains about."""
    tab = listen_to(context.new_page())
    tab.page.goto(server.origin + path)
    return tab


def listen_to(page: Page) -> WidgetPage:
    """A tab whose every console error, failed request and error answer is kept."""
    tab = WidgetPage(page)
    listen: dict[str, Any] = {
        "console": lambda m: (
            tab.complaints.append(f"console {m.type}: {m.text}") if m.type in ("error", "warning") else None
        ),
        "pageerror": lambda e: tab.complaints.append(f"error: {e}"),
        "requestfailed": lambda r: tab.complaints.extend(failures_of(r)),
        "response": lambda r: tab.complaints.append(f"{r.status}: {r.url}") if r.status >= 400 else None,
    }
    for name, act in listen.items():
        tab.page.on(name, act)  # type: ignore[call-overload]  # Playwright types each event name apart
    return tab
