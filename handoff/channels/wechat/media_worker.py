"""Fetches, after the message is stored and answered, the files that customers sent, for the agents to see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import structlog
from sqlalchemy import Connection

from handoff import texts
from handoff.channels.wechat.accounts import Credentials
from handoff.channels.wechat.api import NotSent, Unclear
from handoff.channels.wechat.media import Media, MediaGone
from handoff.conversation import Draft
from handoff.delivery import SendLater
from handoff.errors import (
    AttachmentDamaged,
    AttachmentQuota,
    AttachmentRefused,
    AttachmentTooLarge,
    BatonError,
    NotFound,
)
from handoff.pokes import DELIVERIES, Pokes, wait_for
from handoff.store import attachments as rows
from handoff.store import media
from handoff.store.append import append, get_conversation
from handoff.store.attachments import Attachment
from handoff.store.database import Database
from handoff.store.media import MediaJob

log = structlog.get_logger(__name__)

LOOK_EVERY = 5.0
MAX_ATTEMPTS = 8
_NEVER = (MediaGone, AttachmentDamaged, AttachmentQuota, AttachmentRefused, AttachmentTooLarge, NotFound)


@dataclass(frozen=True)
class Source:
    """Where files of one channel come from, and whose credentials open them, by app id."""

    media: Media
    account_of: Callable[[str], Credentials | None]


class MediaWorker:
    """One file at a time; a worker that dies leaves its file to the next after two minutes."""

    def __init__(self, db: Database, pokes: Pokes, sources: dict[str, Source]) -> None:
        self._db = db
        self._pokes = pokes
        self._sources = sources

    async def run(self) -> None:
        """Fetch until cancelled."""
        if not self._sources:
            return
        with self._pokes.listen(DELIVERIES) as flag:
            while True:
                try:
                    found = await self._next()
                except BatonError as error:
                    log.warning("media_worker_failed", code=error.code, error=error.message)
                    found = False
                except Exception:
                    # The file is tried again when its lease runs out; the rest of the gateway goes on.
                    log.exception("media_worker_crashed")
                    found = False
                if not found:
                    await wait_for(flag, LOOK_EVERY)

    async def _next(self) -> bool:
        if not await self._db.read(media.anything_due):
            return False
        job = await self._db.write(media.lease_job)
        if job is None:
            return False
        try:
            attachment = await self._fetch(job)
        except (SendLater, NotSent, Unclear, BatonError, MediaGone) as error:
            await self._not_fetched(job, error)
        else:
            await self._db.write(keep, job, attachment)
        self._pokes.poke(job.conv_id)
        return True

    async def _fetch(self, job: MediaJob) -> Attachment:
        source = self._sources.get(job.channel)
        account = source.account_of(job.app_id) if source else None
        if source is None or account is None:
            raise MediaGone("the account is no longer configured")
        return await source.media.fetch(account, job.conv_id, job.media_id, job.kind)

    async def _not_fetched(self, job: MediaJob, error: Exception) -> None:
        final = isinstance(error, _NEVER) or job.attempt >= MAX_ATTEMPTS
        log.warning("media_not_fetched", kind=job.kind, error=type(error).__name__, final=final)
        await self._db.write(give_up if final else media.try_later, job)


def keep(conn: Connection, job: MediaJob, attachment: Attachment) -> None:
    """Tie the file to the customer's message, and show it to the agents."""
    rows.bind(conn, job.conv_id, [attachment.id], job.seq)
    media.end_job(conn, job, "kept")
    _note(conn, job, "media_kept", [attachment.described()])


def give_up(conn: Connection, job: MediaJob) -> None:
    media.end_job(conn, job, "gone")
    _note(conn, job, "media_gone", [])


def _note(conn: Connection, job: MediaJob, code: str, files: list[dict[str, object]]) -> None:
    lang = get_conversation(conn, job.conv_id).lang
    payload = {"meta": {"code": code}, "attachments": files}
    draft = Draft("note", "system", texts.text("note", code, lang), f"media:{job.seq}", payload=payload, internal=True)
    append(conn, job.conv_id, draft, author_name=texts.text("words", "system", lang))
