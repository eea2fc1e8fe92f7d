"""Takes a complaint down: what happened, then how to reach the customer; never lets a complaint get stuck in a form."""

from __future__ import annotations

from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Action, Tracker
from rasa_sdk.types import DomainDict

from actions.conversation import Events, back_in_form, say_empathy, text_of
from actions.form_words import find_contact, leaves, skips
from actions.policy import Memory
from knowledge_base.text import terms

FORM = "complaint_form"
NO_CONTACT = "不用"
MIN_TERMS = 3
TELLING_TERMS = 24


class ValidateComplaintForm(Action):
    """Says everything the form says. A first message that tells the story already is taken as the complaint itself."""

    def name(self) -> str:
        return f"validate_{FORM}"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        text, requested = text_of(tracker), tracker.get_slot("requested_slot")
        if back_in_form(tracker, FORM):
            dispatcher.utter_message(response=f"utter_complaint_{_part(requested)}")
            return []
        if requested is None:
            return _start(dispatcher, tracker, text)
        if leaves(text):
            dispatcher.utter_message(response="utter_form_cancelled")
            return [*_cleared(), SlotSet("requested_slot", None)]
        if requested == "complaint_text":
            return _told(dispatcher, tracker, text)
        return _contact(dispatcher, tracker, text)


def _part(requested: object) -> str:
    return "ask_contact" if requested == "complaint_contact" else "ask_text"


def _start(dispatcher: CollectingDispatcher, tracker: Tracker, text: str) -> Events:
    say_empathy(dispatcher, tracker)
    if len(terms(text)) >= TELLING_TERMS:
        dispatcher.utter_message(response="utter_complaint_ask_contact")
        return [SlotSet("complaint_text", text), SlotSet("complaint_contact", None)]
    dispatcher.utter_message(response="utter_complaint_ask_text")
    return _cleared()


def _told(dispatcher: CollectingDispatcher, tracker: Tracker, text: str) -> Events:
    memory = Memory.from_dict(tracker.get_slot("memory"))
    if len(terms(text)) < MIN_TERMS and memory.form_failures == 0:
        dispatcher.utter_message(response="utter_complaint_text_short")
        return [SlotSet("complaint_text", None), SlotSet("memory", memory.form_failed().to_dict())]
    went_on = SlotSet("memory", memory.form_went_on().to_dict())
    contact = find_contact(text)
    if contact is None:
        dispatcher.utter_message(response="utter_complaint_ask_contact")
    return [SlotSet("complaint_text", text), SlotSet("complaint_contact", contact), went_on]


def _contact(dispatcher: CollectingDispatcher, tracker: Tracker, text: str) -> Events:
    """A contact, a clear "not needed", or, after one hint, no contact: the complaint matters more than the field."""
    memory = Memory.from_dict(tracker.get_slot("memory"))
    contact = find_contact(text)
    if contact is None and not skips(text) and memory.form_failures == 0:
        dispatcher.utter_message(response="utter_complaint_contact_invalid")
        return [SlotSet("complaint_contact", None), SlotSet("memory", memory.form_failed().to_dict())]
    went_on = SlotSet("memory", memory.form_went_on().to_dict())
    return [SlotSet("complaint_contact", contact or NO_CONTACT), went_on]


def _cleared() -> Events:
    return [SlotSet("complaint_text", None), SlotSet("complaint_contact", None)]
