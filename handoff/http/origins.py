"""Which sites may call: our own, and those the operator named."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import HTTPConnection


def is_same_origin(connection: HTTPConnection) -> bool:
    """Whether the browser says the call came from a page of this very host; False without an Origin."""
    origin = connection.headers.get("origin", "")
    return bool(origin) and urlsplit(origin).netloc == connection.headers.get("host", "")


def may_carry_widget(connection: HTTPConnection, allowed: frozenset[str]) -> bool:
    """Whether the widget may talk to us from this page; programs without an Origin may."""
    origin = connection.headers.get("origin")
    return origin is None or "*" in allowed or origin in allowed or is_same_origin(connection)


def client_address(connection: HTTPConnection) -> str:
    """Address for the limits (uvicorn resolves trusted proxies)."""
    return connection.client.host if connection.client else "unknown"
