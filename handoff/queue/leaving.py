"""A handoff ends without an agent's answer: cancelled, a message left, expired with notice, or the customer is gone."""

from __future__ import annotations

from sqlalchemy import Connection

from handoff.conversation import WAITING, Change, Conversation, Draft, End, Event, Handoff, HandoffRequest, Mode
from handoff.errors import AgentAnswers, ContactMissing
from handoff.queue import opening
from handoff.queue.ownership import change_owner, end, reopen_if_closed, tell
from handoff.routing.rules import Rules
from handoff.store import agents, handoffs, left_messages
from handoff.store.append import PULLED_CHANNELS, append, find_repeat, get_conversation


def cancel(conn: Connection, conversation: Conversation) -> Conversation:
    """The customer leaves the queue; nothing to do when the conversation does not wait."""
    conversation = get_conversation(conn, conversation.id)
    handoff = handoffs.open_handoff_of(conn, conversation.id)
    if handoff is None or conversation.mode is not Mode.QUEUED:
        return conversation
    end(conn, handoff, End.CUSTOMER_LEFT, "customer")
    conversation = change_owner(conn, conversation, Change.CANCEL, new_episode=True)
    return tell(conn, conversation, "cancelled", handoff.id)


def customer_gone(conn: Connection, conversation: Conversation) -> Conversation:
    """The customer has left the platform for good: nobody waits or answers any more, and nothing is said."""
    owner = conversation.owner_agent
    agents.lock(conn, *([owner] if owner else []))
    now = get_conversation(conn, conversation.id)
    if now.owner_agent != owner:
        return customer_gone(conn, now)
    handoff = handoffs.open_handoff_of(conn, conversation.id)
    if handoff is None or now.mode not in (Mode.QUEUED, Mode.HUMAN):
        return now
    if owner is not None:
        agents.free_slot(conn, owner)
    end(conn, handoff, End.CUSTOMER_LEFT, "customer", gone=True)
    return change_owner(conn, now, Change.CLOSE)


def leave_message(
    conn: Connection, conv_id: str, client_msg_id: str, contact: str, text: str, rules: Rules | None = None
) -> tuple[Event, Conversation]:
    """The customer leaves words and a way to be reached, instead of waiting; safe to repeat with the same id.

    `AgentAnswers` when a person has the conversation; `ContactMissing` where the channel itself cannot reach them.
    """
    conversation = get_conversation(conn, conv_id)
    payload = {"meta": {"code": "left_message"}}
    draft = Draft("message", "customer", text, client_msg_id, payload=payload)
    known = find_repeat(conn, conv_id, draft)
    if known is not None:
        return known, conversation
    if conversation.mode is Mode.HUMAN:
        raise AgentAnswers()
    if not contact and conversation.channel in PULLED_CHANNELS:
        raise ContactMissing()
    conversation = reopen_if_closed(conn, conversation)
    handoff = handoffs.open_handoff_of(conn, conv_id)
    waited = handoff is not None
    if handoff is None:
        request = HandoffRequest("asked_for_person", "left_message", actor="customer", details={"last_ask": text})
        handoff = opening.start(conn, conversation, request, rules or Rules())
    event, conversation = append(conn, conv_id, draft)
    return event, _message_left(conn, conversation, handoff, contact, text, waited=waited)


def expire(conn: Connection, handoff: Handoff) -> bool:
    """Nobody came in time: what the customer wrote meanwhile becomes a message left, else the wait ends with a notice.

    False when the handoff does not wait any more.
    """
    conversation = get_conversation(conn, handoff.conv_id)
    current = handoffs.get_handoff(conn, handoff.id)
    if current is None or current.state not in WAITING:
        return False
    words = left_messages.written_while_waiting(conn, current)
    if words:
        _message_left(conn, conversation, current, "", "\n".join(words), waited=True)
        return True
    end(conn, current, End.EXPIRED, "gateway")
    conversation = change_owner(conn, conversation, Change.EXPIRE, new_episode=True)
    tell(conn, conversation, "expired", current.id)
    return True


def _message_left(
    conn: Connection, conversation: Conversation, handoff: Handoff, contact: str, text: str, *, waited: bool
) -> Conversation:
    left_messages.insert_message(conn, handoff, contact, text)
    end(conn, handoff, End.MESSAGE_LEFT, "customer", contact=bool(contact))
    if waited:
        conversation = change_owner(conn, conversation, Change.LEAVE_MESSAGE, new_episode=True)
    variant = None if contact else "message_left_here"
    tell(conn, conversation, "message_left", handoff.id, variant=variant)
    return get_conversation(conn, conversation.id)
