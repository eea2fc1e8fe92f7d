"""A conversation joins the queue: the handoff, its first ledger line, and an honest word on how long it may take."""

from __future__ import annotations

from sqlalchemy import Connection

from handoff.conversation import Change, Conversation, Handoff, HandoffRequest
from handoff.queue import offering
from handoff.queue.notices import tell_queued
from handoff.queue.ownership import change_owner
from handoff.routing.rules import Rules
from handoff.store import audit, handoffs, ledger, turns
from handoff.store.append import get_conversation
from handoff.store.ledger import Step


def open_handoff(
    conn: Connection, conversation: Conversation, request: HandoffRequest, rules: Rules | None = None
) -> Handoff:
    """Put the bot's conversation in the queue; asked twice, the first handoff is returned.

    The agent who answered this customer last is asked first, if they are here and free.
    """
    rules = rules or Rules()
    conversation = get_conversation(conn, conversation.id)
    waiting = handoffs.open_handoff_of(conn, conversation.id)
    if waiting is not None:
        return waiting
    handoff = start(conn, conversation, request, rules)
    conversation = change_owner(conn, conversation, Change.HAND_OVER)
    turns.supersede_pending(conn, conversation.id)
    tell_queued(conn, conversation, handoff)
    return offering.offer_to_preferred(conn, handoff, rules)


def start(conn: Connection, conversation: Conversation, request: HandoffRequest, rules: Rules) -> Handoff:
    """The handoff's row and its first ledger line; the conversation's owner is the caller's matter."""
    preferred = handoffs.last_agent_of(conn, conversation.customer_id, rules.same_agent_days)
    handoff = handoffs.insert_handoff(conn, conversation, request, preferred=preferred, ageing=rules.ageing)
    ledger.record(
        conn,
        handoff.id,
        Step.OPENED,
        request.actor,
        reason=request.reason,
        rule=request.rule,
        priority=handoff.priority,
        skill=handoff.skill,
        ahead=handoff.ahead,
    )
    audit.record(conn, request.actor, "handoff_opened", conversation.id, reason=request.reason, rule=request.rule)
    return handoff
