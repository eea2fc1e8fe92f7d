"""Files of the web channel: a customer sends them and reads back what belongs to the own conversation."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import FileResponse

from handoff.attachments.service import Attachments
from handoff.channels.web.caller import origin_check, owner
from handoff.conversation import Conversation
from handoff.gateway import Gateway
from handoff.http import files
from handoff.http.files import AttachmentOut
from handoff.http.origins import Sites


def router(gateway: Gateway, attachments: Attachments, sites: Sites) -> APIRouter:
    """Routes under ``/api/v1/web/attachments``."""
    routes = APIRouter(
        prefix="/api/v1/web/attachments", tags=["web channel"], dependencies=[Depends(origin_check(sites))]
    )
    Mine = Annotated[Conversation, Depends(owner(gateway))]

    @routes.post("")
    async def upload(request: Request, mine: Mine) -> AttachmentOut:
        """Keep the body as a file (name in ``X-File-Name``); a message then carries it by its id."""
        return await files.receive(attachments, request, mine.id, "customer")

    @routes.get("/{file_id}")
    async def download(file_id: str, mine: Mine) -> FileResponse:
        """A file of the own conversation; 404 for everybody else's."""
        return files.serve(await attachments.open_for_customer(mine.id, file_id))

    @routes.get("/{file_id}/thumbnail")
    async def thumbnail(file_id: str, mine: Mine) -> FileResponse:
        """A small WebP of an image."""
        return files.serve(await attachments.open_for_customer(mine.id, file_id, thumbnail=True))

    return routes
