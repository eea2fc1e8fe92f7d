"""Text as WeChat shows it: no Markdown, links as anchors, cut by bytes where a reader would pause."""

from __future__ import annotations

import re
from urllib.parse import quote

MAX_BYTES = 2048
_LINK = re.compile(r"(!?)\[([^\]\n]+)\]\((https?://[^\s)\"<>]+)\)")
_ANCHOR = re.compile(r"<(?=/?a\b)", re.I)
# An anchor, or one character with everything that joins it to one sign on the screen.
_ATOM = re.compile(
    r'<a href="[^"]*">[^<]*</a>|.(?:[\ufe0e\ufe0f\u0300-\u036f\u20e3\U0001f3fb-\U0001f3ff]|\u200d.)*', re.S
)
_PAUSES = ("\n", "。", "！", "？", "；", "!", "?", ";", "…", ". ")
_MARKS = (
    (re.compile(r"^```[^\n]*\n?", re.M), ""),
    (re.compile(r"^#{1,6}[ \t]+", re.M), ""),
    (re.compile(r"^>[ \t]?", re.M), ""),
    (re.compile(r"^([ \t]*)[-*+][ \t]+", re.M), r"\1· "),
    (re.compile(r"\*\*(\S(?:[^\n]*?\S)?)\*\*"), r"\1"),
    (re.compile(r"(?<!\w)__(\S(?:[^\n]*?\S)?)__(?!\w)"), r"\1"),
    (re.compile(r"(?<![\w*])\*([^\s*](?:[^*\n]*[^\s*])?)\*(?![\w*])"), r"\1"),
    (re.compile(r"`([^`\n]+)`"), r"\1"),
)


def plain(text: str) -> str:
    """What a person typed: kept as it is, but never a link that WeChat would hide behind other words."""
    return _ANCHOR.sub("＜", text)


def from_markdown(text: str) -> str:
    """The bot's Markdown as WeChat text; web links become anchors, every other markup goes."""
    pieces, end = [], 0
    for match in _LINK.finditer(text):
        pieces.append(_unmarked(text[end : match.start()]))
        image, label, url = match.groups()
        pieces.append(plain(label) if image else anchor(url, label))
        end = match.end()
    return "".join([*pieces, _unmarked(text[end:])]).strip()


def anchor(url: str, label: str) -> str:
    """A link; ``label`` cannot end it."""
    return f'<a href="{url.replace(chr(34), "%22")}">{label.replace("<", "＜").replace(">", "＞")}</a>'


def menu_link(choice: str, label: str, shown: str) -> str:
    """A link that sends ``label`` when it is tapped: menus for accounts that have none."""
    return anchor(f"weixin://bizmsgmenu?msgmenucontent={quote(label)}&msgmenuid={quote(choice)}", shown)


def split_bytes(text: str, limit: int = MAX_BYTES) -> list[str]:
    """``text`` in pieces of at most ``limit`` UTF-8 bytes, cut at pauses where there is one in the later half."""
    pieces: list[str] = []
    while size(text) > limit:
        head = _cut(text, limit)
        pieces.append(head.rstrip())
        text = text[len(head) :].lstrip("\n")
    if text.strip():
        pieces.append(text)
    return [piece for piece in pieces if piece]


def size(text: str) -> int:
    """Bytes in UTF-8, which is what the platform counts."""
    return len(text.encode())


def _cut(text: str, limit: int) -> str:
    used = end = pause = 0
    for match in _ATOM.finditer(text):
        used += size(match.group())
        if used > limit:
            break
        end = match.end()
        if match.group() in _PAUSES or text[match.start() : end + 1] in _PAUSES:
            pause = end
    if end == 0:
        # One sign (or link) that is larger than a message: break it, rather than send nothing for ever.
        return text.encode()[:limit].decode(errors="ignore") or text[:1]
    return text[:pause] if pause * 2 >= end else text[:end]


def _unmarked(text: str) -> str:
    for pattern, replacement in _MARKS:
        text = pattern.sub(replacement, text)
    return plain(text)
