"""Puts uploaded files into a message: what the message says of each, and words for those who see only text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection

from handoff import texts
from handoff.conversation import Draft
from handoff.errors import InvalidRequest
from handoff.store import attachments

MOST = 5


def with_files(conn: Connection, conv_id: str, draft: Draft, ids: Sequence[str], lang: str) -> Draft:
    """``draft`` carrying the files; `NotFound` when one is not its author's, `InvalidRequest` beyond five.

    A message without words gets some, like "[Picture] receipt.jpg", and ``meta.wordless`` says that they are ours.
    """
    if not ids:
        return draft
    if len(set(ids)) > MOST:
        raise InvalidRequest(f"A message carries at most {MOST} files.")
    carried = attachments.described(conn, conv_id, draft.author, ids)
    payload = draft.payload | {"attachments": carried}
    if draft.text:
        return replace(draft, payload=payload)
    names = [texts.text("words", _word(file["type"]), lang, name=file["name"]) for file in carried]
    meta = payload.get("meta", {}) | {"wordless": True}
    return replace(draft, text="\n".join(names), payload=payload | {"meta": meta})


def _word(media_type: str) -> str:
    major = media_type.partition("/")[0]
    return {"image": "picture", "audio": "voice", "video": "video"}.get(major, "file")
