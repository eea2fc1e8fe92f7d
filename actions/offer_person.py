"""Offers a person; the customer's yes is read by the policy on the next turn."""

from __future__ import annotations

from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Action, Tracker
from rasa_sdk.types import DomainDict

from actions.conversation import Events, decision_of, say_empathy

RESPONSES = {"angry": "utter_offer_person_angry", "flow_failed": "utter_offer_person_flow_failed"}
DEFAULT_RESPONSE = "utter_offer_person"


class ActionOfferPerson(Action):
    """One question with a yes and a no button, worded for the reason."""

    def name(self) -> str:
        return "action_offer_person"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        reason = str(decision_of(tracker).get("reason"))
        if reason != "angry":  # that wording is a word of empathy itself
            say_empathy(dispatcher, tracker)
        dispatcher.utter_message(response=RESPONSES.get(reason, DEFAULT_RESPONSE))
        return []
