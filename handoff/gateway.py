"""What customers can do: start, write, ask for a person, leave the queue, rate; each is one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from handoff import carry, queue, texts
from handoff.accepting import Arriving, accept_together
from handoff.clean_text import clean_text
from handoff.conversation import Conversation, Draft, Event, HandoffRequest, Mode
from handoff.errors import TooManyRequests
from handoff.gathering import Gathered
from handoff.pokes import MOODS, QUEUE, TURNS, Pokes
from handoff.rates import Rates
from handoff.routing.rules import Rules
from handoff.routing.service import Service, look
from handoff.settings import Settings
from handoff.store import agents, attachments, attention, customers, handoffs, read_marks, turns
from handoff.store.append import (
    add_turn,
    append,
    events_since,
    find_repeat,
    get_conversation,
)
from handoff.store.database import Database
from handoff.store.pressure import Pressure, pressure

MAX_BEHIND = 500
MAX_CONTACT = 200


@dataclass(frozen=True)
class Session:
    token: str
    conversation: Conversation


@dataclass(frozen=True)
class Page:
    """Events after a cursor, and where the conversation stands."""

    conversation: Conversation
    events: list[Event]
    reset: bool


class Gateway:
    """Use-cases of the customer's side, shared by every channel."""

    def __init__(self, db: Database, pokes: Pokes, rates: Rates, settings: Settings) -> None:
        self._db = db
        self._pokes = pokes
        self._rates = rates
        self._settings = settings
        self._rules = Rules.of(settings)
        self._arriving = Gathered(db, self._accept_together, self._accept_arriving, urgent=True)

    @property
    def epoch(self) -> str:
        """Changes when the database was restored: cursors of another epoch mean nothing."""
        return self._db.epoch

    async def start(self, channel: str, lang: str, address: str) -> Session:
        """A new anonymous customer with a token and an open conversation."""
        await self._rates.check("session", address, amount=self._settings.sessions_per_minute, seconds=60)

        def work(conn: Connection) -> Session:
            customer_id = customers.create_customer(conn, channel=channel)
            token = customers.issue_token(conn, customer_id, self._settings.token_ttl)
            return Session(token, customers.open_conversation(conn, customer_id, channel, lang))

        return await self._db.write(work)

    async def resume(self, token: str, channel: str) -> Session:
        """The conversation of a known token, with that token or a fresh one; 401 errors for any other token."""

        def work(conn: Connection) -> Session:
            customer_id = customers.customer_of_token(conn, token)
            settings = self._settings
            kept = customers.renew_token(conn, token, settings.token_ttl, settings.token_rotate)
            return Session(kept, customers.open_conversation(conn, customer_id, channel, "zh"))

        return await self._db.write(work)

    async def conversation_of(self, token: str, channel: str, conv_id: str | None = None) -> Conversation:
        """The open conversation of the token's customer; `NotFound` when ``conv_id`` is somebody else's."""

        return await self._db.read(customers.conversation_of_token, token, channel, conv_id)

    async def accept(self, conv_id: str, client_msg_id: str, text: str, attachments: Sequence[str] = ()) -> Event:
        """Store a customer's message and, if the bot owns the conversation, ask it for an answer.

        When this returns the message is on disk. A repeat of ``client_msg_id`` returns the first event again.
        ``attachments`` are ids of files this customer uploaded; a message of files alone needs no text.
        """
        draft = self._draft(client_msg_id, text, attachments)

        def work(conn: Connection) -> tuple[Event, Conversation]:
            return self._accept(conn, get_conversation(conn, conv_id), draft, tuple(attachments))

        event, conversation = await self._db.write_first(work)
        self.announce(conversation)
        return event

    async def accept_from(
        self,
        token: str,
        channel: str,
        client_msg_id: str,
        text: str,
        attachments: Sequence[str] = (),
        conv_id: str | None = None,
    ) -> Event:
        """As `accept`, for who shows ``token``: that is looked at in the transaction that stores the message.

        `TokenInvalid`, `TokenExpired`; `NotFound` when ``conv_id`` is not the conversation of the token's customer.
        """
        draft = self._draft(client_msg_id, text, attachments)
        arriving = Arriving(token, channel, conv_id, draft, tuple(attachments))
        event, conversation = await self._arriving.do(arriving)
        self.announce(conversation)
        return event

    async def ask_for_person(self, conv_id: str, client_msg_id: str) -> Event:
        """The button says the words: the customer's wish is in the thread, and the queue is opened at once."""

        def work(conn: Connection) -> tuple[Event, Conversation]:
            conversation = get_conversation(conn, conv_id)
            words = texts.text("words", "asked_for_person", conversation.lang)
            draft = Draft("message", "customer", words, client_msg_id)
            known = find_repeat(conn, conv_id, draft)
            if known is not None:
                return known, conversation
            conversation = queue.reopen_if_closed(conn, conversation)
            event, conversation = append(conn, conv_id, draft)
            if conversation.mode is Mode.BOT:
                details = {"last_ask": words}
                request = HandoffRequest("asked_for_person", "button", 1, details=details, actor="customer")
                queue.open_handoff(conn, conversation, request, self._rules)
            return event, get_conversation(conn, conv_id)

        event, conversation = await self._db.write(work)
        self.announce(conversation)
        return event

    async def leave_queue(self, conv_id: str) -> Conversation:
        """The customer no longer wants to wait for a person."""

        def work(conn: Connection) -> Conversation:
            return queue.cancel(conn, get_conversation(conn, conv_id))

        conversation = await self._db.write(work)
        self.announce(conversation)
        return conversation

    async def events(self, conv_id: str, since: int, epoch: str | None, most: int = 100) -> Page:
        """Up to ``most`` events the customer has not seen; ``reset``: the cursor is of another epoch or far behind."""

        def work(conn: Connection) -> Page:
            # Position first, data second: a write in between is repeated later, never skipped.
            conversation = get_conversation(conn, conv_id)
            behind = conversation.last_seq - since
            reset = (epoch not in (None, self.epoch)) or behind > MAX_BEHIND or behind < 0
            start = max(0, conversation.last_seq - MAX_BEHIND) if reset else since
            return Page(conversation, events_since(conn, conv_id, start, internal=False, limit=most), reset)

        return await self._db.read(work)

    async def leave_message(self, conv_id: str, client_msg_id: str, contact: str, text: str) -> Event:
        """The customer leaves words and how to reach them, instead of waiting; the bot is back afterwards.

        `ContactMissing` without a contact on the web, `AgentAnswers` while a person answers. Safe to repeat.
        """
        words = clean_text(text, self._settings.max_text)
        reach = clean_text(contact, MAX_CONTACT) if contact.strip() else ""
        await self._rates.check("left-message", conv_id, amount=5, seconds=60)
        event, conversation = await self._db.write(
            queue.leave_message, conv_id, client_msg_id, reach, words, self._rules
        )
        self._pokes.poke(conversation.id, QUEUE)
        return event

    async def typing(self, conv_id: str) -> None:
        """The customer is typing; agents see it for a few seconds."""
        try:
            await self._rates.check("typing", conv_id, amount=1, seconds=2)
        except TooManyRequests:
            return  # a mark lasts longer than that
        await self._db.write(attention.mark, conv_id, attention.CUSTOMER, "typing")
        self._pokes.poke(conv_id)

    async def read(self, conv_id: str, seq: int) -> None:
        """The customer has seen everything up to ``seq``; agents see that beside their last line that was read."""
        if await self._db.write(read_marks.advance, conv_id, read_marks.CUSTOMER, seq):
            self._pokes.poke(conv_id)

    async def service(self, skill: str | None = None) -> Service:
        """Whether anybody is there now, and if not, when again."""
        return await self._db.read(look, skill)

    async def everything_said(self, conv_id: str) -> list[Event]:
        """Every event the customer may see, oldest first."""
        return await self._db.read(events_since, conv_id, 0, internal=False, limit=10_000)

    async def status(self, conv_id: str) -> dict[str, Any]:
        """Who has the conversation, the place in the queue, who is there, and who is typing."""
        return await self._db.read(status_of, conv_id, self._rules.ageing)

    def _draft(self, client_msg_id: str, text: str, attachments: Sequence[str]) -> Draft:
        words = clean_text(text, self._settings.max_text) if text.strip() or not attachments else ""
        return Draft("message", "customer", words, client_msg_id)

    def _refuse_too_much(self, conn: Connection, conv_id: str) -> None:
        """`TooManyRequests` when the customer writes too fast, or more than the bot can answer."""
        settings = self._settings
        wait = self._wait_of(pressure(conn, conv_id, settings.message_burst))
        if wait is not None:
            raise TooManyRequests(retry_after=wait)

    def _wait_of(self, seen: Pressure) -> float | None:
        """Seconds until the customer may write again; None when they may now."""
        settings = self._settings
        if seen.unanswered >= settings.max_unanswered:
            return 10.0
        window = max(1, round(settings.message_burst / settings.messages_per_second))
        return window - seen.age if seen.age is not None and seen.age < window else None

    def _accept_together(
        self, conn: Connection, arriving: Sequence[Arriving]
    ) -> list[tuple[Event, Conversation] | None]:
        return accept_together(conn, arriving, self._settings.message_burst, self._wait_of)

    def _accept_arriving(self, conn: Connection, each: Arriving) -> tuple[Event, Conversation]:
        mine = customers.conversation_of_token(conn, each.token, each.channel, each.conv_id)
        return self._accept(conn, mine, each.draft, each.files)

    def _accept(
        self, conn: Connection, before: Conversation, draft: Draft, files: tuple[str, ...] = ()
    ) -> tuple[Event, Conversation]:
        conv_id, lang = before.id, before.lang
        worded = carry.with_files(conn, conv_id, draft, files, lang)
        known = find_repeat(conn, conv_id, worded)
        if known is not None:
            return known, before
        self._refuse_too_much(conn, conv_id)
        event, conversation = _take_in(conn, before, worded, ask_bot=bool(draft.text), known_new=True)
        if files:
            attachments.bind(conn, conv_id, files, event.seq)
        if not draft.text and conversation.mode is Mode.BOT:
            conversation = append(conn, conv_id, texts.notice("files_unread", lang, f"{event.seq}:files_unread"))[1]
        return event, conversation

    def announce(self, conversation: Conversation) -> None:
        """Poke whoever should know that the customer did something; after the commit."""
        self._pokes.poke(conversation.id)
        if conversation.mode is Mode.BOT:
            self._pokes.poke(TURNS)
        else:
            self._pokes.poke(QUEUE, MOODS)


