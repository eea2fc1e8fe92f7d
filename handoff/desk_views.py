"""What agents see: the queue, a conversation with its handoff card, and what of it the platform still lets us send."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from handoff.conversation import Agent, Conversation, End, Event, Handoff, HandoffState, MoodReading
from handoff.errors import NotFound
from handoff.routing.rules import OVERSEERS
from handoff.store import agents, deliveries, handoffs, moods, read_marks, wechat, wechat_accounts
from handoff.store import tables as t
from handoff.store.append import events_since, get_conversation
from handoff.store.queue_version import queue_version


@dataclass(frozen=True)
class QueueItem:
    """One open handoff as a line of the queue. ``waited`` is in seconds, from the first asking."""

    handoff_id: str
    conv_id: str
    reason: str
    rule: str
    priority: int
    state: HandoffState
    lang: str
    channel: str
    queued_at: float
    waited: float
    owner_id: str | None
    owner_name: str | None
    last_words: str
    customer_waits: bool
    mood_label: str | None
    anger: float | None
    skill: str | None = None
    offered_to: str | None = None
    offer_until: float | None = None
    preferred_agent: str | None = None


@dataclass(frozen=True)
class QueueView:
    version: int
    items: list[QueueItem]


@dataclass(frozen=True)
class Thread:
    """A conversation as the agent sees it: everything, with the handoff card; the customer has read up to ``read``."""

    conversation: Conversation
    events: list[Event]
    card: Card
    read: int = 0


@dataclass(frozen=True)
class Card:
    """The handoff card: why this customer is here and what was tried, in a fixed schema."""

    conv_id: str
    channel: str
    lang: str
    customer_id: str
    vip: bool
    handoff: Handoff | None
    owner_name: str | None
    last_ask: str
    faq_tried: list[dict[str, Any]]
    slots: dict[str, Any]
    ticket: Any
    moods: list[MoodReading]
    previous: list[PreviousHandoff]
    rating: int | None
    sending: SendingWindow | None = None


@dataclass(frozen=True)
class SendingWindow:
    """What the customer's platform still lets us send: ``left`` messages until ``until`` (epoch seconds).

    ``waiting`` events go out when the customer writes again. None in `Card` where nothing is limited.
    """

    left: int
    until: float
    waiting: int


@dataclass(frozen=True)
class PreviousHandoff:
    reason: str
    outcome: str | None
    agent_name: str | None
    at: float


def queue_view(conn: Connection, ageing: float) -> QueueView:
    """Everyone who waits or is being answered, in the order to take them."""
    items = [
        QueueItem(
            handoff_id=row.id,
            conv_id=row.conv_id,
            reason=row.reason,
            rule=row.rule,
            priority=row.priority,
            state=HandoffState(row.state),
            lang=row.lang,
            channel=row.channel,
            queued_at=row.queued_at,
            waited=max(0.0, row.now - row.queued_at),
            owner_id=row.claimed_by,
            owner_name=row.owner_name,
            last_words=row.last_words or "",
            customer_waits=row.last_author == "customer",
            mood_label=row.mood_label,
            anger=row.anger,
            skill=row.skill,
            offered_to=row.offered_to,
            offer_until=row.offer_until,
            preferred_agent=row.preferred_agent,
        )
        for row in handoffs.list_queue(conn, ageing)
    ]
    return QueueView(queue_version(conn), items)


def thread_of(conn: Connection, agent: Agent, conv_id: str) -> Thread:
    """The conversation with its card; `NotFound` unless this agent may see it."""
    conversation = get_conversation(conn, conv_id)
    history = handoffs.handoffs_of(conn, conv_id)
    current = handoffs.open_handoff_of(conn, conv_id)
    if not may_see(agent, current, history):
        raise NotFound()
    events = events_since(conn, conv_id, max(0, conversation.last_seq - 500), internal=True, limit=500)
    card = _card(conn, conversation, current, history)
    return Thread(conversation, events, card, read_marks.read_up_to(conn, conv_id, read_marks.CUSTOMER))


def may_see(agent: Agent, current: Handoff | None, history: list[Handoff]) -> bool:
    """Whoever waits may be seen by all; else those who served the customer, follow up, or oversee."""
    served = any(handoff.claimed_by == agent.id for handoff in history)
    followed_up = bool(history) and history[-1].outcome == End.MESSAGE_LEFT
    return current is not None or served or followed_up or agent.role in OVERSEERS


def _card(conn: Connection, conversation: Conversation, current: Handoff | None, history: list[Handoff]) -> Card:
    shown = current or (history[-1] if history else None)
    details = shown.details if shown else {}
    names = {agent.id: agent.display_name for agent in agents.list_agents(conn)}
    score = conn.execute(
        select(t.rating.c.score).where(t.rating.c.conv_id == conversation.id).order_by(t.rating.c.episode.desc())
    ).scalar()
    vip = conn.execute(select(t.customer.c.vip).where(t.customer.c.id == conversation.customer_id)).scalar()
    return Card(
        conv_id=conversation.id,
        channel=conversation.channel,
        lang=conversation.lang,
        customer_id=conversation.customer_id,
        vip=bool(vip),
        handoff=shown,
        owner_name=names.get(conversation.owner_agent or ""),
        last_ask=details.get("last_ask", ""),
        faq_tried=details.get("faq", []),
        slots=details.get("slots", {}),
        ticket=details.get("ticket"),
        moods=moods.moods_of(conn, conversation.id),
        previous=[
            PreviousHandoff(h.reason, h.outcome, names.get(h.claimed_by or ""), h.queued_at)
            for h in history
            if shown is None or h.id != shown.id
        ],
        rating=score,
        sending=_sending(conn, conversation.id),
    )


def _sending(conn: Connection, conv_id: str) -> SendingWindow | None:
    contact = wechat.contact_of_conversation(conn, conv_id)
    if contact is None:
        return None
    passive = wechat_accounts.account_state(conn, contact.app_id).passive
    return SendingWindow(0 if passive else contact.left, contact.until, deliveries.count_waiting(conn, conv_id))
