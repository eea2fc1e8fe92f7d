"""Turns neighbouring events into as few WeChat messages as possible: words merged, buttons as a menu."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from handoff import texts
from handoff.channels.wechat import wording
from handoff.conversation import Event

MENU_HEAD_BYTES = 1024
SCORES = (1, 2, 3, 4, 5)

ATTACHMENT = "attachment"

Message = dict[str, Any]
Sendable = Callable[[dict[str, Any]], bool]


@dataclass(frozen=True)
class Choice:
    """One option offered with an event. ``score`` is set for a rating."""

    id: str
    label: str
    score: int | None = None


def choices_of(event: Event, lang: str) -> list[Choice]:
    """What the customer may tap: the event's buttons, or the rating after a closed service."""
    if (event.payload.get("meta") or {}).get("code") == "closed":
        return [
            Choice(f"rate:{event.seq}:{score}", texts.text("wechat", f"rate_{score}", lang), score) for score in SCORES
        ]
    buttons = event.payload.get("buttons") or []
    return [Choice(f"pick:{event.seq}:{index}", str(button["title"])) for index, button in enumerate(buttons)]


def is_picture(file: dict[str, Any]) -> bool:
    """What every account can send."""
    return str(file.get("type", "")).startswith("image/")


def no_file(_file: dict[str, Any]) -> bool:
    """For accounts that can answer with words only."""
    return False


def words_of(event: Event, lang: str, sendable: Sendable = no_file) -> str:
    """The event's text as WeChat shows it; a file that cannot be sent is named in words."""
    text = wording.from_markdown(event.text) if event.author == "bot" else wording.plain(event.text)
    named = [
        texts.text("wechat", "picture_named" if is_picture(file) else "file_named", lang, name=file.get("name", ""))
        for file in event.payload.get("attachments") or []
        if not sendable(file)
    ]
    return "\n".join(part for part in (text, *map(wording.plain, named)) if part)


def merged(events: Sequence[Event], lang: str, sendable: Sendable = no_file) -> str:
    said = (words_of(event, lang, sendable) for event in events)
    return "\n\n".join(words for words in said if words)


def together(events: Sequence[Event], lang: str = "zh", sendable: Sendable = is_picture) -> int:
    """How many events, from the first, fit into one message; buttons end it."""
    count = 1
    while count < len(events) and not choices_of(events[count - 1], lang):
        if len(compose(events[: count + 1], lang, sendable)) > 1:
            break
        count += 1
    return count


def compose(events: Sequence[Event], lang: str, sendable: Sendable = is_picture) -> list[Message]:
    """The messages for these events: text pieces of at most 2,048 bytes, files, and a menu last if there are choices.

    A file stands as ``{"msgtype": "attachment", …}`` until it is uploaded; ``sendable`` tells which files can be.
    """
    body, choices = merged(events, lang, sendable), choices_of(events[-1], lang)
    files = [
        {"msgtype": ATTACHMENT, ATTACHMENT: file}
        for event in events
        for file in event.payload.get("attachments") or []
        if sendable(file)
    ]
    if not choices:
        words = [text_message(piece) for piece in wording.split_bytes(body)] if body or not files else []
        return words + files
    if body and not files and wording.size(body) <= MENU_HEAD_BYTES:
        return [menu_message(body, choices)]
    head = menu_message(texts.text("wechat", "choose", lang), choices)
    return [*(text_message(piece) for piece in wording.split_bytes(body) if piece), *files, head]


def text_message(text: str) -> Message:
    return {"msgtype": "text", "text": {"content": text}}


def menu_message(head: str, choices: Sequence[Choice]) -> Message:
    options = [{"id": choice.id, "content": choice.label} for choice in choices]
    return {"msgtype": "msgmenu", "msgmenu": {"head_content": head, "list": options, "tail_content": ""}}


def without_menu(message: Message, lang: str, *, links: bool = True) -> Message:
    """The same message for an account without menus: numbered lines to answer by number, or with ``links`` to tap."""
    if message["msgtype"] != "msgmenu":
        return message
    menu = message["msgmenu"]
    choices = [Choice(option["id"], option["content"]) for option in menu["list"]]
    return text_message(f"{menu['head_content']}\n{numbered(choices, lang, links=links)}")


def numbered(choices: Sequence[Choice], lang: str, *, links: bool = True) -> str:
    """The options as lines with a number each."""
    lines = [f"{number}. {choice.label}" for number, choice in enumerate(choices, 1)]
    if links:
        lines = [wording.menu_link(c.id, c.label, line) for c, line in zip(choices, lines, strict=True)]
    return "\n".join([texts.text("wechat", "choose_number", lang), *lines])
