"""What an agent is told when the desk refuses: always who has the customer now, and that the text is kept."""

from __future__ import annotations

from handoff.console.words import words
from handoff.errors import AlreadyClaimed, BatonError, StaleOwner
from handoff.texts import error_text


def refusal_text(error: BatonError, lang: str) -> str:
    """Words for ``error`` in the agent's language."""
    known = words(lang)["error"]
    if isinstance(error, AlreadyClaimed):
        return known["claimed"].format(**error.fields)
    if isinstance(error, StaleOwner):
        owner, mode = error.fields.get("owner"), error.fields.get("mode")
        return known["stale_named"].format(owner=owner) if owner else known.get(f"stale_{mode}", known["stale_closed"])
    return error_text(error, lang)
