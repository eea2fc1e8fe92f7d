"""The address check of WeChat; the callbacks themselves come in by `door`."""

from __future__ import annotations

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response

from handoff.channels.wechat.callback import MAX_BODY, CallbackRefused, Post
from handoff.channels.wechat.channel import WechatChannel

log = structlog.get_logger(__name__)

SUCCESS = "success"


def router(channel: WechatChannel) -> APIRouter:
    """``GET /wechat/{account}``; a refused call gets an empty 403, so that it learns nothing."""
    routes = APIRouter(prefix="/wechat", include_in_schema=False)

    @routes.get("/{name}")
    async def check(name: str, request: Request) -> Response:
        verifier = channel.verifier(name)
        if verifier is None:
            return Response(status_code=404)
        try:
            verifier.check_address(Post.of(request.query_params))
        except CallbackRefused as refused:
            log.warning("wechat_callback_refused", account=name, reason=str(refused))
            channel.signs.refused([verifier.account.app_id], refused.why)
            return Response(status_code=403)
        channel.signs.checked([verifier.account.app_id])
        return PlainTextResponse(request.query_params.get("echostr", "")[:256])

    return routes


async def read_body(request: Request) -> bytes | None:
    """The body, or None as soon as it is too large."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            return None
    return bytes(body)
