"""A conversation goes from one person to another: passed on, taken over by a supervisor, or taken back."""

from __future__ import annotations

from sqlalchemy import Connection

from handoff.conversation import Agent, Change, Conversation, Draft, Handoff, HandoffRequest, Mode, PresenceState, Role
from handoff.errors import AtCapacity, ColleagueUnavailable, StaleOwner
from handoff.queue import opening
from handoff.queue.claiming import claim
from handoff.queue.letting_go import held, owned
from handoff.queue.ownership import change_owner, reopen_if_closed, tell
from handoff.routing.rules import Rules
from handoff.store import agents, audit, handoffs, ledger, offers, presence, turns
from handoff.store.append import append, get_conversation, stale_owner
from handoff.store.ledger import Step


def transfer_to_agent(
    conn: Connection, conv_id: str, agent: Agent, fence: int, to_agent: str, note: str = ""
) -> Conversation:
    """Give the customer to a colleague who is here and has a free place; the wait clock goes on.

    `ColleagueUnavailable` when they are not here, full, disabled or the giver.
    """
    taker = agents.agent_by_id(conn, to_agent)
    there = presence.presence_of(conn, to_agent)
    if taker.disabled or taker.role is Role.EDITOR or taker.id == agent.id:
        raise ColleagueUnavailable(name=taker.display_name, why="disabled")
    if there is None or there.state is not PresenceState.ONLINE:
        raise ColleagueUnavailable(name=taker.display_name, why="offline")
    if not agents.move_slot(conn, agent.id, taker.id):
        raise ColleagueUnavailable(name=taker.display_name, why="full")
    conversation, handoff = held(conn, conv_id, agent, fence)
    _give(conn, handoff, agent.id, taker.id)
    _leave_note(conn, conversation, agent, note, "transfer_note")
    conversation = change_owner(conn, conversation, Change.TRANSFER, owner=taker.id)
    ledger.record(conn, handoff.id, Step.TRANSFERRED, agent.id, agent=taker.id)
    audit.record(conn, agent.id, "conversation_transferred", conv_id, handoff=handoff.id, to=taker.id)
    key = f"{handoff.id}:{conversation.fence}"
    return tell(conn, conversation, "taken", key, variant="transferred", agent=taker.display_name)


def transfer_to_skill(
    conn: Connection, conv_id: str, agent: Agent, fence: int, skill: str, note: str = ""
) -> Conversation:
    """Give the customer back to the queue for agents with ``skill``: first clock, one level more urgent."""
    conversation, handoff = owned(conn, conv_id, agent, fence)
    _leave_note(conn, conversation, agent, note, "transfer_note")
    offers.note_refusal(conn, handoff.id, agent.id, "passed")
    ledger.record(conn, handoff.id, Step.TRANSFERRED, agent.id, skill=skill)
    audit.record(conn, agent.id, "conversation_transferred", conv_id, handoff=handoff.id, skill=skill)
    return _queue_again(conn, conversation, handoff, "transferred_skill", skill)


def passed_on(conn: Connection, conv_id: str, agent: Agent, fence: int) -> bool:
    """Whether this very transfer was made already: a click that is sent again must not be refused."""
    handoff = handoffs.open_handoff_of(conn, conv_id)
    if handoff is None or handoffs.peek(conn, conv_id)[1] != fence + 1:
        return False
    last = ledger.lines_of(conn, handoff.id)[-1]
    return last.kind is Step.TRANSFERRED and last.actor == agent.id


def take_over(conn: Connection, conv_id: str, boss: Agent, note: str = "", rules: Rules | None = None) -> Conversation:
    """A supervisor takes the conversation, whoever has it: an agent, the queue, or the bot. Twice is once."""
    rules = rules or Rules()
    # Not locked yet: the agents come first.
    owner, _ = handoffs.peek(conn, conv_id)
    if owner == boss.id:
        return get_conversation(conn, conv_id)
    if owner is not None:
        conversation = _take_from_agent(conn, conv_id, owner, boss)
    else:
        conversation = _take_unowned(conn, conv_id, boss, rules)
    _leave_note(conn, conversation, boss, note, "take_over_note")
    presence.beat(conn, boss.id, rules.presence_lease)
    return get_conversation(conn, conv_id)


