"""Takes callbacks in by groups: those that arrive while one transaction commits share the next one."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from handoff.channels.wechat.accounts import Account
from handoff.channels.wechat.inbound import Inbound
from handoff.channels.wechat.receive import Received, receive
from handoff.settings import Settings
from handoff.store.database import Database

LARGEST_GROUP = 64


@dataclass(frozen=True)
class _Item:
    account: Account
    inbound: Inbound
    result: asyncio.Future[Received]


class Intake:
    """A burst of callbacks costs a few commits instead of one each; a lone callback waits for nobody."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self._db = db
        self._settings = settings
        self._waiting: deque[_Item] = deque()
        self._task: asyncio.Task[None] | None = None

    async def take(self, account: Account, inbound: Inbound) -> Received:
        """Store one callback; when this returns it is on disk. Raises what `receive` or the storage raises."""
        item = _Item(account, inbound, asyncio.get_running_loop().create_future())
        self._waiting.append(item)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._drain())
        return await item.result

    async def close(self) -> None:
        """Finish what was taken in."""
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    async def _drain(self) -> None:
        while self._waiting:
            group = [self._waiting.popleft() for _ in range(min(LARGEST_GROUP, len(self._waiting)))]
            try:
                results = await self._db.write(receive_all, group, self._settings)
            except Exception as error:  # nothing of the group was stored: each caller is told
                results = [error] * len(group)
            for item, result in zip(group, results, strict=True):
                if item.result.done():
                    continue  # the caller has gone; what was stored stays
                if isinstance(result, Exception):
                    item.result.set_exception(result)
                else:
                    item.result.set_result(result)


def receive_all(conn: Connection, group: list[_Item], settings: Settings) -> list[Received | Exception]:
    """Receive each item in a savepoint of its own, so that a bad one takes no other with it."""
    results: list[Received | Exception] = []
    for item in group:
        try:
            with conn.begin_nested():
                results.append(receive(conn, item.account, item.inbound, settings))
        except DBAPIError:
            raise
        except Exception as error:
            results.append(error)
    return results
