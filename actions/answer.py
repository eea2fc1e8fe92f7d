"""Says the approved answer of the best FAQ entry; Rasa's rules also come here when no intent is sure."""

from __future__ import annotations

from typing import Any

from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Action, Tracker
from rasa_sdk.types import DomainDict

from actions.clarify import ask_which
from actions.conversation import Events, decision_of, faq_of, say_empathy

MAX_FOLLOWUPS = 3


class ActionAnswer(Action):
    """Answers when the policy said so or the best entry is sure; else asks which is meant, or admits it has none."""

    def name(self) -> str:
        return "action_answer"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        say_empathy(dispatcher, tracker)
        candidates = faq_of(tracker)
        decided = decision_of(tracker).get("action") in ("answer", "empathise")
        if candidates and (decided or candidates[0].get("zone") == "answer"):
            _say(dispatcher, candidates[0])
        elif candidates and candidates[0].get("zone") == "clarify":
            ask_which(dispatcher, candidates)
        else:
            dispatcher.utter_message(response="utter_no_answer")
        return []


def _say(dispatcher: CollectingDispatcher, entry: dict[str, Any]) -> None:
    """The entry's text, with its replies and follow-up questions to tap, pictures and links beside it."""
    followups = [str(title) for title in entry.get("followups") or []][:MAX_FOLLOWUPS]
    titles = dict.fromkeys([*(str(title) for title in entry.get("buttons") or []), *followups])
    beside: dict[str, Any] = {key: list(entry[key]) for key in ("images", "links") if entry.get(key)}
    dispatcher.utter_message(
        text=str(entry.get("answer") or ""),
        buttons=[{"title": title, "payload": title} for title in titles],
        entry_id=entry.get("id"),
        score=entry.get("score"),
        **beside,
    )
