"""Every change of owner, each as one transaction: handoff row, ledger line, mode, fence, notice and load together."""

from handoff.queue.claiming import claim
from handoff.queue.leaving import cancel, customer_gone, expire, leave_message
from handoff.queue.letting_go import close, return_to_bot
from handoff.queue.notices import tell_long_wait
from handoff.queue.offering import decline, expire_offers, make_offers, offer
from handoff.queue.opening import open_handoff
from handoff.queue.ownership import change_owner, reopen_if_closed
from handoff.queue.passing import passed_on, requeue_all_of, take_back, take_over, transfer_to_agent, transfer_to_skill

__all__ = [
    "cancel",
    "change_owner",
    "claim",
    "close",
    "customer_gone",
    "decline",
    "expire",
    "expire_offers",
    "leave_message",
    "make_offers",
    "offer",
    "open_handoff",
    "passed_on",
    "reopen_if_closed",
    "requeue_all_of",
    "return_to_bot",
    "take_back",
    "take_over",
    "tell_long_wait",
    "transfer_to_agent",
    "transfer_to_skill",
]