def take_back(conn: Connection, handoff: Handoff, why: str) -> bool:
    """The owner is silent or gone: the customer waits again, first clock, one level more urgent.

    False, with nothing changed, when the handoff is not that agent's any more.
    """
    agent_id = handoff.claimed_by
    if agent_id is None:
        return False
    agents.lock(conn, agent_id)
    conversation = get_conversation(conn, handoff.conv_id)
    current = handoffs.open_handoff_of(conn, handoff.conv_id)
    if current is None or current.id != handoff.id or conversation.owner_agent != agent_id:
        return False
    agents.free_slot(conn, agent_id)
    offers.note_refusal(conn, handoff.id, agent_id, why)
    ledger.record(conn, handoff.id, Step.TAKEN_BACK, "gateway", agent=agent_id, why=why)
    audit.record(conn, "gateway", "handoff_taken_back", handoff.conv_id, handoff=handoff.id, agent=agent_id, why=why)
    _queue_again(conn, conversation, current, None, None)
    return True


def requeue_all_of(conn: Connection, agent_id: str, why: str = "gone") -> list[str]:
    """The agent is gone: every customer of theirs waits again, clock kept. Returns the conversation ids."""
    agents.lock(conn, agent_id)  # whoever gives them one more is either seen below or finds them gone
    for handoff in offers.offers_to(conn, agent_id):
        if offers.withdraw_offer(conn, handoff.id, agent_id):
            ledger.record(conn, handoff.id, Step.OFFER_EXPIRED, "gateway", agent=agent_id)
    held_now = sorted(handoffs.held_by(conn, agent_id), key=lambda handoff: handoff.conv_id)
    return [handoff.conv_id for handoff in held_now if take_back(conn, handoff, why)]


def _take_from_agent(conn: Connection, conv_id: str, owner: str, boss: Agent) -> Conversation:
    if not agents.move_slot(conn, owner, boss.id):
        raise AtCapacity(cap=boss.cap)
    conversation = get_conversation(conn, conv_id)
    handoff = handoffs.open_handoff_of(conn, conv_id)
    if conversation.owner_agent != owner or handoff is None:
        raise stale_owner(conn, conv_id)
    _give(conn, handoff, owner, boss.id)
    conversation = change_owner(conn, conversation, Change.TAKE_OVER, owner=boss.id)
    ledger.record(conn, handoff.id, Step.TAKEN_OVER, boss.id, previous=owner)
    audit.record(conn, boss.id, "conversation_taken_over", conv_id, handoff=handoff.id, previous=owner)
    key = f"{handoff.id}:{conversation.fence}"
    return tell(conn, conversation, "taken", key, variant="transferred", agent=boss.display_name)


def _take_unowned(conn: Connection, conv_id: str, boss: Agent, rules: Rules) -> Conversation:
    agents.lock(conn, boss.id)
    handoff = handoffs.open_handoff_of(conn, conv_id)
    if handoff is None:
        conversation = reopen_if_closed(conn, get_conversation(conn, conv_id))
        request = HandoffRequest("supervisor", "taken_over", actor=boss.id)
        handoff = opening.start(conn, conversation, request, rules)
        change_owner(conn, conversation, Change.HAND_OVER)
        turns.supersede_pending(conn, conv_id)
    return claim(conn, handoff.id, boss, rules)


def _give(conn: Connection, handoff: Handoff, giver: str, taker: str) -> None:
    if not handoffs.give_to(conn, handoff.id, giver, taker):
        raise StaleOwner("The conversation changed hands first.", mode=str(Mode.HUMAN))


def _queue_again(
    conn: Connection, conversation: Conversation, handoff: Handoff, variant: str | None, skill: str | None
) -> Conversation:
    if not handoffs.back_to_queue(conn, handoff.id, skill=skill):
        raise StaleOwner("The conversation changed hands first.", mode=str(Mode.HUMAN))
    conversation = change_owner(conn, conversation, Change.REQUEUE)
    key = f"{handoff.id}:{conversation.fence}"
    return tell(conn, conversation, "requeued", key, variant=variant)


def _leave_note(conn: Connection, conversation: Conversation, agent: Agent, note: str, code: str) -> None:
    if note:
        key = f"{code}:{conversation.id}:{conversation.fence}"[:200]
        payload = {"meta": {"code": code}}
        draft = Draft("note", "agent", note, key, agent.id, payload=payload, internal=True)
        append(conn, conversation.id, draft, author_name=agent.display_name)
