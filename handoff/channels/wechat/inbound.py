"""What a callback says, told apart by kind; a pure reading of its fields."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from handoff import texts

MENU_CLICKS = frozenset({"click", "scancode_push", "scancode_waitmsg"})
_OPENID = re.compile(r"[A-Za-z0-9_-]{1,128}")


class BadMessage(Exception):
    """The callback lacks what every callback has."""


class Kind(StrEnum):
    TEXT = "text"  # words: of a text, or of a voice message that was recognised
    MEDIA = "media"  # something that the bot cannot read
    CLICK = "click"  # a key of the custom menu
    SUBSCRIBE = "subscribe"
    SCAN = "scan"
    ENTER = "enter"  # the customer-service page of a mini program was opened
    UNSUBSCRIBE = "unsubscribe"
    OTHER = "other"  # nothing for us


@dataclass(frozen=True)
class Inbound:
    """One callback. ``key`` is the same for every repeat of it; ``choice`` the id of a menu option clicked."""

    kind: Kind
    openid: str
    receiver: str
    key: str
    text: str = ""
    event_key: str = ""
    choice: str = ""
    meta: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """As it is kept until it is sorted; see `from_json`."""
        return dict(vars(self))

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Inbound:
        return cls(**{**kept, "kind": Kind(kept["kind"])})


def read_inbound(fields: Mapping[str, str], lang: str) -> Inbound:
    """Read the decrypted fields; `BadMessage` without a sender, a type, or something to know repeats by."""
    openid, receiver, kind = (fields.get(name, "") for name in ("FromUserName", "ToUserName", "MsgType"))
    if not _OPENID.fullmatch(openid) or not receiver or not kind:
        raise BadMessage("no sender, receiver or type")
    if kind.lower() == "event":
        return _event(fields, openid, receiver)
    msg_id = fields.get("MsgId", "")
    if not msg_id or len(msg_id) > 128:
        raise BadMessage("no MsgId")
    key = f"msg:{msg_id}"
    if kind == "text":
        words, choice = fields.get("Content", ""), fields.get("bizmsgmenuid", "")
        return Inbound(Kind.TEXT, openid, receiver, key, words, choice=choice)
    if kind == "voice" and fields.get("Recognition"):
        meta = {"type": "voice", "media_id": fields.get("MediaId", "")}
        return Inbound(Kind.TEXT, openid, receiver, key, fields["Recognition"], meta=meta)
    words, meta = _media(kind, fields, lang)
    return Inbound(Kind.MEDIA, openid, receiver, key, words, meta=meta)


def _event(fields: Mapping[str, str], openid: str, receiver: str) -> Inbound:
    event, event_key = fields.get("Event", "").lower(), fields.get("EventKey", "")
    created = fields.get("CreateTime", "")
    if not event or not created.isdigit():
        raise BadMessage("an event without name or time")
    # Two events may share a second, so the name and its key belong to the identity.
    key = f"{openid}:{created}:{event}:{event_key}"[:512]
    kinds = {"subscribe": Kind.SUBSCRIBE, "unsubscribe": Kind.UNSUBSCRIBE, "scan": Kind.SCAN}
    kinds["user_enter_tempsession"] = Kind.ENTER
    kind = Kind.CLICK if event in MENU_CLICKS else kinds.get(event, Kind.OTHER)
    return Inbound(kind, openid, receiver, key, event_key=event_key)


def _media(kind: str, fields: Mapping[str, str], lang: str) -> tuple[str, dict[str, str]]:
    """Words an agent can read for something that is no text, and what is needed to fetch it later."""
    meta = {"type": kind}
    media_id = fields.get("MediaId")
    if media_id:
        meta["media_id"] = media_id
    if kind == "location":
        meta |= {"latitude": fields.get("Location_X", ""), "longitude": fields.get("Location_Y", "")}
        return texts.text("wechat", "location", lang, place=fields.get("Label", "")[:200]), meta
    if kind == "link":
        words = {"title": fields.get("Title", "")[:200], "url": fields.get("Url", "")[:1000]}
        return texts.text("wechat", "link", lang, **words), meta
    if kind == "miniprogrampage":
        meta["page"] = fields.get("PagePath", "")[:500]
        return texts.text("wechat", "card", lang, title=fields.get("Title", "")[:200]), meta
    known = kind if kind in ("image", "voice", "video") else "video" if kind == "shortvideo" else "other"
    return texts.text("wechat", known, lang), meta
