"""Notes for the administrator that the platform came by: taken, checked our address, or was sent away and why."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from functools import partial

from sqlalchemy import Connection

from handoff.channels.account_book import ACCOUNTS
from handoff.pokes import Pokes
from handoff.store import wechat_accounts
from handoff.store.database import Database

# A storm, or somebody who knocks without a key, costs one small write in this time.
WRITE_EVERY = 1.0

Note = Callable[[Connection], None]


class Signs:
    """Keeps the newest sign of each account in memory, and writes them down a moment later."""

    def __init__(self, db: Database, pokes: Pokes) -> None:
        self._db = db
        self._pokes = pokes
        self._notes: dict[str, Note] = {}
        self._any = asyncio.Event()

    def heard(self, app_id: str) -> None:
        """A callback was taken in."""
        self._put(app_id, partial(wechat_accounts.heard, app_id=app_id))

    def checked(self, app_ids: Iterable[str]) -> None:
        """The platform checked the address of these accounts, and found what it looked for."""
        for app_id in app_ids:
            self._put(app_id, partial(wechat_accounts.checked, app_id=app_id))

    def refused(self, app_ids: Iterable[str], why: str) -> None:
        """A call was not taken. It never hides one that was: anybody may knock."""
        for app_id in app_ids:
            if app_id not in self._notes:
                self._put(app_id, partial(wechat_accounts.refused, app_id=app_id, why=why))

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            await self._any.wait()
            await self.write_down()
            await asyncio.sleep(WRITE_EVERY)

    async def write_down(self) -> None:
        """Everything since the last time."""
        self._any.clear()
        notes, self._notes = self._notes, {}
        if not notes:
            return

        def work(conn: Connection) -> None:
            for _, note in sorted(notes.items()):
                note(conn)

        try:
            await self._db.write(work)
        except BaseException:
            self._notes = notes | self._notes
            self._any.set()
            raise
        self._pokes.poke(ACCOUNTS)

    def _put(self, app_id: str, note: Note) -> None:
        self._notes[app_id] = note
        self._any.set()
