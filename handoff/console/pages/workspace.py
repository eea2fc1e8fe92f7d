"""One agent's open console: keeps the page equal to the desk; what the agent does is in `commands`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import structlog
from nicegui.element import Element

from handoff.console.pages import card_view, elements, view
from handoff.console.pages.card_view import Opinion
from handoff.console.pages.shared_queue import SharedQueue
from handoff.console.pages.shell import Frame
from handoff.console.pages.suggestions import Suggestions, question_of
from handoff.console.pages.texts.replies import reply_line
from handoff.console.pages.texts.settings import rule_line
from handoff.conversation import Agent
from handoff.desk import Thread
from handoff.errors import BatonError, Forbidden, NotFound
from handoff.pokes import QUEUE, wait_for
from handoff.team_desk import Attention

log = structlog.get_logger(__name__)

SWEEP = 5.0
SESSION_CHECK = 60.0
# Pokes come in bursts; one reading after a burst is enough. News of other conversations may gather longer, so
# that many open consoles on a busy day leave the processor to the customers.
BURST = 0.1
QUEUE_BURST = 0.9


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

    @property
    def agent(self) -> Agent:
        return self._frame.agent

    @property
    def conv_id(self) -> str | None:
        """The conversation on the screen."""
        return self._conv_id

    async def run(self) -> None:
        """Keep the page fresh from the browser's first connection until cancelled."""
        try:
            await self._frame.client.connected()
            await self._follow()
        finally:
            if self._finding:
                self._finding.cancel()

    async def attempt(self, work: Callable[[], Awaitable[object]]) -> bool:
        """Like the frame's; after a refusal the page is read again, for what it showed was old."""
        done = await self._frame.attempt(work)
        if not done:
            await self.refresh_or_tell()
        return done

    async def refresh(self, *, with_thread: bool = True) -> None:
        """Read the queue and the open conversation once and show what changed."""
        async with self._reading:
            queue = await self._queue.view()
            targets = self._services.targets
            lines = [view.queue_line(item, self.agent, self._words, targets) for item in queue.items]
            self._parts.queue.show(items=lines)
            load = sum(line["mine"] for line in lines)
            self._frame.bar.show(load=self._words["bar"]["load"].format(load=load, cap=self.agent.cap))
            if self._conv_id and with_thread:
                await self._read_thread(self._conv_id)

    async def refresh_texts(self) -> None:
        """Read the canned replies and the forbidden words once."""
        replies = await self._services.canned.of(self.agent)
        rules = await self._services.wording.rules()
        self._parts.composer.show(replies=[reply_line(one) for one in replies], rules=[rule_line(one) for one in rules])

    async def refresh_or_tell(self, *, with_thread: bool = True) -> None:
        """Like `refresh`, but what goes wrong is told to the agent."""
        try:
            await self.refresh(with_thread=with_thread)
        except NotFound:
            self._close_thread()
            self._frame.tell(self._words["conversation"]["not_found"])
        except BatonError as error:
            log.warning("console_not_refreshed", code=error.code, error=error.message)
            self._frame.tell(self._words["error"]["refresh"])
        except Exception:
            log.exception("console_not_refreshed", agent=self.agent.id)
            self._frame.tell(self._words["error"]["refresh"])

    async def open(self, conv_id: str) -> None:
        """Put another conversation on the screen; `NotFound` leaves the present one there."""
        before, self._conv_id = self._conv_id, conv_id
        try:
            await self.refresh()
        except NotFound:
            self._conv_id = before
            raise
        await self._services.team.looking(self.agent, conv_id)
        self.turn_to("thread")
        # The loop listens to the old conversation; waking it makes it listen to this one.
        self._flag.set()
        self._touched.set()

    def turn_to(self, column: str) -> None:
        """Which column a narrow screen shows: ``queue``, ``thread`` or ``card``."""
        self._parts.columns.props(f"data-view={column}")

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

    async def _still_signed_in(self) -> None:
        if await self._services.sign_in.check(self._frame.session_id) is None:
            self._frame.leave()

    async def _read_thread(self, conv_id: str) -> None:
        thread = await self._desk.thread(self.agent, conv_id)
        handoff = thread.card.handoff
        attention, case = await asyncio.gather(
            self._services.team.attention(self.agent, conv_id),
            self._services.casework.file_of(conv_id, handoff.id if handoff else None),
        )
        opinion = await self._opinion(handoff.id if handoff else None)
        self._show(thread, attention, card_view.card_view(thread, case, opinion, self.agent, self._words))

    async def _opinion(self, handoff_id: str | None) -> Opinion:
        """What was thought of the moment of the handoff, and whether this agent may say so."""
        if handoff_id is None:
            return Opinion(False)
        try:
            return Opinion(True, await self._services.verdicts.of(self.agent, handoff_id))
        except (Forbidden, NotFound):
            return Opinion(False)

    def _show(self, thread: Thread, attention: Attention, card: dict[str, Any]) -> None:
        parts, head = self._parts, view.head(thread, attention, self.agent, self._words)
        conv_id = thread.conversation.id
        parts.queue.show(selected=conv_id)
        parts.head.show(head=head)
        parts.composer.show(head=head, sending=card["sending"], values=card["values"], mood=card["mood_now"])
        parts.card.show(card=card)
        if self._shown == conv_id:
            fresh = [view.event_line(event) for event in thread.events if event.seq > self._seen]
            if fresh:
                parts.thread.append(fresh)
        else:
            parts.thread.show(conv=conv_id, events=[view.event_line(event) for event in thread.events])
        parts.thread.feel(view.moods_by_message(thread, self._words))
        typing, mine = view.typing_text(attention, self._words), head["state"] == "mine"
        parts.thread.show(typing=typing, read=thread.read, mine=mine)
        self._shown, self._seen = conv_id, thread.conversation.last_seq
        self._suggest(thread, head["state"])

    def _close_thread(self) -> None:
        """The conversation went out of this agent's sight."""
        self._conv_id = self._shown = None
        self.turn_to("queue")
        self._parts.queue.show(selected=None)
        self._parts.head.show(head=None)
        self._parts.composer.show(head=None)
        self._parts.card.show(card=None)
        self._parts.thread.show(conv=None, events=[], moods={}, typing="", read=0, mine=False)

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
