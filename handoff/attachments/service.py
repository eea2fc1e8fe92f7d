"""Takes files in and gives them out: size while it arrives, type by content, images drawn anew, then the row."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from handoff.attachments import images
from handoff.attachments.folder import THUMBNAIL, Folder, disk_refused
from handoff.attachments.kinds import Kind, kind_of, safe_name
from handoff.errors import AttachmentQuota, AttachmentTooLarge, InvalidRequest, NotFound
from handoff.periodic import Periodic
from handoff.rates import Rates
from handoff.settings import Settings
from handoff.store import attachments as rows
from handoff.store.attachments import Attachment
from handoff.store.database import Database

UPLOAD_WITHIN = 300.0
AT_ONCE = 2  # images that are drawn at the same time
FORGOTTEN_AFTER = 24 * 3600.0
STRAY_AFTER = 3600.0
SWEEP_EVERY = 900.0


@dataclass(frozen=True)
class Upload:
    """Bytes on their way in, and who sends them.

    ``author`` is ``customer`` or ``agent``; ``declared`` is how many bytes the sender says will come.
    """

    conv_id: str
    author: str
    author_id: str | None
    name: str
    content: AsyncIterator[bytes]
    declared: int = 0


@dataclass(frozen=True)
class Stored:
    """A file to be served."""

    path: Path
    media_type: str
    name: str


class Attachments:
    """Use-cases of files, for every channel: `take`, `open`, `open_for_customer`, and the sweep."""

    def __init__(self, db: Database, rates: Rates, settings: Settings) -> None:
        self._db = db
        self._rates = rates
        self._a_minute = settings.attachments_per_minute
        self._folder = Folder(settings.data_dir / "attachments")
        self._limit = settings.attachment_max_bytes
        self._quota = settings.attachment_quota
        self._drawing = asyncio.Semaphore(AT_ONCE)

    @property
    def limit(self) -> int:
        """The most bytes of one file."""
        return self._limit

    async def take(self, upload: Upload) -> Attachment:
        """Keep an upload; when this returns it is on disk, and a message may carry it.

        `AttachmentTooLarge`, `AttachmentRefused`, `AttachmentDamaged`, `AttachmentQuota` or `TooManyRequests` say why
        not.
        """
        await self._rates.check("upload", upload.author_id or upload.conv_id, amount=self._a_minute, seconds=60)
        if upload.declared > self._limit:
            raise AttachmentTooLarge(limit=readable(self._limit))
        if await self._db.read(rows.bytes_kept, upload.conv_id) >= self._quota:
            raise AttachmentQuota()
        file_id = self._folder.new_id()
        try:
            size = await self._collect(upload.content, file_id)
            attachment = await self._look_into(upload, file_id, size)
            await self._db.write(rows.insert_attachment, attachment)
        except BaseException:
            # Nothing half done stays, also when the sender went away in the middle.
            self._folder.remove(file_id)
            raise
        return attachment

    async def open(self, file_id: str, *, thumbnail: bool = False) -> tuple[Attachment, Stored]:
        """A file and its row; `NotFound` when either is missing. Whoever calls has checked who may see it."""
        attachment = await self._db.read(rows.get_attachment, file_id)
        return attachment, self._stored(attachment, thumbnail)

    async def open_for_customer(self, conv_id: str, file_id: str, *, thumbnail: bool = False) -> Stored:
        """A file the customer of that conversation may see; `NotFound` otherwise."""
        return self._stored(await self._db.read(rows.for_customer, conv_id, file_id), thumbnail)

    async def run(self) -> None:
        """Remove what no message carries, and files of erased people, until cancelled."""
        await Periodic("attachments", self.sweep, SWEEP_EVERY, at_once=True).run()

    async def sweep(self) -> int:
        """One round; returns how many files went."""
        unsent = await self._db.read(rows.never_sent, FORGOTTEN_AFTER)
        await self._db.write(rows.forget, unsent)
        old = await asyncio.to_thread(lambda: list(self._folder.older_than(STRAY_AFTER)))
        gone = set(unsent)
        for start in range(0, len(old), 500):
            gone.update(await self._db.read(rows.unknown, old[start : start + 500]))
        for file_id in gone:
            self._folder.remove(file_id)
        return len(gone)

    async def _collect(self, content: AsyncIterator[bytes], file_id: str) -> int:
        size = 0
        try:
            with self._folder.partial(file_id).open("wb") as file:
                async with asyncio.timeout(UPLOAD_WITHIN):
                    async for chunk in content:
                        size += len(chunk)
                        if size > self._limit:
                            raise AttachmentTooLarge(limit=readable(self._limit))
                        file.write(chunk)
        except TimeoutError as error:
            raise InvalidRequest("The upload took too long.") from error
        except OSError as error:
            raise disk_refused(error) from error
        return size

    async def _look_into(self, upload: Upload, file_id: str, size: int) -> Attachment:
        part = self._folder.partial(file_id)
        kind = await asyncio.to_thread(kind_of, part)
        width = height = None
        if kind.image:
            async with self._drawing:
                drawn = await asyncio.to_thread(self._draw, part, file_id, kind)
            width, height = drawn.width, drawn.height
        else:
            await asyncio.to_thread(self._folder.keep, part, file_id)
        path = self._folder.path(file_id)
        return Attachment(
            id=file_id,
            conv_id=upload.conv_id,
            author=upload.author,
            author_id=upload.author_id,
            name=safe_name(upload.name, kind),
            media_type=kind.media_type,
            size=path.stat().st_size if kind.image else size,
            sha256=await asyncio.to_thread(_digest, path),
            width=width,
            height=height,
            thumbnail=bool(kind.image),
            seq=None,
        )

    def _draw(self, part: Path, file_id: str, kind: Kind) -> images.Redrawn:
        drawn = part.with_suffix(".drawn.part")
        small = part.with_suffix(".small.part")
        try:
            size = images.redraw(part, drawn, small, kind)
            self._folder.keep(small, file_id, THUMBNAIL)
            self._folder.keep(drawn, file_id)
        finally:
            for path in (part, drawn, small):
                path.unlink(missing_ok=True)
        return size

    def _stored(self, attachment: Attachment, thumbnail: bool) -> Stored:
        if thumbnail and not attachment.thumbnail:
            raise NotFound()
        path = self._folder.path(attachment.id, THUMBNAIL if thumbnail else "")
        if not path.is_file():
            raise NotFound(f"The file of attachment {attachment.id} is gone from the data directory.")
        return Stored(path, "image/webp" if thumbnail else attachment.media_type, attachment.name)


def readable(size: int) -> str:
    """Bytes in words: ``10 MB``."""
    return f"{size / 1024 / 1024:.3g} MB" if size >= 1024 * 1024 else f"{size / 1024:.3g} KB"


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
