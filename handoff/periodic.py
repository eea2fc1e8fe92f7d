"""Background work that goes on: what the database or a peer refuses is told once, counted, and tried again later."""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy.exc import SQLAlchemyError

from handoff.errors import BatonError
from handoff.measures import WORKER_FAILURES
from handoff.pokes import Pokes, wait_for

log = structlog.get_logger(__name__)

FIRST_WAIT = 0.2
LONGEST_WAIT = 10.0
BREATH = 1.0
# What passes by itself. Anything else is a mistake of ours: the process ends and is started again, for a gateway
# whose workers are gone would take messages and never answer.
PASSING = (BatonError, SQLAlchemyError, OSError, TimeoutError)


class Backoff:
    """Waits that double, with jitter, until something goes well again."""

    def __init__(self, first: float = FIRST_WAIT, longest: float = LONGEST_WAIT) -> None:
        self._first, self._longest = first, longest
        self._next = first
        self.failures = 0

    def reset(self) -> None:
        """It works again."""
        self._next, self.failures = self._first, 0

    async def wait(self) -> None:
        """After a failure: wait, longer each time."""
        self.failures += 1
        wait, self._next = self._next, min(self._next * 2, self._longest)
        await asyncio.sleep(wait * random.uniform(0.5, 1.5))


class Periodic:
    """Runs ``work`` every so many seconds until cancelled; the first time after a pause, or ``at_once``."""

    def __init__(
        self, name: str, work: Callable[[], Awaitable[object]], every: float, *, at_once: bool = False
    ) -> None:
        self._name = name
        self._work = work
        self._every = every
        self._at_once = at_once
        self._failing = False

    async def run(self) -> None:
        """Until cancelled; raises only what is no passing trouble (see `PASSING`)."""
        if not self._at_once:
            await asyncio.sleep(self._every)
        while True:
            await self._pause(await self._once())

    async def _once(self) -> object:
        """One round; what it gave, or None when it failed."""
        try:
            found = await self._work()
        except PASSING as error:
            tell_failure(self._name, error, first=not self._failing)
            self._failing = True
            return None
        if self._failing:
            log.info("worker_recovered", worker=self._name)
        self._failing = False
        return found

    async def _pause(self, _found: object) -> None:
        await asyncio.sleep(self._every)


class Woken(Periodic):
    """Also runs when one of ``topics`` is poked, and again at once while ``work`` says by True that more waits."""

    def __init__(
        self, name: str, work: Callable[[], Awaitable[object]], every: float, pokes: Pokes, *topics: str
    ) -> None:
        super().__init__(name, work, every, at_once=True)
        self._pokes = pokes
        self._topics = topics
        self._flag = asyncio.Event()

    async def run(self) -> None:
        with self._pokes.listen(*self._topics) as self._flag:
            await super().run()

    async def _pause(self, found: object) -> None:
        if self._failing:
            await asyncio.sleep(BREATH)  # whoever is down must not be asked at each poke
        if found is not True:
            await wait_for(self._flag, self._every)


async def keep_running(name: str, run: Callable[[], Awaitable[None]]) -> None:
    """Run a worker until it ends by itself or is cancelled; passing trouble starts it again, after a while."""
    backoff = Backoff()
    loop = asyncio.get_running_loop()
    while True:
        started = loop.time()
        try:
            await run()
            return
        except Exception as error:
            if not all(isinstance(cause, PASSING) for cause in causes(error)):
                raise
            if loop.time() - started > LONGEST_WAIT:
                backoff.reset()
            for cause in causes(error):
                tell_failure(name, cause, first=not backoff.failures)
        await backoff.wait()


def tell_failure(name: str, error: BaseException, *, first: bool) -> None:
    """Count it; only the first of a row goes to the log, or a dead database would fill the disk."""
    WORKER_FAILURES.labels(name).inc()
    if first:
        reason = error.message if isinstance(error, BatonError) else type(error).__name__
        log.warning("worker_failed", worker=name, error=reason)


def causes(error: BaseException) -> list[BaseException]:
    """What really went wrong: task groups wrap it, one in another."""
    if isinstance(error, BaseExceptionGroup):
        return [cause for inner in error.exceptions for cause in causes(inner)]
    return [error]


def end_process_if_failed(task: asyncio.Task[None]) -> None:
    """A gateway without its workers would take messages and never answer: end, and be started again."""
    if not task.cancelled() and (error := task.exception()) is not None:
        for cause in causes(error):
            log.critical("workers_ended", exc_info=cause)
        signal.raise_signal(signal.SIGTERM)
