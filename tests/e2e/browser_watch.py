"""What a watched page may not do, shared by the tests of the console and of the widget."""

from __future__ import annotations

from playwright.sync_api import Request


def failures_of(request: Request) -> list[str]:
    """The failure of a request, as a complaint; none when the browser itself dropped it on leaving the page."""
    return [] if request.failure == "net::ERR_ABORTED" else [f"failed {request.url}: {request.failure}"]
