"""Who calls the web channel: the site the page is on, and the conversation its token opens."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import Request

from handoff.conversation import Conversation
from handoff.errors import CrossSiteRequest, TokenInvalid
from handoff.gateway import Gateway
from handoff.http.origins import Sites, may_carry_widget

CHANNEL = "web"


def bearer(request: Request) -> str:
    """The session token of the ``Authorization`` header; `TokenInvalid` without one."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise TokenInvalid()
    return token.strip()


def origin_check(sites: Sites) -> Callable[[Request], Awaitable[None]]:
    """A dependency that refuses pages of sites that were not named."""

    async def check(request: Request) -> None:  # async, or it would run on a thread
        if not may_carry_widget(request, sites()):
            raise CrossSiteRequest()

    return check


def owner(gateway: Gateway) -> Callable[[Request], Awaitable[Conversation]]:
    """A dependency: the open conversation of the caller's token."""

    async def conversation(request: Request) -> Conversation:
        return await gateway.conversation_of(bearer(request), CHANNEL)

    return conversation
