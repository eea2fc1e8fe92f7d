"""An agent takes a waiting customer: exactly one wins, and who may is decided here."""

from __future__ import annotations

from sqlalchemy import Connection

from handoff.conversation import WAITING, Agent, Change, Conversation, Handoff, HandoffState
from handoff.errors import AlreadyClaimed, AtCapacity, NotFound, OfferedToOther, SkillMissing, StaleOwner
from handoff.queue.ownership import change_owner, tell
from handoff.routing.rules import OVERSEERS, Rules, may_take
from handoff.store import agents, audit, handoffs, ledger, presence, team
from handoff.store.append import get_conversation
from handoff.store.clock import read_clock
from handoff.store.ledger import Step


def claim(conn: Connection, handoff_id: str, agent: Agent, rules: Rules | None = None) -> Conversation:
    """The agent takes a waiting customer, offered to them or not.

    `AtCapacity` when the agent is full, `AlreadyClaimed` with the winner's name, `OfferedToOther` while the turn is
    another's, `SkillMissing` while somebody who knows the matter is here, `NotFound` for an unknown id.
    A repeated claim by the winner succeeds again.
    """
    rules = rules or Rules()
    handoff = handoffs.get_handoff(conn, handoff_id)
    if handoff is None:
        raise NotFound(f"There is no handoff {handoff_id}.")
    if handoff.state is HandoffState.ACCEPTED and handoff.claimed_by == agent.id:
        return get_conversation(conn, handoff.conv_id)
    if handoff.state not in WAITING:
        raise _lost(conn, handoff_id)
    waited = read_clock(conn) - handoff.queued_at
    if handoff.offered_to != agent.id and not may_take(agent, handoff, waited, team.members(conn), rules):
        raise SkillMissing(skill=handoff.skill or handoff.lang)
    if not agents.take_slot(conn, agent.id):
        raise AtCapacity(cap=agent.cap)
    conversation = get_conversation(conn, handoff.conv_id)
    in_turn = rules.offers and agent.role not in OVERSEERS
    if not handoffs.accept(conn, handoff_id, agent.id, only_offered=in_turn):
        raise _lost(conn, handoff_id)
    conversation = change_owner(conn, conversation, Change.CLAIM, owner=agent.id)
    presence.beat(conn, agent.id, rules.presence_lease)
    _record(conn, handoff, agent, waited)
    key = f"{handoff_id}:{conversation.fence}"
    return tell(conn, conversation, "taken", key, agent=agent.display_name)


def _record(conn: Connection, handoff: Handoff, agent: Agent, waited: float) -> None:
    offered = handoff.offered_to == agent.id
    ledger.record(conn, handoff.id, Step.CLAIMED, agent.id, waited=round(waited, 3), offered=offered)
    audit.record(conn, agent.id, "handoff_claimed", handoff.conv_id, handoff=handoff.id)


def _lost(conn: Connection, handoff_id: str) -> AlreadyClaimed | OfferedToOther | StaleOwner:
    handoff = handoffs.get_handoff(conn, handoff_id)
    if handoff is not None and handoff.claimed_by is not None:
        return AlreadyClaimed(winner=agents.agent_by_id(conn, handoff.claimed_by).display_name)
    if handoff is not None and handoff.offered_to is not None:
        return OfferedToOther(owner=agents.agent_by_id(conn, handoff.offered_to).display_name)
    return StaleOwner("This customer no longer waits.", mode="closed")
