"""Reads and cleans one turn sent by the gateway; nothing reaches Rasa that this has not accepted."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Any, Dict

from bot.rasa.errors import BadRequest

MAX_TEXT = 4000
MAX_ID = 200
_KEPT_CONTROLS = "\n\t"


@dataclass(frozen=True)
class Turn:
    """One customer message for Rasa. `text` is clean and never a raw intent; `metadata` carries lang, vip, channel."""

    sender: str
    turn_id: str
    text: str
    metadata: Dict[str, Any]


def parse(body: Any) -> Turn:
    """The turn in `body`, or `BadRequest` naming the field that is wrong."""
    if not isinstance(body, dict):
        raise BadRequest("The body must be a JSON object with sender, turn_id, text and metadata.")
    metadata = body.get("metadata") or {}
    if not isinstance(metadata, dict):
        raise BadRequest("metadata must be an object with lang, vip and channel.")
    turn_id = identifier(body, "turn_id")
    return Turn(
        sender=identifier(body, "sender"),
        turn_id=turn_id,
        text=clean(body.get("text")),
        metadata={**metadata, "turn_id": turn_id},
    )


def clean(text: Any) -> str:
    """`text` without control characters; a leading slash becomes full-width, so that it is never a raw intent."""
    if not isinstance(text, str):
        raise BadRequest("text must be a string.")
    kept = "".join(c for c in text if c in _KEPT_CONTROLS or unicodedata.category(c) not in ("Cc", "Cs")).strip()
    if not kept:
        raise BadRequest("text is empty once control characters are removed.")
    if len(kept) > MAX_TEXT:
        raise BadRequest(f"text has {len(kept)} characters; at most {MAX_TEXT} are allowed.")
    return "／" + kept[1:] if kept.startswith("/") else kept


def identifier(body: Any, name: str) -> str:
    """The id named ``name`` in ``body``, or `BadRequest`."""
    value = body.get(name) if isinstance(body, dict) else None
    if not isinstance(value, str) or not value.strip() or len(value) > MAX_ID:
        raise BadRequest(f"{name} must be a non-empty string of at most {MAX_ID} characters.")
    return value
