"""One agent's open console: keeps the page equal to the desk and carries out what the agent does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import structlog
from nicegui.element import Element

from handoff.console.pages import elements, view
from handoff.console.pages.shared_queue import SharedQueue
from handoff.console.pages.shell import Frame
from handoff.console.pages.suggestions import Suggestions, question_of
from handoff.conversation import Agent
from handoff.desk import Thread
from handoff.errors import BatonError, InvalidRequest, NotFound
from handoff.pokes import QUEUE, wait_for

log = structlog.get_logger(__name__)

SWEEP = 5.0
SESSION_CHECK = 60.0
# Pokes come in bursts; one reading after a burst is enough. News of other conversations may gather longer, so
# that many open consoles on a busy day leave the processor to the customers.
BURST = 0.1
QUEUE_BURST = 0.9

Data = dict[str, Any]


@dataclass(frozen=True)
class Parts:
    """The elements of the page."""

    columns: Element
    queue: elements.QueueList
    head: elements.ConversationHead
    thread: elements.Thread
    composer: elements.Composer
    card: elements.HandoffCard


class Workspace:
    """State of one browser page; lives from its first connection until the browser is gone."""

    def __init__(self, frame: Frame, queue: SharedQueue, parts: Parts, *, conv_id: str | None) -> None:
        self._frame = frame
        self._services = frame.services
        self._desk = frame.services.desk
        self._queue = queue
        self._parts = parts
        self._lang = frame.lang
        self._words = frame.words
        self._conv_id = conv_id
        self._seen = 0
        self._shown: str | None = None
        self._flag = asyncio.Event()
        self._touched = asyncio.Event()
        self._reading = asyncio.Lock()
        self._suggestions = Suggestions(frame.services.understand)
        self._suggested_for: tuple[str, str] | None = None
        self._finding: asyncio.Task[None] | None = None
        self._listen_to_parts()

    @property
    def _agent(self) -> Agent:
        return self._frame.agent

    async def run(self) -> None:
        """Keep the page fresh from the browser's first connection until cancelled."""
        try:
            await self._frame.client.connected()
            await self._follow()
        finally:
            if self._finding:
                self._finding.cancel()

    async def refresh(self, *, with_thread: bool = True) -> None:
        """Read the queue and the open conversation once and show what changed."""
        async with self._reading:
            queue = await self._queue.view()
            lines = [view.queue_line(item, self._agent, self._words) for item in queue.items]
            self._parts.queue.show(items=lines)
            load = sum(line["mine"] for line in lines)
            self._frame.bar.show(load=self._words["bar"]["load"].format(load=load, cap=self._agent.cap))
            if self._conv_id and with_thread:
                self._show(await self._desk.thread(self._agent, self._conv_id))

    async def refresh_or_tell(self, *, with_thread: bool = True) -> None:
        """Like `refresh`, but what goes wrong is told to the agent."""
        try:
            await self.refresh(with_thread=with_thread)
        except NotFound:
            # The conversation went out of this agent's sight.
            self._conv_id = self._shown = None
            self._turn_to({"to": "queue"})
            self._parts.queue.show(selected=None)
            self._parts.head.show(head=None)
            self._parts.composer.show(head=None)
            self._parts.card.show(card=None)
            self._parts.thread.show(conv=None, events=[], moods={})
            self._frame.tell(self._words["conversation"]["not_found"])
        except BatonError as error:
            log.warning("console_not_refreshed", code=error.code, error=error.message)
            self._frame.tell(self._words["error"]["refresh"])
        except Exception:
            log.exception("console_not_refreshed", agent=self._agent.id)
            self._frame.tell(self._words["error"]["refresh"])

    async def _follow(self) -> None:
        pokes, checked = self._services.pokes, time.monotonic()
        while True:
            conv_id = self._conv_id
            own = [conv_id] if conv_id else []
            with pokes.listen(QUEUE, *own) as self._flag, pokes.listen(*own) as self._touched:
                self._touched.set()
                while conv_id == self._conv_id:
                    if time.monotonic() - checked >= SESSION_CHECK:
                        checked = time.monotonic()
                        await self._still_signed_in()
                    with_thread = self._touched.is_set()
                    self._touched.clear()
                    await self.refresh_or_tell(with_thread=with_thread)
                    await asyncio.sleep(BURST)
                    if not await wait_for(self._flag, SWEEP) or await wait_for(self._touched, QUEUE_BURST):
                        self._touched.set()

    def _listen_to_parts(self) -> None:
        parts = self._parts
        parts.queue.hear("open", self._open)
        parts.queue.hear("claim", self._claim)
        parts.head.hear("claim", self._claim)
        parts.head.hear("finish", self._finish)
        parts.head.hear("view", self._turn_to)
        parts.card.hear("view", self._turn_to)
        parts.composer.hear("send", self._send)

    async def _open(self, data: Data) -> None:
        await self._attempt(lambda: self._open_conversation(_text(data, "conv")))

    async def _claim(self, data: Data) -> None:
        async def work() -> None:
            conversation = await self._desk.claim(self._agent, _text(data, "id"))
            await self._open_conversation(conversation.id)

        await self._attempt(work)

    async def _send(self, data: Data) -> None:
        message_id = _text(data, "id")
        write = self._desk.note if data.get("note") is True else self._desk.reply
        sent = False

        async def work() -> None:
            nonlocal sent
            await write(self._agent, _text(data, "conv"), _number(data, "fence"), message_id, _text(data, "text"))
            sent = True
            self._parts.composer.acknowledged(message_id)
            await self.refresh()

        await self._attempt(work)
        if not sent:
            self._parts.composer.refused(message_id)

    async def _finish(self, data: Data) -> None:
        async def work() -> None:
            change = self._desk.return_to_bot if data.get("how") == "return" else self._desk.close
            await change(self._agent, _text(data, "conv"), _number(data, "fence"))
            await self.refresh()

        await self._attempt(work)

    def _turn_to(self, data: Data) -> None:
        if data.get("to") in ("queue", "thread", "card"):
            self._parts.columns.props(f"data-view={data['to']}")

    async def _open_conversation(self, conv_id: str) -> None:
        before, self._conv_id = self._conv_id, conv_id
        try:
            await self.refresh()
        except NotFound:
            self._conv_id = before
            raise
        self._turn_to({"to": "thread"})
        # The loop listens to the old conversation; waking it makes it listen to this one.
        self._flag.set()
        self._touched.set()

    async def _attempt(self, work: Callable[[], Awaitable[object]]) -> None:
        """Like the frame's; after a refusal the page is read again, for what it showed was old."""
        if not await self._frame.attempt(work):
            await self.refresh_or_tell()

    async def _still_signed_in(self) -> None:
        if await self._services.sign_in.check(self._frame.session_id) is None:
            self._frame.leave()

    def _show(self, thread: Thread) -> None:
        parts, head = self._parts, view.head(thread, self._agent, self._words)
        conv_id = thread.conversation.id
        parts.queue.show(selected=conv_id)
        parts.head.show(head=head)
        parts.composer.show(head=head)
        parts.card.show(card=view.card_view(thread, self._words))
        if self._shown == conv_id:
            fresh = [view.event_line(event) for event in thread.events if event.seq > self._seen]
            if fresh:
                parts.thread.append(fresh)
        else:
            parts.thread.show(conv=conv_id, events=[view.event_line(event) for event in thread.events])
        parts.thread.feel(view.moods_by_message(thread, self._words))
        self._shown, self._seen = conv_id, thread.conversation.last_seq
        self._suggest(thread, head["state"])

    def _suggest(self, thread: Thread, state: str) -> None:
        wanted = (thread.conversation.id, question_of(thread) if state in ("mine", "queued") else "")
        if wanted != self._suggested_for:
            self._suggested_for = wanted
            if self._finding:
                self._finding.cancel()
            self._parts.composer.show(suggest_state="loading" if wanted[1] else "none", suggestions=[])
            if wanted[1]:
                self._finding = asyncio.create_task(self._find_suggestions(wanted))

    async def _find_suggestions(self, wanted: tuple[str, str]) -> None:
        state, found = await self._suggestions.of(wanted[1])
        if wanted == self._suggested_for:
            self._parts.composer.show(suggest_state=state, suggestions=found)


def _text(data: Data, key: str) -> str:
    value = data.get(key) if isinstance(data, dict) else None
    if not isinstance(value, str) or len(value) > 100_000:
        raise InvalidRequest(f"The page sent no {key}.")
    return value


def _number(data: Data, key: str) -> int:
    value = data.get(key)
    if not isinstance(value, int):
        raise InvalidRequest(f"The page sent no {key}.")
    return value
