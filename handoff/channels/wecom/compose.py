"""Turns neighbouring events into messages of 微信客服: the words of `wechat.compose`, menus in its own form."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from handoff.channels.wechat import compose as wechat_compose
from handoff.channels.wechat import wording
from handoff.channels.wechat.compose import ATTACHMENT, Choice, Message, numbered, without_menu
from handoff.conversation import Event

MAX_OPTIONS = 10
MAX_OPTION_BYTES = 128
_ANCHOR = re.compile(r'<a href="([^"]*)">([^<]*)</a>')


def compose(events: Sequence[Event], lang: str) -> list[Message]:
    """The messages for these events, each within the platform's bytes and options."""
    return [_kf_message(message, lang) for message in wechat_compose.compose(events, lang, any_file)]


def any_file(_file: dict[str, Any]) -> bool:
    """Pictures go as pictures, everything else as a file."""
    return True


def _kf_message(message: Message, lang: str) -> Message:
    if message["msgtype"] == ATTACHMENT:
        return message
    if message["msgtype"] == "msgmenu":
        options = message["msgmenu"]["list"]
        if len(options) <= MAX_OPTIONS and all(_fits(option) for option in options):
            return _menu(message["msgmenu"])
        message = without_menu(message, lang, links=False)
    return {"msgtype": "text", "text": {"content": without_anchors(message["text"]["content"])}}


def without_anchors(text: str) -> str:
    """Links as a label and an address: this platform shows anchors as they are written."""
    return _ANCHOR.sub(lambda m: m[2] if m[1] == m[2] else f"{m[2]} {m[1]}", text)


def _fits(option: dict[str, str]) -> bool:
    return all(0 < wording.size(option[part]) <= MAX_OPTION_BYTES for part in ("id", "content"))


def _menu(menu: dict[str, Any]) -> Message:
    options = [
        {"type": "click", "click": {"id": option["id"], "content": option["content"]}} for option in menu["list"]
    ]
    head = without_anchors(menu["head_content"])
    return {"msgtype": "msgmenu", "msgmenu": {"head_content": head, "list": options, "tail_content": ""}}


def without_menus(message: Message, lang: str) -> str:
    """The words of a message, its options as numbered lines."""
    if message["msgtype"] == "text":
        return str(message["text"]["content"])
    menu = message["msgmenu"]
    choices = [Choice(option["click"]["id"], option["click"]["content"]) for option in menu["list"]]
    return f"{menu['head_content']}\n{numbered(choices, lang, links=False)}"
