"""What agents can do with the queue and with the conversations they hold; used by the API and the console."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from handoff import carry, queue
from handoff.clean_text import clean_text
from handoff.conversation import (
    Agent,
    Conversation,
    Draft,
    End,
    Event,
    Handoff,
    HandoffState,
    Mode,
    MoodReading,
)
from handoff.errors import Forbidden, InvalidRequest, NotFound
from handoff.pokes import QUEUE, Pokes
from handoff.routing.rules import OVERSEERS, Rules
from handoff.settings import Settings
from handoff.store import agents, attachments, deliveries, handoffs, ledger, moods, wechat
from handoff.store import tables as t
from handoff.store.append import append, events_since, find_repeat, get_conversation, stale_owner
from handoff.store.database import Database
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
    """A conversation as the agent sees it: everything, with the handoff card."""

    conversation: Conversation
    events: list[Event]
    card: Card


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


class Desk:
    """Use-cases of the agent's side; every write carries the fence the agent saw."""

    def __init__(self, db: Database, pokes: Pokes, settings: Settings) -> None:
        self._db = db
        self._pokes = pokes
        self._settings = settings
        self._rules = Rules.of(settings)

    async def queue(self) -> QueueView:
        """Everyone who waits or is being answered, in the order to take them."""
        return await self._db.read(_queue_view, self._rules.ageing)

    async def claim(self, agent: Agent, handoff_id: str) -> Conversation:
        """Take a waiting customer; see `handoff.queue.claim` for the refusals."""
        conversation = await self._db.write(queue.claim, handoff_id, agent, self._rules)
        return self._announce(conversation)

    async def thread(self, agent: Agent, conv_id: str) -> Thread:
        """The conversation with its card; `NotFound` unless it is in the queue or was this agent's."""
        return await self._db.read(_thread, agent, conv_id)

    async def reply(
        self, agent: Agent, conv_id: str, fence: int, client_msg_id: str, text: str, attachments: Sequence[str] = ()
    ) -> Event:
        """Say something to the customer; `StaleOwner` if the conversation is no longer this agent's.

        ``attachments`` are ids of files uploaded into this conversation; a reply of files alone needs no text.
        """
        words = clean_text(text, self._settings.max_text) if text.strip() or not attachments else ""
        draft = Draft("message", "agent", words, client_msg_id, agent.id)
        return await self._write(agent, conv_id, fence, draft, tuple(attachments))

    async def note(self, agent: Agent, conv_id: str, fence: int, client_msg_id: str, text: str) -> Event:
        """Leave a line that only agents see; a colleague who looks in may, without owning (then ``fence`` is free)."""
        cleaned = clean_text(text, self._settings.max_text)
        draft = Draft("note", "agent", cleaned, client_msg_id, agent.id, internal=True)

        def work(conn: Connection) -> tuple[Event, Conversation]:
            conversation = get_conversation(conn, conv_id)
            if conversation.owner_agent == agent.id:
                return append(conn, conv_id, draft, author_name=agent.display_name, modes=[Mode.HUMAN], fence=fence)
            return _side_note(conn, agent, conversation, draft)

        event, conversation = await self._db.write(work)
        self._announce(conversation)
        return event

    async def close(
        self, agent: Agent, conv_id: str, fence: int, reason: str = "", tags: Sequence[str] = ()
    ) -> Conversation:
        """End the service; ``reason`` and ``tags`` say what it was. Asked twice with the same fence, once counts."""

        def work(conn: Connection) -> Conversation:
            return queue.close(conn, conv_id, agent, fence, reason=reason.strip()[:200], tags=_tags(tags))

        return self._announce(await self._db.write(_once, work, agent, conv_id, fence, End.RESOLVED))

    async def return_to_bot(self, agent: Agent, conv_id: str, fence: int, summary: str = "") -> Conversation:
        """Give the customer back to the bot, with what the agent found out; twice with the same fence is once."""
        words = clean_text(summary, self._settings.max_text) if summary.strip() else ""

        def work(conn: Connection) -> Conversation:
            return queue.return_to_bot(conn, conv_id, agent, fence, summary=words)

        return self._announce(await self._db.write(_once, work, agent, conv_id, fence, End.RETURNED))

    async def transfer(
        self,
        agent: Agent,
        conv_id: str,
        fence: int,
        *,
        to_agent: str | None = None,
        to_skill: str | None = None,
        note: str = "",
    ) -> Conversation:
        """Pass the customer to a colleague (``to_agent``, an id) or to those with a skill; clock and thread go along.

        `ColleagueUnavailable` when the colleague is not here or full; `InvalidRequest` unless one target is named.
        """
        if bool(to_agent) == bool(to_skill):
            raise InvalidRequest("Name one colleague or one skill to pass the conversation to.")
        words = clean_text(note, self._settings.max_text) if note.strip() else ""

        def work(conn: Connection) -> Conversation:
            if queue.passed_on(conn, conv_id, agent, fence):
                return get_conversation(conn, conv_id)
            if to_agent:
                return queue.transfer_to_agent(conn, conv_id, agent, fence, to_agent, words)
            return queue.transfer_to_skill(conn, conv_id, agent, fence, str(to_skill).strip()[:64], words)

        return self._announce(await self._db.write(work))

    async def take_over(self, boss: Agent, conv_id: str, note: str = "") -> Conversation:
        """A supervisor takes the conversation from an agent, the queue or the bot; `Forbidden` for other roles."""
        if boss.role not in OVERSEERS:
            raise Forbidden()
        words = clean_text(note, self._settings.max_text) if note.strip() else ""
        return self._announce(await self._db.write(queue.take_over, conv_id, boss, words, self._rules))

    async def _write(self, agent: Agent, conv_id: str, fence: int, draft: Draft, files: tuple[str, ...] = ()) -> Event:
        def work(conn: Connection) -> tuple[Event, Conversation]:
            conversation = get_conversation(conn, conv_id)
            if conversation.owner_agent != agent.id:
                raise stale_owner(conn, conv_id)
            full = carry.with_files(conn, conv_id, draft, files, conversation.lang)
            written = append(conn, conv_id, full, author_name=agent.display_name, modes=[Mode.HUMAN], fence=fence)
            attachments.bind(conn, conv_id, files, written[0].seq)
            return written

        event, conversation = await self._db.write(work)
        self._announce(conversation)
        return event

    def _announce(self, conversation: Conversation) -> Conversation:
        self._pokes.poke(conversation.id, QUEUE)
        return conversation


