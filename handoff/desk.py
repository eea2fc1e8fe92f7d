"""What agents can do with the queue and with the conversations they hold; used by the API and the console."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import Connection

from handoff import carry, queue
from handoff.clean_text import clean_text
from handoff.conversation import (
    Agent,
    Conversation,
    Draft,
    End,
    Event,
    Mode,
)
from handoff.desk_views import (
    Card,
    PreviousHandoff,
    QueueItem,
    QueueView,
    SendingWindow,
    Thread,
    may_see,
    queue_view,
    thread_of,
)
from handoff.errors import Forbidden, InvalidRequest, NotFound
from handoff.pokes import QUEUE, Pokes
from handoff.routing.rules import OVERSEERS, Rules
from handoff.settings import Settings
from handoff.store import attachments, handoffs, ledger, presence
from handoff.store.append import append, find_repeat, get_conversation, stale_owner
from handoff.store.database import Database

__all__ = ["Card", "Desk", "PreviousHandoff", "QueueItem", "QueueView", "SendingWindow", "Thread"]


class Desk:
    """Use-cases of the agent's side; every write carries the fence the agent saw."""

    def __init__(self, db: Database, pokes: Pokes, settings: Settings) -> None:
        self._db = db
        self._pokes = pokes
        self._settings = settings
        self._rules = Rules.of(settings)

    async def queue(self) -> QueueView:
        """Everyone who waits or is being answered, in the order to take them."""
        return await self._db.read(queue_view, self._rules.ageing)

    async def claim(self, agent: Agent, handoff_id: str) -> Conversation:
        """Take a waiting customer; see `handoff.queue.claim` for the refusals."""
        conversation = await self._db.write(queue.claim, handoff_id, agent, self._rules)
        return self._announce(conversation)

    async def thread(self, agent: Agent, conv_id: str) -> Thread:
        """The conversation with its card; `NotFound` unless it is in the queue or was this agent's."""
        return await self._db.read(thread_of, agent, conv_id)

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
            presence.beat(conn, agent.id, self._rules.presence_lease)  # who answers is there
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


def _side_note(conn: Connection, agent: Agent, conversation: Conversation, draft: Draft) -> tuple[Event, Conversation]:
    known = find_repeat(conn, conversation.id, draft)
    if known is not None:
        return known, conversation
    history = handoffs.handoffs_of(conn, conversation.id)
    current = handoffs.open_handoff_of(conn, conversation.id)
    if not may_see(agent, current, history):
        raise NotFound()
    if current is not None:
        ledger.record(conn, current.id, ledger.Step.NOTED, agent.id)
    return append(conn, conversation.id, draft, author_name=agent.display_name)