def status_of(conn: Connection, conv_id: str, ageing: float) -> dict[str, Any]:
    """Where the customer stands, from one snapshot: what the widget shows between the messages."""
    conversation = get_conversation(conn, conv_id)
    handoff = handoffs.open_handoff_of(conn, conv_id)
    place = agent = service = None
    if handoff is not None and conversation.mode is Mode.QUEUED:
        ahead = handoffs.ahead_of(conn, handoff, ageing)
        place = {"place": ahead + 1, "expected_wait_s": handoffs.expected_wait(conn, ahead)}
        seen = look(conn, handoff.skill)
        service = {"state": seen.state, "next_open": seen.next_open, "leave_message": seen.leave_message}
    if conversation.owner_agent:
        typing = conversation.owner_agent in attention.present(conn, conv_id, "typing")
        agent = {"name": agents.agent_by_id(conn, conversation.owner_agent).display_name, "typing": typing}
    return {
        "mode": str(conversation.mode),
        "queue": place,
        "agent": agent,
        "service": service,
        "read": read_marks.read_up_to(conn, conv_id, read_marks.AGENT),
        "bot_typing": turns.is_answering(conn, conv_id),
    }


def take_in(conn: Connection, conv_id: str, draft: Draft, *, ask_bot: bool = True) -> tuple[Event, Conversation]:
    """Append a customer's message inside the caller's transaction; the bot is asked if it owns the conversation."""
    return _take_in(conn, get_conversation(conn, conv_id), draft, ask_bot=ask_bot, known_new=False)


def _take_in(
    conn: Connection, before: Conversation, draft: Draft, *, ask_bot: bool, known_new: bool
) -> tuple[Event, Conversation]:
    conv_id = before.id
    queue.reopen_if_closed(conn, before)
    event, conversation = append(conn, conv_id, draft, known_new=known_new)
    if conversation.mode is not Mode.BOT or not ask_bot:
        return event, conversation
    if texts.asks_for_person(draft.text) and turns.is_answering(conn, conv_id):
        # The bot is behind; who asks for a person then must not wait for it as well.
        request = HandoffRequest("asked_for_person", "button", 1, details={"last_ask": draft.text}, actor="customer")
        queue.open_handoff(conn, conversation, request)
        return event, get_conversation(conn, conv_id)
    add_turn(conn, conversation, event)
    return event, conversation
