"""Heals lost pokes: compares, every few seconds, what listeners were told with what the database holds."""

from __future__ import annotations

from handoff.periodic import Periodic
from handoff.pokes import DELIVERIES, MOODS, QUEUE, TURNS, Pokes
from handoff.store.append import last_seqs
from handoff.store.database import Database
from handoff.store.queue_version import queue_version


class Sweeper:
    """Two queries per sweep for all conversations that somebody watches, and for the queue."""

    def __init__(self, db: Database, pokes: Pokes, every: float) -> None:
        self._db = db
        self._pokes = pokes
        self._every = every
        self._known: dict[str, int] = {}
        self._queue = 0

    async def run(self) -> None:
        """Run until cancelled."""
        await Periodic("sweeper", self.sweep, self._every).run()

    async def sweep(self) -> None:
        """Poke, in this process, whoever watches something that changed since the last time."""
        topics = self._pokes.topics()
        watched = topics - {QUEUE, TURNS, MOODS, DELIVERIES}
        current = await self._db.read(last_seqs, watched) if watched else {}
        # One that is watched since the last sweep is poked too: something may have come between its first look and now.
        self._pokes.poke_here(*(conv for conv, seq in current.items() if self._known.get(conv) != seq))
        self._known = current
        if QUEUE in topics:
            version = await self._db.read(queue_version)
            if version != self._queue:
                self._pokes.poke_here(QUEUE)
            self._queue = version
