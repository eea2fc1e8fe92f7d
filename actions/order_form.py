"""Checks each answer given to the order form: form of the number, existence of the order, leaving, giving up."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Action, Tracker
from rasa_sdk.types import DomainDict

from actions.conversation import Events, back_in_form, say_empathy, text_of
from actions.errors import OrderServiceError
from actions.form_words import leaves
from actions.orders import find_order_number
from actions.policy import Memory
from actions.wiring import current

FORM = "order_status_form"
MAX_TRIES = 2


class ValidateOrderStatusForm(Action):
    """Says everything the form says, so that a refusal is one message and not two.

    Always sets `order_number` when it has judged a message: without a slot event Rasa would reject the form.
    """

    def name(self) -> str:
        return f"validate_{FORM}"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        text = text_of(tracker)
        if back_in_form(tracker, FORM):  # back from an FAQ answer inside the form
            dispatcher.utter_message(response="utter_order_ask_number")
            return []
        if tracker.get_slot("requested_slot") is None:
            return _start(dispatcher, tracker, text)
        if leaves(text):
            dispatcher.utter_message(response="utter_form_cancelled")
            return [SlotSet("order_number", None), SlotSet("requested_slot", None)]
        number = find_order_number(text, bare=True)
        if number is None:
            return _refused(dispatcher, tracker, "utter_order_number_format")
        return _looked_up(dispatcher, tracker, number)


def _start(dispatcher: CollectingDispatcher, tracker: Tracker, text: str) -> Events:
    """The first message may carry the number already; an order spoken of before is meant again."""
    say_empathy(dispatcher, tracker)
    number = find_order_number(text) or tracker.get_slot("order_number")
    if number:
        return _looked_up(dispatcher, tracker, str(number))
    dispatcher.utter_message(response="utter_order_ask_number")
    return [SlotSet("order_number", None)]


def _looked_up(dispatcher: CollectingDispatcher, tracker: Tracker, number: str) -> Events:
    try:
        order = current.get().orders.find(number)
    except OrderServiceError:
        dispatcher.utter_message(response="utter_order_service_down")
        memory = Memory.from_dict(tracker.get_slot("memory")).action_failed()
        return [_memory(memory), SlotSet("order_number", None), SlotSet("requested_slot", None)]
    if order is None:
        return _refused(dispatcher, tracker, "utter_order_not_found", order=number)
    memory = Memory.from_dict(tracker.get_slot("memory")).form_went_on()
    return [_memory(memory), SlotSet("order_number", order.number)]


def _refused(dispatcher: CollectingDispatcher, tracker: Tracker, response: str, **values: Any) -> Events:
    """Say what is wrong; after the second time offer a person and let the form go."""
    memory = Memory.from_dict(tracker.get_slot("memory")).form_failed()
    if memory.form_failures < MAX_TRIES:
        dispatcher.utter_message(response=response, **values)
        return [_memory(memory), SlotSet("order_number", None)]
    dispatcher.utter_message(response="utter_offer_person_flow_failed")
    offered = replace(memory.form_went_on(), offered_last=True, offers=memory.offers + 1)
    return [_memory(offered), SlotSet("order_number", None), SlotSet("requested_slot", None)]


def _memory(memory: Memory) -> dict[str, Any]:
    return dict(SlotSet("memory", memory.to_dict()))
