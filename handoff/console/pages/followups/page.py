"""The page ``/console/followups``: messages left when nobody was there, and open complaints, the oldest first."""

from __future__ import annotations

import asyncio
from typing import Any

from handoff.console.pages.card_view import complaint_line
from handoff.console.pages.elements import Part
from handoff.console.pages.fields import text_of
from handoff.console.pages.refreshing import keep_fresh
from handoff.console.pages.shell import Frame, Shell
from handoff.console.pages.view import channel_text, customer_name
from handoff.console.words import Words, html_lang
from handoff.conversation import Agent
from handoff.pokes import QUEUE
from handoff.store.left_messages import LeftMessage

Data = dict[str, Any]
SWEEP = 20.0


class FollowUpList(Part, component="followups.js"):
    """Emits ``take``, ``release``, ``finish``, ``answer``, ``done_list`` and ``finish_complaint``."""

    def done(self) -> None:
        """What was asked for has happened: the window closes."""
        self.run_method("done")

    def refused(self) -> None:
        """It has not; the window stays, with its words."""
        self.run_method("refused")


def add_followups_page(shell: Shell) -> None:
    """Register the page for everybody who answers customers."""

    async def build(frame: Frame) -> None:
        sheet = FollowUpList(
            t=frame.words, lang=html_lang(frame.lang), messages=[], complaints=[], finished=[], show_done=False
        )
        page = _FollowUps(frame, sheet)
        await page.refresh()
        fresh = keep_fresh(frame, page.refresh, QUEUE, every=SWEEP)
        frame.client.on_delete(asyncio.create_task(fresh, name="follow-ups").cancel)

    shell.add_page("followups", build)


class _FollowUps:
    def __init__(self, frame: Frame, sheet: FollowUpList) -> None:
        self._frame, self._sheet = frame, sheet
        self._team, self._casework = frame.services.team, frame.services.casework
        self._with_done = False
        sheet.hear("take", self._take)
        sheet.hear("release", self._release)
        sheet.hear("finish", self._finish)
        sheet.hear("answer", self._answer)
        sheet.hear("done_list", self._done_list)
        sheet.hear("finish_complaint", self._finish_complaint)

    async def refresh(self) -> None:
        words, agent = self._frame.words, self._frame.agent
        finished = await self._team.left_messages(done=True) if self._with_done else []
        self._sheet.show(
            messages=[message_line(one, agent, words) for one in await self._team.left_messages()],
            finished=[message_line(one, agent, words) for one in finished],
            complaints=[complaint_line(one, words) for one in await self._casework.open_complaints()],
            show_done=self._with_done,
        )

    async def _take(self, data: Data) -> None:
        await self._do(lambda: self._team.take_left_message(self._frame.agent, text_of(data, "id")), "")

    async def _release(self, data: Data) -> None:
        await self._do(lambda: self._team.release_left_message(self._frame.agent, text_of(data, "id")), "")

    async def _finish(self, data: Data) -> None:
        agent, words = self._frame.agent, self._frame.words["followups"]["finished"]
        await self._do(
            lambda: self._team.finish_left_message(agent, text_of(data, "id"), text_of(data, "words")), words
        )

    async def _answer(self, data: Data) -> None:
        async def work() -> None:
            agent, conv_id, words = self._frame.agent, text_of(data, "conv"), text_of(data, "words")
            await self._frame.services.wording.demand(agent, conv_id, words)
            await self._team.answer_left_message(agent, text_of(data, "id"), text_of(data, "message_id"), words)

        await self._do(work, self._frame.words["followups"]["answered"])

    async def _finish_complaint(self, data: Data) -> None:
        agent, words = self._frame.agent, self._frame.words["followups"]["complaint_finished"]
        await self._do(
            lambda: self._casework.finish_complaint(agent, text_of(data, "id"), text_of(data, "words")), words
        )

    async def _done_list(self, data: Data) -> None:
        self._with_done = data.get("show") is True
        await self._frame.attempt(self.refresh)

    async def _do(self, work: Any, said: str) -> None:
        if await self._frame.attempt(work):
            self._sheet.done()
            if said:
                self._frame.tell(said, good=True)
        else:
            self._sheet.refused()
        await self._frame.attempt(self.refresh)


def message_line(message: LeftMessage, agent: Agent, words: Words) -> Data:
    """One message left; ``created_at`` is epoch seconds."""
    return {
        "id": message.id,
        "conv": message.conv_id,
        "customer": customer_name(message.conv_id, words),
        "channel": channel_text(message.channel, words),
        "lang": words["lang"].get(message.lang, message.lang),
        "skill": message.skill,
        "contact": message.contact,
        "text": message.text,
        "created_at": message.created_at,
        "owner": message.owner_name,
        "mine": message.owner_id == agent.id,
        "done_at": message.done_at,
        "result": message.result,
    }
