"""One running process: its start in a group of its own, its output line by line, its end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from handoff.cli.supervisor.spec import ServiceSpec

LINE_LIMIT = 64 * 1024
TAIL_LINES = 30
_LIFELINE = Path(__file__).with_name("lifeline.py")

Sink = Callable[[str, str], None]


class Child:
    """A started process. ``sink`` gets (service name, line without its end) for each line it prints."""

    def __init__(self, spec: ServiceSpec, process: asyncio.subprocess.Process, output: int, sink: Sink) -> None:
        self.spec = spec
        self.tail: deque[str] = deque(maxlen=TAIL_LINES)
        self._process = process
        self._sink = sink
        self._started = time.monotonic()
        self._pump = asyncio.create_task(self._read_lines(output), name=f"output of {spec.name}")

    @classmethod
    async def start(cls, spec: ServiceSpec, sink: Sink) -> Child:
        """Start the process; `OSError` when even the launcher cannot be started."""
        # A pipe of our own: asyncio's would make wait() last until every grandchild has closed it too, so that
        # the death of the process itself would go unseen.
        reading, writing = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", str(_LIFELINE), str(os.getpid()), *spec.command),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=writing,
                stderr=writing,
                cwd=spec.cwd,
                env=dict(spec.env),
                start_new_session=True,  # Ctrl-C reaches the supervisor only, which stops in order
            )
        except BaseException:
            os.close(reading)
            raise
        finally:
            os.close(writing)
        return cls(spec, process, reading, sink)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def uptime(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._started

    async def wait(self) -> int:
        """Exit code; minus the signal's number when a signal ended it. What it left in its group ends too."""
        code = await self._process.wait()
        self._signal_group(signal.SIGKILL)
        # A grandchild that kept the pipe must not keep us.
        await asyncio.wait([self._pump], timeout=1.0)
        self._pump.cancel()
        return code

    async def stop(self, grace: float) -> int:
        """SIGTERM to the group, SIGKILL after ``grace`` seconds."""
        self._signal_group(signal.SIGTERM)
        try:
            await asyncio.wait_for(self._process.wait(), grace)
        except TimeoutError:
            self._signal_group(signal.SIGKILL)
        return await self.wait()

    def _signal_group(self, number: signal.Signals) -> None:
        # The group's number is the leader's pid and stays taken while any member lives.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)

    async def _read_lines(self, output: int) -> None:
        stream = asyncio.StreamReader()
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(stream), os.fdopen(output, "rb", buffering=0)
        )
        try:
            await self._emit_lines(stream)
        finally:
            transport.close()

    async def _emit_lines(self, stream: asyncio.StreamReader) -> None:
        pending = b""
        while chunk := await stream.read(LINE_LIMIT):
            *lines, pending = (pending + chunk).split(b"\n")
            for line in lines:
                self._emit(line)
            if len(pending) > LINE_LIMIT:  # an endless line is cut, not gathered
                self._emit(pending)
                pending = b""
        if pending:
            self._emit(pending)

    def _emit(self, raw: bytes) -> None:
        line = raw[:LINE_LIMIT].decode("utf-8", errors="replace").rstrip("\r")
        self.tail.append(line)
        self._sink(self.spec.name, line)
