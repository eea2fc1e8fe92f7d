"""Files the complaint as a ticket and hands the conversation to a person with the ticket's number."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Action, Tracker
from rasa_sdk.types import DomainDict

from actions.complaint_form import NO_CONTACT
from actions.complaints import Complaint
from actions.conversation import Events, lang_of, shortened, turn_id_of
from actions.errors import TicketStoreError
from actions.handoff_signal import handoff_signal
from actions.mood.reading import Mood
from actions.policy import hand_over
from actions.wiring import current

logger = logging.getLogger(__name__)


class ActionCreateComplaintTicket(Action):
    """Silent when the form was left. Hands over even if no ticket can be written: the signal holds the complaint."""

    def name(self) -> str:
        return "action_create_complaint_ticket"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        text = tracker.get_slot("complaint_text")
        if not text:
            return []
        ticket = file_complaint(dispatcher, tracker, str(text))
        decision = hand_over("complaint", "complaint_form", current.get().policy).to_dict()
        signal = handoff_signal(tracker, decision, ticket)
        signal["last_ask"] = str(text)
        dispatcher.utter_message(json_message={"handoff": signal})
        return [SlotSet("ticket", ticket)]


def file_complaint(dispatcher: CollectingDispatcher, tracker: Tracker, text: str) -> str | None:
    """Number of the new ticket, told to the customer; None, also told, when it could not be written."""
    try:
        ticket = current.get().tickets.file(_complaint(tracker, text), datetime.now(UTC))
    except TicketStoreError as error:
        logger.error("complaint handed over without a ticket: %s", error)
        dispatcher.utter_message(response="utter_complaint_not_saved")
        return None
    dispatcher.utter_message(response="utter_complaint_ticket", ticket=ticket, summary=shortened(text))
    return ticket


def _complaint(tracker: Tracker, text: str) -> Complaint:
    contact = tracker.get_slot("complaint_contact")
    return Complaint(
        turn_id=turn_id_of(tracker),
        sender=tracker.sender_id,
        lang=lang_of(tracker),
        text=text,
        severity=severity(Mood.from_dict(tracker.get_slot("mood"))),
        contact=None if contact in (None, NO_CONTACT) else str(contact),
        order_number=tracker.get_slot("order_number"),
    )


def severity(mood: Mood) -> int:
    """1–4 from the feeling and the hurry of the message; an agent may correct it."""
    return 1 + sum((mood.label in ("angry", "negative"), mood.anger >= 0.5, mood.urgency >= 0.5))
