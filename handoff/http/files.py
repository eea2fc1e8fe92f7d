"""Files over HTTP: an upload's name and bytes, and a file served so that no browser ever runs it."""

from __future__ import annotations

from urllib.parse import unquote

from fastapi import Request
from fastapi.responses import FileResponse
from pydantic import BaseModel

from handoff.attachments.service import Attachments, Stored, Upload


class AttachmentOut(BaseModel):
    """What an uploaded file is; ``size`` in bytes, ``width`` and ``height`` in pixels (images only)."""

    id: str
    name: str
    type: str
    size: int
    width: int | None
    height: int | None
    thumbnail: bool


# Even if a browser is talked into showing it: no script, no form, no origin, nothing loaded.
_LOCKED = "sandbox; default-src 'none'"


async def receive(
    attachments: Attachments, request: Request, conv_id: str, author: str, author_id: str | None = None
) -> AttachmentOut:
    """Keep the request's body as a file; its name comes percent-encoded in ``X-File-Name``."""
    name = unquote(request.headers.get("x-file-name", ""), errors="replace")[:500]
    length = request.headers.get("content-length", "")
    declared = int(length) if length.isdecimal() else 0
    taken = await attachments.take(Upload(conv_id, author, author_id, name, request.stream(), declared))
    return AttachmentOut.model_validate(taken.described())


def serve(stored: Stored) -> FileResponse:
    """The file as a download, sniffed by nobody, kept by the one browser that may see it."""
    return FileResponse(
        stored.path,
        media_type=stored.media_type,
        filename=stored.name,
        content_disposition_type="attachment",
        headers={
            "Content-Security-Policy": _LOCKED,
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cache-Control": "private, max-age=86400, immutable",
        },
    )
