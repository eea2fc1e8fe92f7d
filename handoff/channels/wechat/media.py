"""Moves files between WeChat and our own store: what customers send comes in, agents' pictures go out."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from typing import Any

from PIL import Image

from handoff.attachments.service import Attachments, Upload
from handoff.channels.wechat.accounts import Credentials
from handoff.channels.wechat.api import Api, errcode_of
from handoff.channels.wechat.compose import Message
from handoff.channels.wechat.errcodes import Action, action_of
from handoff.delivery import SendLater, SendRefused
from handoff.errors import NotFound
from handoff.store.attachments import Attachment

UPLOAD = "/cgi-bin/media/upload"
GET = "/cgi-bin/media/get"
SENT_AS_THEY_ARE = ("image/jpeg", "image/png")
MAX_IMAGE_BYTES = 2 * 1024 * 1024
MAX_SIDE = 2048
JPEG_QUALITY = 85

_EXTENSIONS = {"image": "jpg", "voice": "amr", "video": "mp4", "shortvideo": "mp4"}


class MediaGone(Exception):
    """The platform has this file no longer, or never had it."""


class Media:
    """The way in and out of one platform's files."""

    def __init__(self, api: Api, attachments: Attachments) -> None:
        self._api = api
        self._attachments = attachments

    async def fetch(self, account: Credentials, conv_id: str, media_id: str, kind: str) -> Attachment:
        """Bring a customer's file into our store.

        `MediaGone` when the platform does not have it; `NotSent` or `Unclear` when it cannot be asked; the refusals of
        `Attachments.take` for a file that may not be kept.
        """
        found = await self._api.download(account, GET, media_id, self._attachments.limit)
        if found.errcode:
            if action_of(found.errcode) in (Action.AGAIN, Action.SLOWER, Action.TOKEN):
                raise SendLater(f"errcode {found.errcode}")
            raise MediaGone(f"errcode {found.errcode}")
        name = found.name or f"{kind}.{_EXTENSIONS.get(kind, 'bin')}"
        upload = Upload(conv_id, "customer", None, name, _once(found.content), len(found.content))
        return await self._attachments.take(upload)

    async def message(self, account: Credentials, file: dict[str, Any]) -> Message:
        """Upload one of our files and return the message that shows it; see `Api` for what goes wrong."""
        try:
            attachment, stored = await self._attachments.open(str(file["id"]))
        except NotFound as error:
            raise SendRefused("the file is gone") from error
        content = await asyncio.to_thread(stored.path.read_bytes)
        kind, name = "file", attachment.name
        if attachment.media_type.startswith("image/"):
            kind = "image"
            content, name = await asyncio.to_thread(as_wechat_shows, content, attachment.media_type, name)
        answer = await self._api.upload(account, UPLOAD, kind, name, content)
        code = errcode_of(answer)
        if code or not isinstance(answer.get("media_id"), str):
            later = action_of(code) in (Action.AGAIN, Action.SLOWER, Action.TOKEN)
            raise (SendLater if later else SendRefused)(f"errcode {code}")
        return {"msgtype": kind, kind: {"media_id": answer["media_id"]}}


def as_wechat_shows(content: bytes, media_type: str, name: str) -> tuple[bytes, str]:
    """The picture in a form and size that WeChat takes, and its name."""
    if media_type in SENT_AS_THEY_ARE and len(content) <= MAX_IMAGE_BYTES:
        return content, name
    with Image.open(io.BytesIO(content)) as picture:
        flat = Image.new("RGB", picture.size, "white")
        flat.paste(picture.convert("RGBA"), mask=picture.convert("RGBA").getchannel("A"))
    flat.thumbnail((MAX_SIDE, MAX_SIDE))
    drawn = io.BytesIO()
    flat.save(drawn, "JPEG", quality=JPEG_QUALITY)
    return drawn.getvalue(), f"{name.rsplit('.', 1)[0]}.jpg"


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content
