"""Temporary files of the simulator: what accounts upload, and what people send."""

import base64
import secrets
from typing import Annotated

from fastapi import APIRouter, File, UploadFile
from fastapi.responses import JSONResponse, Response

from handoff.wechat_sim.api import refused
from handoff.wechat_sim.platform import Platform

MAX_BYTES = 10 * 1024 * 1024
_PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
_SENT = {
    "media-image": ("photo.png", _PIXEL),
    "media-voice": ("voice.amr", b"#!AMR\n" + bytes(64)),
}


def router(platform: Platform) -> APIRouter:
    """``/cgi-bin/media/upload`` and ``/get``."""
    routes = APIRouter(prefix="/cgi-bin/media", include_in_schema=False)

    @routes.post("/upload")
    async def upload(access_token: str, type: str, media: Annotated[UploadFile, File()]) -> Response:
        account = platform.account_of_token(access_token)
        if isinstance(account, int):
            return refused(account, "invalid credential")
        if type not in ("image", "voice", "video", "file") or (type == "file" and not account.corp_id):
            return refused(40004, "invalid media type")
        content = await media.read(MAX_BYTES + 1)
        if not content or len(content) > MAX_BYTES:
            return refused(40006, "invalid media size")
        media_id = secrets.token_urlsafe(24)
        platform.media[media_id] = (media.filename or "file", content)
        return JSONResponse({"errcode": 0, "errmsg": "ok", "type": type, "media_id": media_id})

    @routes.get("/get")
    async def get(access_token: str, media_id: str) -> Response:
        account = platform.account_of_token(access_token)
        if isinstance(account, int):
            return refused(account, "invalid credential")
        found = platform.media.get(media_id) or _SENT.get(media_id)
        if found is None:
            return refused(40007, "invalid media_id")
        name, content = found
        return Response(content, headers={"Content-Disposition": f'attachment; filename="{name}"'})

    return routes
