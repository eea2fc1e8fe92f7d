"""Refuses request bodies over a limit before anything reads them."""

from __future__ import annotations

from fastapi.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from handoff import texts
from handoff.errors import TextTooLong
from handoff.http.problems import body_of


class _TooBig(Exception):
    pass


# Uploads: `handoff.attachments` counts their bytes while they arrive, and they never lie in memory.
UPLOADS = "/attachments"


class BodyLimit:
    """ASGI middleware: 413 for bodies of more than ``limit`` bytes under ``prefix``, with or without a length."""

    def __init__(self, app: ASGIApp, limit: int, max_text: int, prefix: str = "/api/") -> None:
        self._app = app
        self._limit = limit
        self._max_text = max_text
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] != "http" or not path.startswith(self._prefix) or path.endswith(UPLOADS):
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        declared = headers.get(b"content-length", b"0")
        if not declared.isdigit() or int(declared) > self._limit:
            await self._refuse(headers, scope, receive, send)
            return
        seen = 0
        started = False

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self._limit:
                raise _TooBig
            return message

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, counted, watched)
        except _TooBig:
            if not started:
                await self._refuse(headers, scope, receive, send)

    async def _refuse(self, headers: dict[bytes, bytes], scope: Scope, receive: Receive, send: Send) -> None:
        lang = texts.normal_lang(headers.get(b"accept-language", b"").decode("latin-1"))
        error = TextTooLong(limit=self._max_text)
        await JSONResponse(body_of(error, lang), status_code=error.http_status)(scope, receive, send)
