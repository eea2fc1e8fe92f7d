"""The callbacks of WeChat, answered before the web framework: in a storm its routing costs more than all the rest."""

from __future__ import annotations

from types import SimpleNamespace
from urllib.parse import parse_qsl

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from handoff.channels.wechat import xml
from handoff.channels.wechat.accounts import Account
from handoff.channels.wechat.callback import MAX_BODY, CallbackRefused, Post, Verifier
from handoff.channels.wechat.channel import WechatChannel
from handoff.channels.wechat.inbound import Inbound, Kind
from handoff.errors import BatonError

log = structlog.get_logger(__name__)

PREFIX = "/wechat/"
SUCCESS = b"success"
_TEXT, _XML = b"text/plain; charset=utf-8", b"text/xml; charset=utf-8"
# What the measurements name it by, as if it were a route.
_ROUTE = SimpleNamespace(path="/wechat/{name}")

Answer = tuple[int, bytes, bytes]


class CallbackDoor:
    """ASGI middleware: ``POST /wechat/{account}``; everything else goes on to the application.

    Whatever cannot be read or was not signed is an empty 403; what was not stored is never a `success`, so that the
    platform sends it again.
    """

    def __init__(self, app: ASGIApp, channel: WechatChannel) -> None:
        self._app = app
        self._channel = channel

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or not scope["path"].startswith(PREFIX):
            await self._app(scope, receive, send)
            return
        scope["route"] = _ROUTE
        status, media_type, body = await self._answer(scope, receive)
        headers = [
            (b"content-type", media_type),
            (b"content-length", str(len(body)).encode()),
            (b"x-content-type-options", b"nosniff"),
        ]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        name = scope["path"].removeprefix(PREFIX)
        verifier = self._channel.verifier(name)
        if verifier is None:
            return 404, _TEXT, b""
        body = await _read(receive)
        if body is None:
            return 413, _TEXT, b""
        try:
            post = Post.of(dict(parse_qsl(scope["query_string"].decode("latin-1"))))
            inbound = verifier.read(post, body)
            return await self._take(verifier.account, verifier, post, inbound)
        except CallbackRefused as refused:
            log.warning("wechat_callback_refused", account=name, reason=str(refused))
            self._channel.signs.refused([verifier.account.app_id], refused.why)
            return 403, _TEXT, b""
        except BatonError as error:
            log.error("wechat_not_stored", account=name, code=error.code, error=error.message)
            return 503, _TEXT, b""
        except Exception:
            log.exception("wechat_crashed", account=name)
            return 500, _TEXT, b""

    async def _take(self, account: Account, verifier: Verifier, post: Post, inbound: Inbound) -> Answer:
        taken = await self._channel.take(account, inbound, post.once)
        if not taken.passive or inbound.kind in (Kind.UNSUBSCRIBE, Kind.OTHER):
            return 200, _TEXT, SUCCESS
        reply = await self._channel.passive.answer(account.app_id, inbound.openid, inbound.key)
        if reply is None or not reply.text:
            return 200, _TEXT, SUCCESS
        clear = xml.text_reply(to=inbound.openid, sender=inbound.receiver, created=reply.created, text=reply.text)
        return 200, _XML, verifier.answer(clear, post.nonce).encode()


async def _read(receive: Receive) -> bytes | None:
    """The body, or None as soon as it is too large, or its sender has gone."""
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > MAX_BODY or message["type"] == "http.disconnect":
            return None
        if not message.get("more_body"):
            return bytes(body)
