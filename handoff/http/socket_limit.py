"""Refuses a WebSocket before it is opened when its address has too many already, or the gateway has."""

from __future__ import annotations

import json
from collections import Counter
from ipaddress import ip_address

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from handoff import texts
from handoff.errors import TooManyRequests
from handoff.http.origins import client_address
from handoff.http.problems import body_of

RETRY_AFTER = 30


class SocketLimit:
    """ASGI middleware: 429 with Retry-After beyond ``per_address`` open sockets of one address, or ``in_all``.

    This machine's own addresses are not limited: a proxy in front that hides its callers would be, as one of them.
    """

    def __init__(self, app: ASGIApp, per_address: int, in_all: int, prefix: str = "/api/") -> None:
        self._app = app
        self._per_address = per_address
        self._in_all = in_all
        self._prefix = prefix
        self._open: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket" or not scope["path"].startswith(self._prefix):
            await self._app(scope, receive, send)
            return
        address = client_address(HTTPConnection(scope))
        full = self._open[address] >= self._per_address and not _is_here(address)
        if full or self._open.total() >= self._in_all:
            await _refuse(scope, receive, send)
            return
        self._open[address] += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._open[address] -= 1
            if not self._open[address]:
                del self._open[address]


def _is_here(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()  # the handshake
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": 1013})
        return
    lang = texts.normal_lang(dict(scope["headers"]).get(b"accept-language", b"").decode("latin-1"))
    body = json.dumps(body_of(TooManyRequests(RETRY_AFTER), lang), ensure_ascii=False).encode()
    headers = [(b"content-type", b"application/json"), (b"retry-after", str(RETRY_AFTER).encode())]
    await send({"type": "websocket.http.response.start", "status": 429, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": body})
