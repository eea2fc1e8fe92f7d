"""The writing threads of a database: what customers wait for goes first, and one commit may carry many jobs."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection

# After so many urgent pieces one of the others has its turn, so that bot answers come also under load.
FAIR = 4


class Job:
    """One piece of work and who waits for it: it is given a ``result`` or an ``error``, and then they are told."""

    __slots__ = ("_context", "error", "future", "loop", "result", "work")

    def __init__(self, work: Callable[[Connection], Any]) -> None:
        self.work = work
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[Any] = self.loop.create_future()
        self.result: Any = None
        self.error: BaseException | None = None
        self._context = contextvars.copy_context()

    def run(self, conn: Connection) -> Any:
        """The work, seeing what its caller had bound (log fields, the span)."""
        return self._context.run(self.work, conn)

    def tell(self) -> None:
        """On the loop: wake who waits, unless they went away."""
        if self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class Writers:
    """``threads`` threads; each hands up to ``most`` jobs at a time to ``perform``, which gives all of them an end."""

    def __init__(self, threads: int, most: int, perform: Callable[[Sequence[Job]], None]) -> None:
        self._most = most
        self._perform = perform
        self._urgent: deque[Job] = deque()
        self._other: deque[Job] = deque()
        self._urgent_in_a_row = 0
        self._closed = False
        self._changed = threading.Condition()
        self._threads = [
            threading.Thread(target=self._serve, name=f"db-write-{number}", daemon=True) for number in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def put(self, job: Job, *, urgent: bool) -> None:
        """Queue the job. Called on the event loop; never waits."""
        with self._changed:
            (self._urgent if urgent else self._other).append(job)
            self._changed.notify()

    def close(self) -> None:
        """End the threads once everything that was queued is done."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def _serve(self) -> None:
        while batch := self._take():
            wanted = [job for job in batch if not job.future.cancelled()]
            if wanted:
                try:
                    self._perform(wanted)
                except BaseException as error:  # a thread that dies would leave its callers waiting for ever
                    for job in wanted:
                        job.error = error
                _tell(wanted)

    def _take(self) -> list[Job]:
        """The next jobs, urgent ones first; empty when closed and done."""
        with self._changed:
            while not (self._urgent or self._other or self._closed):
                self._changed.wait()
            batch: list[Job] = []
            while len(batch) < self._most and (self._urgent or self._other):
                urgent = bool(self._urgent) and (self._urgent_in_a_row < FAIR or not self._other)
                self._urgent_in_a_row = self._urgent_in_a_row + 1 if urgent else 0
                batch.append((self._urgent if urgent else self._other).popleft())
            return batch


def _tell(jobs: Sequence[Job]) -> None:
    """One wake-up of each loop for all its jobs."""
    for loop in {job.loop for job in jobs}:
        mine = [job for job in jobs if job.loop is loop]
        try:
            loop.call_soon_threadsafe(_tell_all, mine)
        except RuntimeError:  # the loop is closed: nobody waits any more
            continue


def _tell_all(jobs: Sequence[Job]) -> None:
    for job in jobs:
        job.tell()
