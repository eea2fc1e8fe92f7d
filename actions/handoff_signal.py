"""Builds the `handoff` message: everything an agent must know, sent to the gateway, which alone opens the handoff."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rasa_sdk.interfaces import Tracker

from actions.conversation import faq_of, lang_of, text_of
from actions.errors import NotReadyError, OrderServiceError
from actions.wiring import current

MAX_LAST_ASK = 500
KEPT_MOODS = 20
SLOTS = ("order_number", "complaint_text", "complaint_contact", "ticket", "rating")
# Words that ask for nothing themselves: the ask is in an earlier message.
_NO_ASK = frozenset({"ask_person", "affirm", "deny", "greet", "thanks", "goodbye", "rate", "nonsense"})
_ABOUT_EARLIER = frozenset({"asked_for_person", "accepted_offer"})


def handoff_signal(tracker: Tracker, decision: dict[str, Any], ticket: str | None = None) -> dict[str, Any]:
    """The value of `handoff` as the contract has it (docs/architecture.md)."""
    return {
        "reason": decision.get("reason"),
        "rule": decision.get("rule"),
        "priority": int(decision.get("priority") or 0),
        "skill": decision.get("skill"),
        "last_ask": last_ask(tracker, str(decision.get("reason")))[:MAX_LAST_ASK],
        "faq": [{key: item.get(key) for key in ("id", "question", "score")} for item in faq_of(tracker)],
        "mood_curve": _mood_curve(tracker),
        "slots": _known(tracker) | _order(tracker),
        "ticket": ticket,
    }


def _known(tracker: Tracker) -> dict[str, Any]:
    return {name: tracker.get_slot(name) for name in SLOTS if tracker.get_slot(name) is not None}


def _order(tracker: Tracker) -> dict[str, Any]:
    """What the order service knows of the order that was spoken of; nothing when it does not answer."""
    number = tracker.get_slot("order_number")
    try:
        order = current.get().orders.find(str(number)) if number else None
    except (OrderServiceError, NotReadyError):  # the handover does not wait for it
        return {}
    if order is None:
        return {}
    known = {name: value for name, value in order.words(lang_of(tracker)).items() if value and name != "order"}
    return {"order": {"status": order.status, **known}}


def last_ask(tracker: Tracker, reason: str) -> str:
    """The customer's last real request; "get me a person" and "yes" point back to what was asked before."""
    latest = text_of(tracker)
    if reason not in _ABOUT_EARLIER:
        return latest
    earlier = (text for text, intent in _said(tracker) if intent not in _NO_ASK and text != latest)
    return next(earlier, latest)


def _said(tracker: Tracker) -> Iterator[tuple[str, str | None]]:
    """Customer texts with their intents, newest first."""
    for event in reversed(tracker.events):
        if event.get("event") == "user" and event.get("text"):
            intent = ((event.get("parse_data") or {}).get("intent") or {}).get("name")
            yield str(event["text"]), intent


def _mood_curve(tracker: Tracker) -> list[dict[str, Any]]:
    moods = [
        event["value"]
        for event in tracker.events
        if event.get("event") == "slot" and event.get("name") == "mood" and isinstance(event.get("value"), dict)
    ]
    return [{key: mood.get(key) for key in ("valence", "anger", "urgency")} for mood in moods[-KEPT_MOODS:]]
