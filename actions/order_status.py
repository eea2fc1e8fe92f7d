"""Tells the customer how the order stands, once the form has a number that exists."""

from __future__ import annotations

from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Action, Tracker
from rasa_sdk.types import DomainDict

from actions.conversation import Events, lang_of
from actions.errors import OrderServiceError
from actions.policy import Memory
from actions.wiring import current


class ActionOrderStatus(Action):
    """`utter_order_<status>`; silent when the form was left without a number, which the form has already answered."""

    def name(self) -> str:
        return "action_order_status"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        number = tracker.get_slot("order_number")
        if not number:
            return []
        try:
            order = current.get().orders.find(str(number))
        except OrderServiceError:
            order = None
        if order is None:
            dispatcher.utter_message(response="utter_order_service_down")
            return [SlotSet("memory", Memory.from_dict(tracker.get_slot("memory")).action_failed().to_dict())]
        dispatcher.utter_message(response=f"utter_order_{order.status}", **order.words(lang_of(tracker)))
        return []
