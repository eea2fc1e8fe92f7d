"""Hands over to a person: a word to the customer, the signal for the gateway, and any running form ends."""

from __future__ import annotations

from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Action, Tracker
from rasa_sdk.types import DomainDict

from actions.complaint import file_complaint
from actions.conversation import Events, decision_of, text_of
from actions.handoff_signal import handoff_signal
from actions.policy import hand_over
from actions.signals import REASONS
from actions.wiring import current

# What to do now, said before anything else; a crisis an operator added to the policy has no such words.
SAFETY_WORDS = {
    "danger": "utter_safety_danger",
    "child_danger": "utter_safety_child_danger",
    "self_harm": "utter_safety_self_harm",
}


TOLD = frozenset({"complaint_told"})  # the message is the complaint itself


class ActionHandOver(Action):
    """Uses the policy's decision; where a rule brought us here without one, the customer asked for a person."""

    def name(self) -> str:
        return "action_hand_over"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        decision = decision_of(tracker)
        if decision.get("reason") not in REASONS:
            decision = hand_over("asked_for_person", "intent_ask_person", current.get().policy).to_dict()
        topic = str(decision.get("rule") or "").removeprefix("crisis_")
        if topic in SAFETY_WORDS and decision["reason"] == "sensitive_topic":
            dispatcher.utter_message(response=SAFETY_WORDS[topic])
        ticket = file_complaint(dispatcher, tracker, text_of(tracker)) if decision.get("rule") in TOLD else None
        dispatcher.utter_message(response=f"utter_handover_{decision['reason']}")
        dispatcher.utter_message(json_message={"handoff": handoff_signal(tracker, decision, ticket)})
        return [ActiveLoop(None), SlotSet("requested_slot", None)]