def _once(
    conn: Connection,
    change: Callable[[Connection], Conversation],
    agent: Agent,
    conv_id: str,
    fence: int,
    outcome: End,
) -> Conversation:
    last = handoffs.handoffs_of(conn, conv_id)[-1:]
    if last and last[0].claimed_by == agent.id and last[0].outcome == outcome:
        conversation = get_conversation(conn, conv_id)
        if conversation.fence == fence + 1:
            return conversation
    return change(conn)


def _tags(tags: Sequence[str]) -> list[str]:
    """At most ten short words, each once, in the order given."""
    return list(dict.fromkeys(tag.strip()[:40] for tag in tags if tag.strip()))[:10]


def _queue_view(conn: Connection, ageing: float) -> QueueView:
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


def _thread(conn: Connection, agent: Agent, conv_id: str) -> Thread:
    conversation = get_conversation(conn, conv_id)
    history = handoffs.handoffs_of(conn, conv_id)
    current = handoffs.open_handoff_of(conn, conv_id)
    if not _may_see(agent, current, history):
        raise NotFound()
    events = events_since(conn, conv_id, max(0, conversation.last_seq - 500), internal=True, limit=500)
    return Thread(conversation, events, _card(conn, conversation, current, history))


def _may_see(agent: Agent, current: Handoff | None, history: list[Handoff]) -> bool:
    served = any(handoff.claimed_by == agent.id for handoff in history)
    followed_up = bool(history) and history[-1].outcome == End.MESSAGE_LEFT
    return current is not None or served or followed_up or agent.role in OVERSEERS


def _side_note(conn: Connection, agent: Agent, conversation: Conversation, draft: Draft) -> tuple[Event, Conversation]:
    known = find_repeat(conn, conversation.id, draft)
    if known is not None:
        return known, conversation
    history = handoffs.handoffs_of(conn, conversation.id)
    current = handoffs.open_handoff_of(conn, conversation.id)
    if not _may_see(agent, current, history):
        raise NotFound()
    if current is not None:
        ledger.record(conn, current.id, ledger.Step.NOTED, agent.id)
    return append(conn, conversation.id, draft, author_name=agent.display_name)


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
    passive = wechat.account_state(conn, contact.app_id).passive
    return SendingWindow(0 if passive else contact.left, contact.until, deliveries.count_waiting(conn, conv_id))
