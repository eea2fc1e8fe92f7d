"""Files of conversations as rows: whose they are, what they are, and which message carries them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, delete, func, insert, or_, select, update
from sqlalchemy.engine import Row

from handoff.errors import NotFound
from handoff.store import tables as t
from handoff.store.clock import now


@dataclass(frozen=True)
class Attachment:
    """One file. ``size`` is in bytes, ``width`` and ``height`` in pixels (images only)."""

    id: str
    conv_id: str
    author: str
    author_id: str | None
    name: str
    media_type: str
    size: int
    sha256: str
    width: int | None
    height: int | None
    thumbnail: bool
    seq: int | None

    def described(self) -> dict[str, Any]:
        """What a message says of the file it carries."""
        return {
            "id": self.id,
            "name": self.name,
            "type": self.media_type,
            "size": self.size,
            "width": self.width,
            "height": self.height,
            "thumbnail": self.thumbnail,
        }


def insert_attachment(conn: Connection, attachment: Attachment) -> None:
    conn.execute(insert(t.attachment).values(**vars(attachment), created_at=now()))


def get_attachment(conn: Connection, file_id: str) -> Attachment:
    """The file with that id; `NotFound` when there is none."""
    row = conn.execute(select(t.attachment).where(t.attachment.c.id == file_id)).first()
    if row is None:
        raise NotFound()
    return _from_row(row)


def for_customer(conn: Connection, conv_id: str, file_id: str) -> Attachment:
    """A file the customer of that conversation may see: their own, or one sent to them; else `NotFound`."""
    attachment = get_attachment(conn, file_id)
    if attachment.conv_id != conv_id:
        raise NotFound()
    if attachment.author == "customer":
        return attachment
    shown = conn.execute(
        select(t.event.c.seq).where(
            t.event.c.conv_id == conv_id, t.event.c.seq == attachment.seq, t.event.c.internal.is_(False)
        )
    ).first()
    if shown is None:
        raise NotFound()
    return attachment


def described(conn: Connection, conv_id: str, author: str, ids: Sequence[str]) -> list[dict[str, Any]]:
    """What a message of ``author`` will say of these files; `NotFound` when one is not theirs or already sent."""
    found = []
    for file_id in dict.fromkeys(ids):
        attachment = get_attachment(conn, file_id)
        if attachment.conv_id != conv_id or attachment.author != author:
            raise NotFound()
        found.append(attachment.described())
    return found


def bind(conn: Connection, conv_id: str, ids: Sequence[str], seq: int) -> None:
    """Tie the files to the message at ``seq``; `NotFound` when one was sent before."""
    a = t.attachment.c
    for file_id in dict.fromkeys(ids):
        where = and_(a.id == file_id, a.conv_id == conv_id, or_(a.seq.is_(None), a.seq == seq))
        if conn.execute(update(t.attachment).where(where).values(seq=seq)).rowcount == 0:
            raise NotFound()


def bytes_kept(conn: Connection, conv_id: str) -> int:
    """Bytes of all files of the conversation."""
    total = select(func.coalesce(func.sum(t.attachment.c.size), 0)).where(t.attachment.c.conv_id == conv_id)
    return int(conn.execute(total).scalar_one())


def never_sent(conn: Connection, seconds: float) -> list[str]:
    """Ids of files uploaded more than ``seconds`` ago that no message carries."""
    a = t.attachment.c
    rows = conn.execute(select(a.id).where(a.seq.is_(None), a.created_at < now() - seconds))
    return [row.id for row in rows]


def unknown(conn: Connection, ids: Sequence[str]) -> list[str]:
    """Those of the ids that no row speaks of."""
    known = {row.id for row in conn.execute(select(t.attachment.c.id).where(t.attachment.c.id.in_(ids)))}
    return [file_id for file_id in ids if file_id not in known]


def forget(conn: Connection, ids: Sequence[str]) -> None:
    conn.execute(delete(t.attachment).where(t.attachment.c.id.in_(ids)))


def forget_conversation(conn: Connection, conv_id: str) -> None:
    """The person is erased: the rows go now, the sweep of the folder takes the files."""
    conn.execute(delete(t.attachment).where(t.attachment.c.conv_id == conv_id))


def _from_row(row: Row[Any]) -> Attachment:
    return Attachment(
        id=row.id,
        conv_id=row.conv_id,
        author=row.author,
        author_id=row.author_id,
        name=row.name,
        media_type=row.media_type,
        size=row.size,
        sha256=row.sha256,
        width=row.width,
        height=row.height,
        thumbnail=row.thumbnail,
        seq=row.seq,
    )
