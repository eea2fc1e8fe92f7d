"""Ports, waiting and stopping, for every test that starts a process of its own."""

from __future__ import annotations

import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable

import psutil

# Below the range from which the kernel takes the ports of outgoing connections (32768 up), so that a port found
# free here is not given away before the server that it was found for binds it.
PORTS = range(10_000, 32_000)
_chance = random.SystemRandom()


def free_port() -> int:
    """A port of the loopback that nobody listens on; two test processes at a time do not get the same one."""
    while True:
        port = _chance.choice(PORTS)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def wait_until(condition: Callable[[], object], timeout: float = 30.0, what: str = "") -> None:
    """Return as soon as ``condition()`` holds; AssertionError after ``timeout`` seconds."""
    end = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"waited in vain {what}".rstrip())
        time.sleep(0.02)


def is_gone(pid: int) -> bool:
    """Whether the process has ended, its parent having noticed or not."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def stop(process: subprocess.Popen[bytes] | None) -> None:
    """End one process by its own handle: politely, then by force."""
    if process is None or process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)
