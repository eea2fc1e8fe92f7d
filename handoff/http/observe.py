"""Measures every HTTP request by its route, and opens its span."""

from __future__ import annotations

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from handoff.measures import REQUESTS
from handoff.traces import span

OTHER = "other"  # what no route of ours matched: anybody may ask for any path, and each label costs memory


class Observe:
    """ASGI middleware; only the route's template and the status become labels."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500
        start = time.perf_counter()

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with span("http", method=scope["method"]) as current:
            try:
                await self._app(scope, receive, watched)
            finally:
                route = getattr(scope.get("route"), "path", OTHER)
                REQUESTS.labels(_method(scope["method"]), route, str(status)).observe(time.perf_counter() - start)
                if current is not None:
                    current.update_name(f"{scope['method']} {route}")
                    current.set_attribute("http.response.status_code", status)


def _method(name: str) -> str:
    return name if name in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS") else OTHER
