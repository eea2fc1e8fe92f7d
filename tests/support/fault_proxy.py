"""A line that fails on demand, between any two parts that talk TCP: slow, cut, reset, silent or refused."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from tests.support.processes import free_port

T = TypeVar("T")
CHUNK = 16 * 1024


@dataclass(frozen=True)
class Fault:
    """What happens to a connection that is made while this is set.

    ``latency`` seconds before each chunk; the line breaks after ``up`` bytes towards the server or ``down`` bytes
    from it, with a reset if ``reset``; ``silent`` passes nothing and never ends; ``refuse`` ends it at once.
    """

    latency: float = 0.0
    up: int | None = None
    down: int | None = None
    reset: bool = False
    silent: bool = False
    refuse: bool = False


FINE = Fault()


class FaultProxy:
    """Listens on ``port`` and passes everything on to ``target``; set ``fault`` at any time, from any thread."""

    def __init__(self, target: int) -> None:
        self.port = free_port()
        self.target = target
        self.fault = FINE
        self.connections = 0
        self._lines: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> FaultProxy:
        self._thread.start()
        self._server = self._in_loop(asyncio.start_server(self._serve, "127.0.0.1", self.port))
        return self

    def __exit__(self, *_: object) -> None:
        self._in_loop(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def cut(self, *, reset: bool = True) -> None:
        """Break every line there is; new ones are as ``fault`` says."""
        self._in_loop(self._cut(reset))

    @contextlib.contextmanager
    def failing(self, fault: Fault) -> Iterator[None]:
        """New connections have ``fault`` inside the block."""
        self.fault = fault
        try:
            yield
        finally:
            self.fault = FINE

    def _in_loop(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._lines.add(task)
        self._writers.add(writer)
        try:
            await self._pass_on(reader, writer, self.fault)
        except (OSError, asyncio.CancelledError):
            pass  # either side may go at any time; that is what this is for
        finally:
            self._lines.discard(task)
            self._writers.discard(writer)
            with contextlib.suppress(OSError, RuntimeError):
                writer.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, fault: Fault) -> None:
        if fault.refuse:
            _reset(writer)
            return
        if fault.silent:
            await asyncio.Event().wait()
        server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self.target)
        up = asyncio.create_task(_copy(reader, server_writer, fault.latency, fault.up))
        down = asyncio.create_task(_copy(server_reader, writer, fault.latency, fault.down))
        try:
            done, _ = await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
            broken = any(not task.cancelled() and task.exception() is None and task.result() for task in done)
            if broken and fault.reset:
                _reset(writer)
            elif not broken:
                await asyncio.wait({up, down}, timeout=1)
        finally:
            for task in (up, down):
                task.cancel()
            await asyncio.gather(up, down, return_exceptions=True)
            server_writer.close()

    async def _cut(self, reset: bool) -> None:
        for writer in list(self._writers):
            if reset:
                _reset(writer)
        lines = list(self._lines)
        for line in lines:
            line.cancel()
        await asyncio.gather(*lines, return_exceptions=True)

    async def _close(self) -> None:
        self._server.close()
        await self._cut(reset=False)
        await self._server.wait_closed()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, latency: float, limit: int | None) -> bool:
    """Pass bytes on until the end (False) or the limit (True)."""
    passed = 0
    while chunk := await reader.read(CHUNK):
        if latency:
            await asyncio.sleep(latency)
        if limit is not None:
            chunk = chunk[: limit - passed]
        writer.write(chunk)
        await writer.drain()
        passed += len(chunk)
        if limit is not None and passed >= limit:
            return True
    if writer.can_write_eof():
        writer.write_eof()
    return False


def _reset(writer: asyncio.StreamWriter) -> None:
    """End with RST, as a crashed peer or a strict firewall does."""
    sock: socket.socket | None = writer.get_extra_info("socket")
    if sock is not None:
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
