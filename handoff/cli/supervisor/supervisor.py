"""Keeps the processes alive: starts them together, restarts a dead one, stops them in order."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from handoff.cli.errors import ServiceGaveUp
from handoff.cli.supervisor.backoff import Backoff
from handoff.cli.supervisor.child import Child, Sink
from handoff.cli.supervisor.liveness import Patience, until_hung
from handoff.cli.supervisor.readiness import until_ready
from handoff.cli.supervisor.spec import ServiceSpec

STOP_GRACE = 10.0
# A hung process seldom hears SIGTERM; it is not worth waiting for long.
HUNG_GRACE = 2.0


class Reporter(Protocol):
    """Hears what happens; times are in seconds."""

    def starting(self, spec: ServiceSpec, pid: int) -> None: ...

    def ready(self, spec: ServiceSpec, seconds: float) -> None: ...

    def hung(self, spec: ServiceSpec, seconds: float) -> None: ...

    def died(self, spec: ServiceSpec, code: int, delay: float, tail: Sequence[str]) -> None: ...

    def stopping(self, spec: ServiceSpec) -> None: ...

    def stopped(self, spec: ServiceSpec, code: int) -> None: ...


@dataclass
class _Kept:
    spec: ServiceSpec
    backoff: Backoff
    child: Child | None = None
    starting: asyncio.Task[Child] | None = None
    ready: asyncio.Event = field(default_factory=asyncio.Event)


class Supervisor:
    """Runs ``specs``; the *last* one is stopped first.

    A process that was ready and then answers nothing for ``patience`` is ended and started again.
    ``on_pids`` hears the pid of each living process after every change. ``once_ready`` runs one time, when
    all have been ready.
    """

    def __init__(
        self,
        specs: Sequence[ServiceSpec],
        *,
        sink: Sink,
        reporter: Reporter,
        backoff: Backoff | None = None,
        grace: float = STOP_GRACE,
        patience: Patience | None = None,
        on_pids: Callable[[dict[str, int]], None] = lambda pids: None,
        once_ready: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._kept = [_Kept(spec, backoff or Backoff()) for spec in specs]
        self._sink = sink
        self._reporter = reporter
        self._grace = grace
        self._patience = patience or Patience()
        self._on_pids = on_pids
        self._once_ready = once_ready
        self._stop = asyncio.Event()

    def request_stop(self) -> None:
        """End `run` in good order; may be called from a signal handler, and more than once."""
        self._stop.set()

    async def run(self) -> None:
        """Return after `request_stop`; raise `ServiceGaveUp` when a process cannot be mended by a restart."""
        tasks = [asyncio.create_task(self._keep(kept), name=kept.spec.name) for kept in self._kept]
        if self._once_ready:
            tasks.append(asyncio.create_task(self._when_ready(self._once_ready), name="once ready"))
        stop = asyncio.create_task(self._stop.wait(), name="stop")
        try:
            await self._first_failure_or(stop, tasks)
        finally:
            self._stop.set()
            for task in (stop, *tasks):
                task.cancel()
            await asyncio.gather(stop, *tasks, return_exceptions=True)
            await self._stop_all()

    async def _first_failure_or(self, stop: asyncio.Task[bool], tasks: list[asyncio.Task[None]]) -> None:
        pending: set[asyncio.Task[None] | asyncio.Task[bool]] = {stop, *tasks}
        while not stop.done():
            done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()

    async def _when_ready(self, act: Callable[[], Awaitable[None]]) -> None:
        for kept in self._kept:
            await kept.ready.wait()
        await act()

    async def _keep(self, kept: _Kept) -> None:
        while True:
            # Shielded and kept: a stop that arrives now must still see the child, or nobody would end it.
            kept.starting = asyncio.create_task(self._start(kept))
            child = await asyncio.shield(kept.starting)
            kept.starting = None
            code = await self._watch(kept, child)
            self._tell_pids()
            if code in kept.spec.fatal_exit_codes:
                raise gave_up(kept.spec, code, child.tail)
            kept.backoff = kept.backoff.died_after(child.uptime)
            self._reporter.died(kept.spec, code, kept.backoff.delay, list(child.tail))
            await asyncio.sleep(kept.backoff.delay)

    async def _start(self, kept: _Kept) -> Child:
        kept.child = child = await Child.start(kept.spec, self._sink)
        self._reporter.starting(kept.spec, child.pid)
        self._tell_pids()
        return child

    async def _watch(self, kept: _Kept, child: Child) -> int:
        """Announce readiness once; end the process if it hangs; return the exit code."""
        spec = kept.spec
        ended = asyncio.create_task(child.wait())
        lives = asyncio.create_task(self._until_hung(kept, child))
        try:
            await asyncio.wait({ended, lives}, return_when=asyncio.FIRST_COMPLETED)
            if lives.done() and not ended.done():
                lives.result()
                self._reporter.hung(spec, self._patience.silence)
                await child.stop(HUNG_GRACE)
            code = await ended
            kept.child = None
            return code
        finally:
            for task in (ended, lives):
                task.cancel()
            await asyncio.gather(ended, lives, return_exceptions=True)

    async def _until_hung(self, kept: _Kept, child: Child) -> None:
        spec = kept.spec
        await until_ready(spec.ready_url, spec.headers)
        self._reporter.ready(spec, child.uptime)
        kept.ready.set()
        await until_hung(spec.live_url or spec.ready_url, spec.headers, self._patience)

    async def _stop_all(self) -> None:
        for kept in reversed(self._kept):
            if kept.starting:
                await asyncio.gather(kept.starting, return_exceptions=True)
            if kept.child is None:
                continue
            self._reporter.stopping(kept.spec)
            code = await kept.child.stop(self._grace)
            kept.child = None
            self._reporter.stopped(kept.spec, code)

    def _tell_pids(self) -> None:
        with contextlib.suppress(OSError):  # a full disk must not end what runs well
            self._on_pids({kept.spec.name: kept.child.pid for kept in self._kept if kept.child})


def gave_up(spec: ServiceSpec, code: int, tail: Sequence[str]) -> ServiceGaveUp:
    """The error for a fatal exit code, with what the process said last."""
    said = "\n  ".join(list(tail)[-8:]) or "(it printed nothing)"
    return ServiceGaveUp(
        f"{spec.name} ended with code {code}, which a restart cannot mend. It said:\n  {said}",
        remedy="Correct what it names above, then run `baton doctor` and start again.",
    )
