"""Every action of this server; a test compares the list with domain.yml."""

from __future__ import annotations

from rasa_sdk.interfaces import Action

from actions.answer import ActionAnswer
from actions.clarify import ActionClarify
from actions.complaint import ActionCreateComplaintTicket
from actions.complaint_form import ValidateComplaintForm
from actions.hand_over import ActionHandOver
from actions.no_answer import ActionNoAnswer
from actions.offer_person import ActionOfferPerson
from actions.order_form import ValidateOrderStatusForm
from actions.order_status import ActionOrderStatus
from actions.rating import ActionRate
from actions.restart import ActionRestart
from actions.turn import ActionReadTurn

ACTIONS: tuple[type[Action], ...] = (
    ActionReadTurn,
    ActionAnswer,
    ActionClarify,
    ActionNoAnswer,
    ActionOfferPerson,
    ActionHandOver,
    ActionOrderStatus,
    ActionCreateComplaintTicket,
    ActionRate,
    ActionRestart,
    ValidateOrderStatusForm,
    ValidateComplaintForm,
)
