"""How an answer will look to customers: beside its buttons in the widget, and as plain text with a menu in WeChat."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from knowledge_base.models import Entry

MAX_FOLLOWUPS = 3

# Turns the bot's Markdown into a channel's text.
Plain = Callable[[str], str]


def preview(entry: Entry, followups: Sequence[str], predicted: Sequence[str], wechat_text: Plain) -> dict[str, Any]:
    """JSON-ready: ``web`` (Markdown) and ``wechat`` (plain text) as the channels get them.

    ``predicted`` questions come after the editor's own ``followups`` and are named once more on their own.
    """
    replies = list(dict.fromkeys([*entry.buttons, *[*followups, *predicted][:MAX_FOLLOWUPS]]))
    return {
        "web": {
            "text": entry.answer_for("web"),
            "buttons": replies,
            "images": list(entry.images),
            "links": list(entry.links_for("web")),
        },
        "wechat": {"text": wechat_text(entry.answer_for("wechat")), "buttons": replies},
        "predicted": [title for title in predicted if title in replies],
    }
