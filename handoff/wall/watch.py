"""Looks for what is wrong also while no wall hangs anywhere, so that each alert knows since when."""

from __future__ import annotations

import asyncio

import structlog

from handoff.errors import BatonError
from handoff.wall.service import Wall

log = structlog.get_logger(__name__)

EVERY = 10.0


class Watch:
    """One for each gateway; together they keep an alert alive that any of them sees."""

    def __init__(self, wall: Wall, every: float = EVERY) -> None:
        self._wall, self._every = wall, every
        self._wrong: set[str] = set()

    async def run(self) -> None:
        """Run until cancelled."""
        while True:
            await asyncio.sleep(self._every)
            try:
                await self.round()
            except BatonError as error:
                log.warning("watch_failed", code=error.code, error=error.message)
            except Exception:  # who watches must not be the one that ends the gateway
                log.exception("watch_failed")

    async def round(self) -> None:
        """One look; what begins and what is over goes to the log."""
        found = {one.key: one for one in await self._wall.watch()}
        for key in found.keys() - self._wrong:
            log.warning("alert", alert=key, severity=str(found[key].severity), level=found[key].level)
        for key in self._wrong - found.keys():
            log.info("alert_over", alert=key)
        self._wrong = set(found)
