"""Asks which of the nearest FAQ questions is meant; each button sends its question, the last asks for a person."""

from __future__ import annotations

from typing import Any

from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Action, Tracker
from rasa_sdk.types import DomainDict

from actions.conversation import Events, faq_of, say_empathy

MAX_CHOICES = 3


class ActionClarify(Action):
    """Offers up to three questions; without a candidate there is nothing to choose from and it says so."""

    def name(self) -> str:
        return "action_clarify"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        say_empathy(dispatcher, tracker)
        candidates = faq_of(tracker)
        if candidates:
            ask_which(dispatcher, candidates)
        else:
            dispatcher.utter_message(response="utter_no_answer")
        return []


def ask_which(dispatcher: CollectingDispatcher, candidates: list[dict[str, Any]]) -> None:
    """One message with a button for each candidate worth offering, best first."""
    likely = [item for item in candidates if item.get("zone") in ("answer", "clarify")] or candidates[:1]
    questions = list(dict.fromkeys(str(item["question"]) for item in likely))[:MAX_CHOICES]
    buttons = [{"title": question, "payload": question} for question in questions]
    dispatcher.utter_message(response="utter_clarify", buttons=buttons)
