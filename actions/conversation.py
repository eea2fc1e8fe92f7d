"""Reads what every action needs from Rasa's tracker, so that the actions themselves stay short."""

from __future__ import annotations

from typing import Any

from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Tracker

Events = list[dict[str, Any]]
SHORT_TEXT = 40


def text_of(tracker: Tracker) -> str:
    """The customer's latest words."""
    return str(tracker.latest_message.get("text") or "")


def metadata_of(tracker: Tracker) -> dict[str, Any]:
    """What the gateway sent with the turn: turn_id, lang, vip, channel."""
    for event in reversed(tracker.events):
        if event.get("event") == "user":
            metadata = event.get("metadata")
            return dict(metadata) if isinstance(metadata, dict) else {}
    return {}


def turn_id_of(tracker: Tracker) -> str:
    """Id of the turn; Rasa's own message id when the turn came by another channel."""
    given = metadata_of(tracker).get("turn_id")
    return str(given or tracker.latest_message.get("message_id") or "")


def lang_of(tracker: Tracker) -> str:
    return "en" if tracker.get_slot("lang") == "en" else "zh"


def decision_of(tracker: Tracker) -> dict[str, Any]:
    decision = tracker.get_slot("decision")
    return decision if isinstance(decision, dict) else {}


def faq_of(tracker: Tracker) -> list[dict[str, Any]]:
    faq = tracker.get_slot("faq")
    return [item for item in faq if isinstance(item, dict)] if isinstance(faq, list) else []


def answered_in(tracker: Tracker) -> set[str]:
    """Ids of the FAQ entries that the bot has said in this conversation."""
    said = (event.get("metadata") for event in tracker.events if event.get("event") == "bot")
    return {str(meta["entry_id"]) for meta in said if isinstance(meta, dict) and meta.get("entry_id")}


def active_form_of(tracker: Tracker) -> str | None:
    name = (tracker.active_loop or {}).get("name")
    return str(name) if name else None


def shortened(text: str, length: int = SHORT_TEXT) -> str:
    """One line of at most `length` characters."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1] + "…"


def say_empathy(dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
    """The sentence of empathy the policy asked for, before anything else is said."""
    situation = decision_of(tracker).get("empathy")
    if situation:
        dispatcher.utter_message(response=f"utter_empathy_{situation}")


def back_in_form(tracker: Tracker, form: str) -> bool:
    """True when another action has spoken since the customer's message and the form only has to ask again.

    Rasa adds the form itself to the actions before it calls the form's validation.
    """
    names = [str(event.get("name")) for event in tracker.events if event.get("event") == "action"]
    if names and names[-1] == form:
        names.pop()
    return bool(names) and names[-1] != "action_listen"
