"""Builds the channel's answer from the events a turn left in the store; a repeated turn gets the same answer."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

# Slots the gateway has no use for: the per-turn signals travel under their own keys.
INTERNAL_SLOTS = frozenset(
    {
        "mood",
        "mood_state",
        "faq",
        "lang",
        "next_step",
        "decision",
        "memory",
        "turn_id",
        "requested_slot",
        "session_started_metadata",
    }
)
# What the gateway may know of a message; the words put into a response stay in its text.
_META = ("entry_id", "score", "ticket", "images", "links")


def build(turn_id: str, events: List[Dict[str, Any]], slots: Dict[str, Any]) -> Dict[str, Any]:
    """The response body for one turn; `events` as stored, oldest first, `slots` as they stand after it."""
    spoken = [event for event in events if event.get("event") == "bot"]
    return {
        "turn_id": turn_id,
        "messages": [message for message in map(_message, spoken) if message],
        "handoff": _handoff(spoken),
        "slots": {name: value for name, value in slots.items() if name not in INTERNAL_SLOTS and value is not None},
        "intent": _intent(events),
        "mood": _slot(events, "mood"),
        "decision": _slot(events, "decision"),
    }


def _message(event: Dict[str, Any]) -> Optional[Dict[str, Any]]:
    text = event.get("text")
    if not text:
        return None
    return {"text": text, "buttons": _buttons(event), "meta": _meta(event)}


def _buttons(event: Dict[str, Any]) -> List[Dict[str, str]]:
    """Buttons of the response, those marked `last` in the domain behind those an action added."""
    buttons = (event.get("data") or {}).get("buttons") or []
    ordered = sorted(buttons, key=lambda button: bool(button.get("last")))
    return [{"title": str(b.get("title", "")), "payload": str(b.get("payload") or b.get("title", ""))} for b in ordered]


def _meta(event: Dict[str, Any]) -> Dict[str, Any]:
    metadata = event.get("metadata") or {}
    meta = {key: metadata[key] for key in _META if metadata.get(key) is not None}
    if metadata.get("utter_action"):
        meta["response"] = metadata["utter_action"]
    return meta


def _handoff(spoken: List[Dict[str, Any]]) -> Optional[Dict[str, Any]]:
    for event in reversed(spoken):
        custom = (event.get("data") or {}).get("custom") or {}
        if isinstance(custom.get("handoff"), dict):
            return dict(custom["handoff"])
    return None


def _intent(events: List[Dict[str, Any]]) -> Dict[str, Any]:
    for event in events:
        if event.get("event") == "user":
            intent = (event.get("parse_data") or {}).get("intent") or {}
            return {"name": intent.get("name"), "confidence": round(float(intent.get("confidence") or 0.0), 4)}
    return {"name": None, "confidence": 0.0}


def _slot(events: List[Dict[str, Any]], name: str) -> Any:
    """The first value this turn gave the slot: what the per-turn action said, not a later reset."""
    for event in events:
        if event.get("event") == "slot" and event.get("name") == name:
            return event.get("value")
    return None
