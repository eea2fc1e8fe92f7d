"""The page ``/console/replies``: canned replies of the team and of the agent, found in the reply box by '/'."""

from __future__ import annotations

from typing import Any

from handoff.canned import TEAM, CannedReplies, CannedReply
from handoff.canned.variables import VARIABLES
from handoff.console.pages.elements import Part
from handoff.console.pages.fields import text_of
from handoff.console.pages.shell import Frame, Shell
from handoff.console.sections import WATCHING

Data = dict[str, Any]


class ReplySheet(Part, component="replies.js"):
    """Emits ``save``, ``drop`` and ``starter``."""

    def done(self) -> None:
        """What was asked for has happened: the window closes."""
        self.run_method("done")


def add_replies_page(shell: Shell, canned: CannedReplies) -> None:
    """Register the page for everybody who answers customers."""

    async def build(frame: Frame) -> None:
        sheet = ReplySheet(
            t=frame.words,
            ui=frame.lang,
            replies=[],
            variables=[{"name": name, "text": frame.words["variable"][name]} for name in VARIABLES],
            for_team=frame.agent.role in WATCHING,
        )
        await _RepliesPage(frame, sheet, canned).refresh()

    shell.add_page("replies", build)


class _RepliesPage:
    def __init__(self, frame: Frame, sheet: ReplySheet, canned: CannedReplies) -> None:
        self._frame, self._sheet, self._canned = frame, sheet, canned
        sheet.hear("save", self._save)
        sheet.hear("drop", self._drop)
        sheet.hear("starter", self._starter)

    async def refresh(self) -> None:
        self._sheet.show(replies=[reply_line(one) for one in await self._canned.of(self._frame.agent)])

    async def _save(self, data: Data) -> None:
        async def work() -> None:
            owner = TEAM if data.get("team") is True else self._frame.agent.id
            reply = CannedReply(
                text_of(data, "shortcut").strip(),
                text_of(data, "text"),
                text_of(data, "lang"),
                text_of(data, "category"),
                owner,
                text_of(data, "id"),
            )
            await self._canned.save(self._frame.agent, reply)
            await self._happened("saved")

        await self._frame.attempt(work)

    async def _drop(self, data: Data) -> None:
        async def work() -> None:
            await self._canned.delete(self._frame.agent, text_of(data, "id"))
            await self._happened("dropped")

        await self._frame.attempt(work)

    async def _starter(self, _data: Data) -> None:
        async def work() -> None:
            await self._canned.add_starter_set(self._frame.agent)
            await self._happened("starter_added")

        await self._frame.attempt(work)

    async def _happened(self, said: str) -> None:
        await self.refresh()
        self._sheet.done()
        self._frame.tell(self._frame.words["replies"][said], good=True)


def reply_line(reply: CannedReply) -> Data:
    """One reply for the browser."""
    return {
        "id": reply.id,
        "shortcut": reply.shortcut,
        "text": reply.text,
        "lang": reply.lang,
        "category": reply.category,
        "team": reply.owner == TEAM,
    }
