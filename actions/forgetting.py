"""`POST /forget` of the action server: what it keeps of a person whom the gateway has erased."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from actions.wiring import current


class Request(BaseModel):
    """The id of a conversation; its episodes are ``id:1``, ``id:2`` …"""

    conversation: str = Field(min_length=1, max_length=200)


def router(guarded: list[Any]) -> APIRouter:
    """The route, behind the guard of the shared secret."""
    routes = APIRouter(dependencies=guarded)

    @routes.post("/forget")
    async def forget(body: Request) -> dict[str, int]:
        return {"tickets": await asyncio.to_thread(current.get().tickets.forget, body.conversation)}

    return routes
