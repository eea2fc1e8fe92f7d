"""Heals lost pokes: compares, every few seconds, what listeners were told with what the database holds."""

from __future__ import annotations

import asyncio

import structlog

from handoff.errors import BatonError
from handoff.pokes import DELIVERIES, MOODS, QUEUE, TURNS, Pokes
from handoff.store.append import last_seqs
from handoff.store.database import Database

log = structlog.get_logger(__name__)


class Sweeper:
    """One query per sweep for all conversations that somebody watches."""

    def __init__(self, db: Database, pokes: Pokes, every: float) -> None:
        self._db = db
        self._pokes = pokes
        self._every = every
        self._known: dict[str, int] = {}

    async def run(self) -> None:
        """Run until cancelled."""
        while True:
            await asyncio.sleep(self._every)
            watched = self._pokes.topics() - {QUEUE, TURNS, MOODS, DELIVERIES}
            if not watched:
                self._known = {}
                continue
            try:
                current = await self._db.read(last_seqs, watched)
            except BatonError as error:
                log.warning("sweep_failed", code=error.code, error=error.message)
                continue
            self._pokes.poke(*(conv for conv, seq in current.items() if self._known.get(conv, seq) != seq))
            self._known = current
