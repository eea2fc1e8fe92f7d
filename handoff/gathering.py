"""Joins what many callers want at once into one transaction of few statements; batches grow with the load."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from handoff.store.database import Database

log = structlog.get_logger(__name__)

Item = TypeVar("Item")
Result = TypeVar("Result")

MOST = 64
# Batches begin at this distance: who comes alone does not wait, who comes in a crowd shares its commit.
PACE = 0.01


class Gathered(Generic[Item, Result]):
    """One piece of work in two forms: ``together`` for many items, ``alone`` for one.

    ``together(conn, items)`` gives a result for each, or None for one that is not of the plain kind, of which it has
    written nothing; those are done ``alone``, each in a transaction of its own. So are all items of a batch that a
    rule of the database refuses. ``urgent`` as in `Database.write_first`.
    """

    def __init__(
        self,
        db: Database,
        together: Callable[[Connection, Sequence[Item]], Sequence[Result | None]],
        alone: Callable[[Connection, Item], Result],
        *,
        urgent: bool,
    ) -> None:
        self._db = db
        self._together = together
        self._alone = alone
        self._urgent = urgent
        self._waiting: list[tuple[Item, asyncio.Future[Result]]] = []
        self._serving: asyncio.Task[None] | None = None
        self._single: set[asyncio.Task[None]] = set()
        self._next = 0.0

    async def do(self, item: Item) -> Result:
        """The result for ``item``, once it is committed; errors of the database and of ``alone``."""
        mine: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, mine))
        if self._serving is None:
            self._serving = asyncio.create_task(self._serve())
        return await mine

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                if (pause := self._next - loop.time()) > 0:
                    await asyncio.sleep(pause)
                self._next = loop.time() + PACE
                batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                await self._perform([(item, mine) for item, mine in batch if not mine.done()])
        finally:
            self._serving = None

    async def _perform(self, batch: Sequence[tuple[Item, asyncio.Future[Result]]]) -> None:
        results: Sequence[Result | None] = [None] * len(batch)
        try:
            results = await self._write(self._together, [item for item, _ in batch])
        except SQLAlchemyError as error:
            # A rule of the database: done one by one, whoever broke it hears of it.
            log.warning("done_one_by_one", error=type(error).__name__, items=len(batch))
        except BaseException as error:
            for _, mine in batch:
                _tell_error(mine, error)
            if not isinstance(error, Exception):
                raise
            return
        for (item, mine), result in zip(batch, results, strict=True):
            if result is not None:
                if not mine.done():
                    mine.set_result(result)
                continue
            task = asyncio.create_task(self._do_alone(item, mine))
            self._single.add(task)
            task.add_done_callback(self._single.discard)

    async def _do_alone(self, item: Item, mine: asyncio.Future[Result]) -> None:
        try:
            result = await self._write(self._alone, item)
        except BaseException as error:
            _tell_error(mine, error)
            if not isinstance(error, Exception):
                raise
        else:
            if not mine.done():
                mine.set_result(result)

    @property
    def _write(self) -> Callable[..., Any]:
        return self._db.write_first if self._urgent else self._db.write


def _tell_error(mine: asyncio.Future[Result], error: BaseException) -> None:
    if mine.done():
        return
    if isinstance(error, Exception):
        mine.set_exception(error)
    else:
        mine.cancel()  # we stop: whoever waits stops as well
