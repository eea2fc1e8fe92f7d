"""HTTP side of WeChat: the address check and the callbacks, answered at once whatever else is slow."""

from __future__ import annotations

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response

from handoff.channels.wechat import xml
from handoff.channels.wechat.accounts import Account
from handoff.channels.wechat.callback import MAX_BODY, CallbackRefused, Post, Verifier
from handoff.channels.wechat.channel import WechatChannel
from handoff.channels.wechat.inbound import Inbound, Kind
from handoff.errors import BatonError

log = structlog.get_logger(__name__)

SUCCESS = "success"


def router(channel: WechatChannel) -> APIRouter:
    """``GET`` and ``POST /wechat/{account}``; a refused call gets an empty 403, so that it learns nothing."""
    routes = APIRouter(prefix="/wechat", include_in_schema=False)

    @routes.get("/{name}")
    async def check(name: str, request: Request) -> Response:
        verifier = channel.verifier(name)
        if verifier is None:
            return Response(status_code=404)
        try:
            verifier.check_address(Post.of(request.query_params))
        except CallbackRefused as refused:
            return _refuse(name, str(refused))
        return PlainTextResponse(request.query_params.get("echostr", "")[:256])

    @routes.post("/{name}")
    async def callback(name: str, request: Request) -> Response:
        verifier = channel.verifier(name)
        if verifier is None:
            return Response(status_code=404)
        body = await read_body(request)
        if body is None:
            return Response(status_code=413)
        post = Post.of(request.query_params)
        try:
            inbound = verifier.read(post, body)
        except CallbackRefused as refused:
            return _refuse(name, str(refused))
        try:
            return await _take(channel, channel.accounts[name], verifier, post, inbound)
        except CallbackRefused as refused:
            return _refuse(name, str(refused))
        except BatonError as error:
            # Not stored: no `success`, so that the platform sends it again.
            log.error("wechat_not_stored", account=name, code=error.code, error=error.message)
            return Response(status_code=503)
        except Exception:
            log.exception("wechat_crashed", account=name)
            return Response(status_code=500)

    return routes


async def _take(channel: WechatChannel, account: Account, verifier: Verifier, post: Post, inbound: Inbound) -> Response:
    taken = await channel.take(account, inbound, post.once)
    if not taken.passive or inbound.kind in (Kind.UNSUBSCRIBE, Kind.OTHER):
        return PlainTextResponse(SUCCESS)
    reply = await channel.passive.answer(account.app_id, inbound.openid, inbound.key)
    if reply is None or not reply.text:
        return PlainTextResponse(SUCCESS)
    clear = xml.text_reply(to=inbound.openid, sender=inbound.receiver, created=reply.created, text=reply.text)
    return Response(verifier.answer(clear, post.nonce), media_type="text/xml")


async def read_body(request: Request) -> bytes | None:
    """The body, or None as soon as it is too large."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            return None
    return bytes(body)


def _refuse(name: str, reason: str) -> Response:
    log.warning("wechat_callback_refused", account=name, reason=reason)
    return Response(status_code=403)
