"""HTTP side of 微信客服: the address check, the pokes, and the way from the web page into WeChat."""

from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Request
from fastapi.responses import PlainTextResponse, Response
from pydantic import BaseModel

from handoff.channels.web.caller import origin_check, owner
from handoff.channels.wechat.callback import CallbackRefused
from handoff.channels.wechat.routes import SUCCESS, read_body
from handoff.channels.wecom.accounts import KfAccount
from handoff.channels.wecom.channel import WecomChannel
from handoff.conversation import Conversation
from handoff.gateway import Gateway
from handoff.http.origins import Sites

log = structlog.get_logger(__name__)


class WayIntoWechat(BaseModel):
    """An address to open, or to show as a QR code; good once, for half an hour."""

    url: str


def router(channel: WecomChannel, gateway: Gateway, sites: Sites) -> APIRouter:
    """``GET`` and ``POST /wecom/{account}``, and ``POST /api/v1/web/wechat``."""
    routes = APIRouter()
    Mine = Annotated[Conversation, Depends(owner(gateway))]

    @routes.get("/wecom/{name}", include_in_schema=False)
    async def check(name: str, request: Request) -> Response:
        verifier = channel.verifier(name)
        if verifier is None:
            return Response(status_code=404)
        try:
            echo = verifier.check_address(request.query_params)[:256]
        except CallbackRefused as refused:
            return refuse(verifier.account, refused)
        channel.signs.checked(verifier.account.faces)
        return PlainTextResponse(echo)

    @routes.post("/wecom/{name}", include_in_schema=False)
    async def callback(name: str, request: Request) -> Response:
        verifier = channel.verifier(name)
        if verifier is None:
            return Response(status_code=404)
        body = await read_body(request)
        if body is None:
            return Response(status_code=413)
        try:
            poke = verifier.read(request.query_params, body)
        except CallbackRefused as refused:
            return refuse(verifier.account, refused)
        if poke is not None:
            channel.poked(poke)
        return PlainTextResponse(SUCCESS)

    @routes.post("/api/v1/web/wechat", tags=["web channel"], dependencies=[Depends(origin_check(sites))])
    async def go_on_in_wechat(mine: Mine) -> WayIntoWechat:
        """Where the customer goes on with this conversation in WeChat; 404 without a service account."""
        return WayIntoWechat(url=await channel.way_into_wechat(mine))

    def refuse(account: KfAccount, refused: CallbackRefused) -> Response:
        log.warning("wecom_callback_refused", account=account.name, reason=str(refused))
        channel.signs.refused(account.faces, refused.why)
        return Response(status_code=403)

    return routes
