"""What customers and agents may type: stripped of control characters, neither empty nor endless."""

from __future__ import annotations

import re
import unicodedata

from handoff.errors import EmptyText, TextTooLong

# Bidirectional overrides can make a text read as something else than it says.
_UNSAFE = re.compile(r"[\u202a-\u202e\u2066-\u2069]")


def clean_text(text: str, limit: int) -> str:
    """``text`` in NFC without control characters; `EmptyText` or `TextTooLong` (``limit`` characters)."""
    kept = "".join(ch for ch in text if ch in "\n\t" or unicodedata.category(ch) not in ("Cc", "Cs", "Co"))
    cleaned = unicodedata.normalize("NFC", _UNSAFE.sub("", kept)).strip()
    if not cleaned or not any(ch.isprintable() and not ch.isspace() for ch in cleaned):
        raise EmptyText()
    if len(cleaned) > limit:
        raise TextTooLong(limit=limit)
    return cleaned
