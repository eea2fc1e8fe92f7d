"""The page ``/console/wall``: one look at the service for a screen on the wall or a telephone in the pocket."""

from __future__ import annotations

import asyncio
from typing import Any

from nicegui import ui

from handoff.console.pages.elements import Part
from handoff.console.pages.fields import number_of, text_of
from handoff.console.pages.refreshing import keep_fresh
from handoff.console.pages.shell import Frame, Shell
from handoff.console.pages.wall.view import acknowledgement_line, wall_view
from handoff.console.words import html_lang
from handoff.insight.definitions import definitions
from handoff.pokes import QUEUE
from handoff.wall import Snapshot, Wall

Data = dict[str, Any]
SWEEP = 5.0
BURST = 1.0


class WallSheet(Part, component="wall.js"):
    """Emits ``acknowledge`` with an alert and a note, ``history`` and, after a lost connection, ``catch_up``."""

    def now(self, view: Data) -> None:
        """The newest look; only it is sent, not the page's words again."""
        self._props["view"] = view
        self.run_method("look_at", view)

    def failed(self) -> None:
        """The figures cannot be read; the page says so and keeps the last ones."""
        self.run_method("failed")

    def caught_up(self, turn: int) -> None:
        self.run_method("caught_up", turn)

    def done(self) -> None:
        """What was asked for has happened: the window closes."""
        self.run_method("done")


def add_wall_page(shell: Shell, wall: Wall) -> None:
    """Register the page for supervisors and administrators."""

    async def build(frame: Frame) -> None:
        defined = {key: one.to_dict() for key, one in definitions(frame.lang).items() if key.startswith("wall_")}
        ui.add_head_html('<link rel="stylesheet" href="static/wall.css">')
        snapshot = await wall.look(frame.agent)
        sheet = WallSheet(
            t=frame.words,
            lang=html_lang(frame.lang),
            view=wall_view(snapshot, frame.words),
            defined=defined,
            history=[],
        )
        page = _WallPage(frame, sheet, wall)
        fresh = keep_fresh(frame, page.refresh, QUEUE, every=SWEEP, pause=BURST, failed=sheet.failed)
        frame.client.on_delete(asyncio.create_task(fresh, name="wall").cancel)

    shell.add_page("wall", build, full=True)


class _WallPage:
    def __init__(self, frame: Frame, sheet: WallSheet, wall: Wall) -> None:
        self._frame, self._sheet, self._wall = frame, sheet, wall
        sheet.hear("acknowledge", self._acknowledge)
        sheet.hear("history", self._history)
        sheet.hear("catch_up", self._catch_up)

    async def _acknowledge(self, data: Data) -> None:
        async def work() -> None:
            self._show(await self._wall.acknowledge(self._frame.agent, text_of(data, "key"), text_of(data, "note")))
            self._sheet.done()

        if not await self._frame.attempt(work):
            await self._frame.attempt(self.refresh)

    async def _history(self, _data: Data) -> None:
        async def work() -> None:
            words = self._frame.words
            found = await self._wall.history(self._frame.agent)
            self._sheet.show(history=[acknowledgement_line(one, words) for one in found])

        await self._frame.attempt(work)

    async def _catch_up(self, data: Data) -> None:
        turn = number_of(data, "turn")
        if await self._frame.attempt(self.refresh):
            self._sheet.caught_up(turn)

    async def refresh(self) -> None:
        """Look at the service now."""
        self._show(await self._wall.look(self._frame.agent))

    def _show(self, snapshot: Snapshot) -> None:
        self._sheet.now(wall_view(snapshot, self._frame.words))
