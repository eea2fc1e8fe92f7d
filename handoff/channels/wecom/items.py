"""What one item of a sync_msg page says, told apart by who wrote it; a pure reading of the platform's JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from handoff import texts
from handoff.channels.wechat.inbound import Inbound, Kind

CUSTOMER, SYSTEM, SERVANT = 3, 4, 5
_USER = re.compile(r"[A-Za-z0-9_-]{1,128}")


class What(StrEnum):
    SAID = "said"  # the customer wrote
    ENTERED = "enter_session"
    SEND_FAILED = "msg_send_fail"
    STATE_CHANGED = "session_status_change"
    RECALLED = "user_recall_msg"
    SERVED = "served"  # somebody wrote in the platform's own agent tool
    OTHER = "other"


@dataclass(frozen=True)
class Item:
    """One item. ``at`` in epoch seconds; ``inbound`` for what the customer said, ``event`` for the rest."""

    msgid: str
    user: str
    at: float
    what: What
    inbound: Inbound | None = None
    event: Mapping[str, Any] = field(default_factory=dict)


def read_item(raw: Any, lang: str) -> Item | None:
    """Read one element of ``msg_list``; None for something without id or sender, which nobody could answer."""
    if not isinstance(raw, dict):
        return None
    event = _table(raw, "event")
    msgid = str(raw.get("msgid") or "")
    user = str(raw.get("external_userid") or event.get("external_userid") or "")
    at = raw.get("send_time")
    if not msgid or len(msgid) > 128 or not _USER.fullmatch(user) or not isinstance(at, int | float):
        return None
    if raw.get("msgtype") == "event":
        name = str(event.get("event_type", ""))
        what = What(name) if name in set(What) - {What.SAID, What.SERVED} else What.OTHER
        return Item(msgid, user, float(at), what, event=event)
    if raw.get("origin") == CUSTOMER:
        return Item(msgid, user, float(at), What.SAID, _said(raw, msgid, user, lang))
    if raw.get("origin") == SERVANT:
        servant = str(raw.get("servicer_userid", ""))[:64]
        said = _said(raw, msgid, user, lang)
        return Item(msgid, user, float(at), What.SERVED, said, {"servicer_userid": servant})
    return Item(msgid, user, float(at), What.OTHER)


def _table(raw: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = raw.get(name)
    return value if isinstance(value, dict) else {}


def _said(raw: Mapping[str, Any], msgid: str, user: str, lang: str) -> Inbound:
    kind, key, receiver = str(raw.get("msgtype", "")), f"kf:{msgid}", str(raw.get("open_kfid", ""))
    part = _table(raw, kind)

    def inside(name: str, length: int = 200) -> str:
        value = part.get(name, "")
        return str(value)[:length] if isinstance(value, str | int | float) else ""

    if kind == "text":
        return Inbound(Kind.TEXT, user, receiver, key, inside("content", 20_000), choice=inside("menu_id", 128))
    meta = {"type": kind[:32]}
    if inside("media_id"):
        meta["media_id"] = inside("media_id", 256)
    if kind == "location":
        meta |= {"latitude": inside("latitude"), "longitude": inside("longitude")}
        place = " ".join(filter(None, (inside("name"), inside("address"))))
        return Inbound(Kind.MEDIA, user, receiver, key, texts.text("wechat", "location", lang, place=place), meta=meta)
    if kind == "link":
        words = texts.text("wechat", "link", lang, title=inside("title"), url=inside("url", 1000))
        return Inbound(Kind.MEDIA, user, receiver, key, words, meta=meta)
    if kind == "miniprogram":
        meta["page"] = inside("pagepath", 500)
        return Inbound(
            Kind.MEDIA, user, receiver, key, texts.text("wechat", "card", lang, title=inside("title")), meta=meta
        )
    if kind == "business_card":
        meta["servicer_userid"] = inside("userid")
    if kind == "merged_msg":
        return Inbound(Kind.MEDIA, user, receiver, key, _merged(part, lang), meta=meta)
    known = kind if kind in ("image", "voice", "video", "file") else "other"
    return Inbound(Kind.MEDIA, user, receiver, key, texts.text("wechat", known, lang), meta=meta)


def _merged(part: Mapping[str, Any], lang: str) -> str:
    """A forwarded chat as lines an agent can read."""
    lines = [str(part.get("title", ""))[:200]]
    for one in (part.get("item") or [])[:50]:
        if not isinstance(one, dict):
            continue
        try:
            content = json.loads(one.get("msg_content") or "{}")
        except (TypeError, ValueError):
            content = {}
        said = (content.get("text") or {}).get("content") if isinstance(content, dict) else None
        lines.append(f"{str(one.get('sender_name', ''))[:40]}: {said or texts.text('wechat', 'other', lang)}"[:400])
    return "\n".join(line for line in lines if line) or texts.text("wechat", "other", lang)
