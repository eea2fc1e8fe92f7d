"""Which sites may call: our own, and those the operator named."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.middleware.cors import CORSMiddleware
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp

# The origins of other sites that may carry the widget now; the operator may change them at any time.
Sites = Callable[[], frozenset[str]]


def is_same_origin(connection: HTTPConnection) -> bool:
    """Whether the browser says the call came from a page of this very host; False without an Origin."""
    origin = connection.headers.get("origin", "")
    return bool(origin) and urlsplit(origin).netloc == connection.headers.get("host", "")


def may_carry_widget(connection: HTTPConnection, allowed: frozenset[str]) -> bool:
    """Whether the widget may talk to us from this page; programs without an Origin may."""
    origin = connection.headers.get("origin")
    return origin is None or "*" in allowed or origin in allowed or is_same_origin(connection)


class SitesMayRead(CORSMiddleware):
    """Lets pages of the named sites read what we answer; asks each time who they are."""

    def __init__(self, app: ASGIApp, sites: Sites, methods: tuple[str, ...], headers: tuple[str, ...]) -> None:
        super().__init__(app, allow_methods=methods, allow_headers=headers)
        self._sites = sites

    def is_allowed_origin(self, origin: str) -> bool:
        named = self._sites()
        return "*" in named or origin in named


def client_address(connection: HTTPConnection) -> str:
    """Address for the limits (uvicorn resolves trusted proxies)."""
    return connection.client.host if connection.client else "unknown"
