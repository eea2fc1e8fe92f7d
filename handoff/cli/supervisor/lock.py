"""One `baton run` per data directory: an flock that the kernel gives back however the process ends."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from handoff.cli.errors import AlreadyRunning, NotReadyToRun

LOCK_FILE = "run.lock"


@contextlib.contextmanager
def run_lock(data_dir: Path) -> Iterator[None]:
    """Hold the lock; `AlreadyRunning` names the pid that has it."""
    path = data_dir / LOCK_FILE
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise NotReadyToRun(
            f"The data directory {data_dir} cannot be written: {error.strerror}.",
            remedy="Give this account the right to write there, or set BATON_DATA_DIR to another directory.",
        ) from error
    try:
        _take(handle, data_dir)
        os.ftruncate(handle, 0)
        os.write(handle, str(os.getpid()).encode())
        yield
    finally:
        # The file stays: removing it would let two processes lock two different files of this name.
        os.close(handle)


def running_pid(data_dir: Path) -> int | None:
    """Pid of the `baton run` that holds the lock, 0 if it cannot be read, None when nobody holds it."""
    try:
        handle = os.open(data_dir / LOCK_FILE, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _pid_in(handle)
    else:
        return None
    finally:
        os.close(handle)


def _take(handle: int, data_dir: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise AlreadyRunning(
            f"`baton run` already runs on {data_dir} (pid {_pid_in(handle) or 'unknown'}).",
            remedy="Stop that one first (Ctrl-C in its terminal, or `kill` with its pid), "
            "or set BATON_DATA_DIR and the ports for a second installation.",
        ) from error


def _pid_in(handle: int) -> int:
    text = os.pread(handle, 32, 0).decode("ascii", errors="replace").strip()
    return int(text) if text.isdigit() else 0
