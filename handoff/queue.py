"""Every change of owner, each as one transaction: handoff row, mode, fence, notice and agent's load together."""

from __future__ import annotations

from sqlalchemy import Connection, and_, update

from handoff import texts
from handoff.conversation import (
    Agent,
    Change,
    Conversation,
    Handoff,
    HandoffRequest,
    HandoffState,
    Mode,
    next_mode,
)
from handoff.errors import AlreadyClaimed, AtCapacity, NotFound, StaleOwner
from handoff.store import agents, audit, customers, handoffs, turns
from handoff.store import tables as t
from handoff.store.append import append, conversation_from_row, get_conversation, stale_owner


def open_handoff(conn: Connection, conversation: Conversation, request: HandoffRequest) -> Handoff:
    """Put the bot's conversation in the queue; asked twice, the first handoff is returned."""
    waiting = handoffs.open_handoff_of(conn, conversation.id)
    if waiting is not None:
        return waiting
    conversation = change_owner(conn, conversation, Change.HAND_OVER)
    turns.supersede_pending(conn, conversation.id)
    handoff = handoffs.insert_handoff(conn, conversation, request)
    ahead = handoffs.ahead_of(conn, handoff)
    if request.reason == "bot_failed":
        code, variant = "bot_failed", None
    else:
        code, variant = "queued", None if ahead else "queued_next"
    _notice(conn, conversation, code, handoff.id, variant=variant, ahead=ahead, reason=request.reason)
    audit.record(conn, "gateway", "handoff_opened", conversation.id, reason=request.reason, rule=request.rule)
    return handoff


def claim(conn: Connection, handoff_id: str, agent: Agent) -> Conversation:
    """The agent takes a waiting customer: exactly one wins.

    `AtCapacity` when the agent is full, `AlreadyClaimed` with the winner's name, `NotFound` for an unknown id.
    A repeated claim by the winner succeeds again.
    """
    handoff = handoffs.get_handoff(conn, handoff_id)
    if handoff is None:
        raise NotFound(f"There is no handoff {handoff_id}.")
    if handoff.state is HandoffState.ACCEPTED and handoff.claimed_by == agent.id:
        return get_conversation(conn, handoff.conv_id)
    # Lock order everywhere: agent, handoff, conversation.
    if not agents.take_slot(conn, agent.id):
        raise AtCapacity(cap=agent.cap)
    if not handoffs.accept(conn, handoff_id, agent.id):
        raise _lost_claim(conn, handoff_id)
    conversation = get_conversation(conn, handoff.conv_id)
    conversation = change_owner(conn, conversation, Change.CLAIM, owner=agent.id)
    audit.record(conn, agent.id, "handoff_claimed", conversation.id, handoff=handoff_id)
    key = f"{handoff_id}:{conversation.fence}"
    return _notice(conn, conversation, "taken", key, agent=agent.display_name)


def close(conn: Connection, conv_id: str, agent: Agent, fence: int) -> Conversation:
    """The agent ends the service."""
    return _let_go(conn, conv_id, agent, fence, Change.CLOSE, "closed")


def return_to_bot(conn: Connection, conv_id: str, agent: Agent, fence: int) -> Conversation:
    """The agent gives the customer back to the bot, which starts a fresh episode: no loop into a new handoff."""
    return _let_go(conn, conv_id, agent, fence, Change.RETURN, "returned")


def cancel(conn: Connection, conversation: Conversation) -> Conversation:
    """The customer leaves the queue; nothing to do when the conversation does not wait."""
    handoff = handoffs.open_handoff_of(conn, conversation.id)
    if handoff is None or conversation.mode is not Mode.QUEUED:
        return conversation
    handoffs.end_handoff(conn, handoff.id, HandoffState.CANCELLED, "customer_left")
    conversation = change_owner(conn, conversation, Change.CANCEL, new_episode=True)
    return _notice(conn, conversation, "cancelled", handoff.id)


def customer_gone(conn: Connection, conversation: Conversation) -> Conversation:
    """The customer has left the platform for good: nobody waits or answers any more, and nothing is said."""
    handoff = handoffs.open_handoff_of(conn, conversation.id)
    if handoff is None or conversation.mode not in (Mode.QUEUED, Mode.HUMAN):
        return conversation
    if conversation.owner_agent is not None:
        agents.free_slot(conn, conversation.owner_agent)
    handoffs.end_handoff(conn, handoff.id, HandoffState.CLOSED, "customer_gone")
    return change_owner(conn, conversation, Change.CLOSE)


def requeue_all_of(conn: Connection, agent_id: str) -> list[str]:
    """The agent is gone: every customer of theirs waits again, clock kept. Returns the conversation ids."""
    held = handoffs.held_by(conn, agent_id)
    for handoff in held:
        agents.free_slot(conn, agent_id)
        handoffs.back_to_queue(conn, handoff.id)
        conversation = get_conversation(conn, handoff.conv_id)
        conversation = change_owner(conn, conversation, Change.REQUEUE)
        _notice(conn, conversation, "requeued", f"{handoff.id}:{conversation.fence}")
    return [handoff.conv_id for handoff in held]


def change_owner(
    conn: Connection,
    conversation: Conversation,
    change: Change,
    *,
    owner: str | None = None,
    new_episode: bool = False,
) -> Conversation:
    """Apply one arrow of the transition table; the fence rises, so late writes of the old owner are refused."""
    mode = next_mode(conversation.mode, change)
    c = t.conversation.c
    row = conn.execute(
        update(t.conversation)
        .where(and_(c.id == conversation.id, c.mode == conversation.mode, c.fence == conversation.fence))
        .values(
            mode=mode,
            fence=c.fence + 1,
            owner_agent=owner,
            episode=c.episode + (1 if new_episode else 0),
        )
        .returning(t.conversation)
    ).first()
    if row is None:
        raise stale_owner(conn, conversation.id)
    return conversation_from_row(row)


def reopen_if_closed(conn: Connection, conversation: Conversation) -> Conversation:
    """A customer who writes again after the end is with the bot again."""
    return customers.reopen(conn, conversation) if conversation.mode is Mode.CLOSED else conversation


def _let_go(conn: Connection, conv_id: str, agent: Agent, fence: int, change: Change, outcome: str) -> Conversation:
    conversation = get_conversation(conn, conv_id)
    handoff = handoffs.open_handoff_of(conn, conv_id)
    if conversation.owner_agent != agent.id or conversation.fence != fence or handoff is None:
        raise stale_owner(conn, conv_id)
    agents.free_slot(conn, agent.id)
    handoffs.end_handoff(conn, handoff.id, HandoffState.CLOSED, outcome)
    conversation = change_owner(conn, conversation, change, new_episode=change is Change.RETURN)
    audit.record(conn, agent.id, f"conversation_{outcome}", conv_id, handoff=handoff.id)
    return _notice(conn, conversation, outcome, handoff.id, agent=agent.display_name)


def _lost_claim(conn: Connection, handoff_id: str) -> AlreadyClaimed | StaleOwner:
    handoff = handoffs.get_handoff(conn, handoff_id)
    if handoff is None or handoff.claimed_by is None:
        return StaleOwner("This customer no longer waits.", mode="closed")
    winner = agents.agent_by_id(conn, handoff.claimed_by).display_name
    return AlreadyClaimed(winner=winner)


def _notice(
    conn: Connection,
    conversation: Conversation,
    code: str,
    key: str,
    *,
    variant: str | None = None,
    **values: object,
) -> Conversation:
    draft = texts.notice(code, conversation.lang, f"{key}:{code}", variant=variant, **values)
    return append(conn, conversation.id, draft)[1]
