"""Starts over: forgets forms, slots and mood of the conversation, keeps the language.

Replaces Rasa's own `action_restart`, which empties the tracker, and with it the turn the channel must find there.
"""

from __future__ import annotations

from rasa_sdk.events import ActiveLoop, AllSlotsReset, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Action, Tracker
from rasa_sdk.types import DomainDict

from actions.conversation import Events


class ActionRestart(Action):
    """`utter_restart` and a clean slate."""

    def name(self) -> str:
        return "action_restart"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        dispatcher.utter_message(response="utter_restart")
        kept = [SlotSet(name, tracker.get_slot(name)) for name in ("lang", "turn_id")]
        return [ActiveLoop(None), AllSlotsReset(), *kept]
