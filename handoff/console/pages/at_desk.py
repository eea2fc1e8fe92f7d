"""Keeps an agent's presence alive while a page of the console is open, and lets them say that they are away."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import structlog

from handoff.console.pages.fields import text_of
from handoff.console.pages.frame import Frame
from handoff.conversation import PresenceState
from handoff.errors import BatonError, InvalidRequest

log = structlog.get_logger(__name__)

BEAT = 15.0


class AtDesk:
    """``working`` pages bring the agent online; others only keep alive what the agent is already."""

    def __init__(self, frame: Frame, *, working: bool) -> None:
        self._frame, self._working = frame, working
        self._team = frame.services.team
        frame.bar.hear("presence", self._chosen)
        task = asyncio.create_task(self._run(), name="presence")
        frame.client.on_delete(task.cancel)

    async def _run(self) -> None:
        with contextlib.suppress(TimeoutError):
            await self._frame.client.connected()
        while True:
            try:
                await self._beat()
            except BatonError as error:
                log.warning("presence_not_kept", code=error.code, error=error.message)
            await asyncio.sleep(BEAT)

    async def _beat(self) -> None:
        found = await self._team.presence(self._frame.agent)
        if self._working or (found is not None and found.state is not PresenceState.OFFLINE):
            found = await self._team.heartbeat(self._frame.agent)
        self._frame.bar.show(presence=str(found.state) if found else "")

    async def _chosen(self, data: dict[str, Any]) -> None:
        async def work() -> None:
            try:
                state = PresenceState(text_of(data, "state"))
            except ValueError as error:
                raise InvalidRequest("There is no such presence.") from error
            await self._team.set_presence(self._frame.agent, state)
            self._frame.bar.show(presence=str(state))

        await self._frame.attempt(work)
