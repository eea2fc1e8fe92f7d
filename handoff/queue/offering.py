"""A waiting customer is shown to one agent first, for a while: offered, declined, run out, offered to the next."""

from __future__ import annotations

from sqlalchemy import Connection

from handoff.conversation import Agent, Handoff, HandoffState
from handoff.errors import StaleOwner
from handoff.routing.rules import Member, Rules, choose
from handoff.store import handoffs, ledger, offers, presence, team
from handoff.store.clock import read_clock
from handoff.store.ledger import Step


def offer(conn: Connection, handoff: Handoff, member: Member, rules: Rules) -> Handoff:
    """Show the customer to this agent for the time of an offer; unchanged when the handoff waits no longer."""
    if not offers.offer_to(conn, handoff.id, member.agent.id, rules.offer_seconds):
        return handoff
    ledger.record(conn, handoff.id, Step.OFFERED, "gateway", agent=member.agent.id, seconds=rules.offer_seconds)
    return handoffs.get_handoff(conn, handoff.id) or handoff


def offer_to_preferred(conn: Connection, handoff: Handoff, rules: Rules) -> Handoff:
    """First ask the agent who knows this customer, if they are online and have a free place."""
    if handoff.preferred_agent is None:
        return handoff
    member = next((m for m in team.members(conn) if m.agent.id == handoff.preferred_agent), None)
    if member is None or not member.online or not member.free:
        return handoff
    return offer(conn, handoff, member, rules)


def make_offers(conn: Connection, rules: Rules) -> int:
    """Offer every waiting customer, in order, to whoever should have them; returns how many offers were made."""
    made = 0
    here = team.members(conn)
    clock = read_clock(conn)
    for handoff in handoffs.waiting(conn, rules.ageing):
        if handoff.state is not HandoffState.QUEUED:
            continue
        refused = offers.refused_lately(conn, handoff.id, rules.offer_again)
        member = choose(handoff, clock - handoff.queued_at, here, rules, refused)
        if member is not None and offer(conn, handoff, member, rules).state is HandoffState.OFFERED:
            here = [team.with_offer(m) if m.agent.id == member.agent.id else m for m in here]
            made += 1
    return made


def decline(conn: Connection, handoff_id: str, agent: Agent) -> None:
    """The agent does not take the customer offered to them, who waits on; twice is once."""
    if offers.withdraw_offer(conn, handoff_id, agent.id):
        offers.note_refusal(conn, handoff_id, agent.id, "declined")
        ledger.record(conn, handoff_id, Step.DECLINED, agent.id)
    elif not offers.has_refused(conn, handoff_id, agent.id):
        raise StaleOwner("This customer is not offered to you any more.", mode="queued")


def expire_offers(conn: Connection, rules: Rules) -> list[str]:
    """Offers nobody answered in time are taken back; who misses several is set away. Conversation ids."""
    lapsed = offers.lapsed_offers(conn)
    for handoff in lapsed:
        agent_id = str(handoff.offered_to)
        if offers.withdraw_offer(conn, handoff.id, agent_id):
            offers.note_refusal(conn, handoff.id, agent_id, "expired")
            ledger.record(conn, handoff.id, Step.OFFER_EXPIRED, "gateway", agent=agent_id)
            presence.missed_offer(conn, agent_id, rules.missed_offers)
    return [handoff.conv_id for handoff in lapsed]
