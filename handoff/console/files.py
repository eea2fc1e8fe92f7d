"""Files on the agent's side: sent into a conversation one holds, read from conversations one may see."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import FileResponse

from handoff.accounts import SignIn
from handoff.attachments.service import Attachments
from handoff.console.auth import Guard
from handoff.conversation import Agent
from handoff.desk import Desk
from handoff.http import files
from handoff.http.files import AttachmentOut
from handoff.settings import Settings


def router(desk: Desk, attachments: Attachments, sign_in: SignIn, settings: Settings) -> APIRouter:
    """``POST /conversations/{id}/attachments`` and ``GET /attachments/{id}`` under ``/api/v1/agent``."""
    routes = APIRouter(prefix="/api/v1/agent", tags=["agents"])
    Me = Annotated[Agent, Depends(Guard(sign_in, settings).agent)]

    @routes.post("/conversations/{conv_id}/attachments")
    async def upload(conv_id: str, request: Request, me: Me) -> AttachmentOut:
        """Keep the body as a file (name in ``X-File-Name``); a reply then carries it by its id."""
        await desk.thread(me, conv_id)
        return await files.receive(attachments, request, conv_id, "agent", me.id)

    @routes.get("/attachments/{file_id}")
    async def download(file_id: str, me: Me) -> FileResponse:
        """A file of a conversation this agent may see."""
        found, stored = await attachments.open(file_id)
        await desk.thread(me, found.conv_id)
        return files.serve(stored)

    @routes.get("/attachments/{file_id}/thumbnail")
    async def thumbnail(file_id: str, me: Me) -> FileResponse:
        """A small WebP of an image."""
        found, stored = await attachments.open(file_id, thumbnail=True)
        await desk.thread(me, found.conv_id)
        return files.serve(stored)

    return routes
