"""Starts gateways in a fraction of a second: a warm process has everything imported and forks a child for each.

The child is a gateway like any other: its own process, database connections, port and log, to be killed with -9.
What is skipped is three seconds of imports, so that a test can afford twenty kills.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[2]
PREPARE = "STORM_PREPARE"  # "module:function" called in the child before the gateway starts


@dataclass
class Child:
    """A forked gateway, with the part of `subprocess.Popen` that tests use."""

    pid: int
    nursery: Nursery
    returncode: int | None = None

    def send_signal(self, how: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, how)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def poll(self) -> int | None:
        if self.returncode is None:
            self.returncode = self.nursery.ask(poll=self.pid)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            self.returncode = self.nursery.ask(wait=self.pid, timeout=timeout or 3600)
        if self.returncode is None:
            raise subprocess.TimeoutExpired("gateway", timeout or 0)
        return self.returncode


class Nursery:
    """The test's side: one warm process, asked over a pipe, one question at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process = self._warm()

    @staticmethod
    def _warm() -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.support.nursery"],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, env: Mapping[str, str], log: Path) -> Child:
        """Fork a gateway with exactly these variables; its output is appended to ``log``."""
        if self._process.poll() is not None:
            self._process = self._warm()  # a warm process that was killed fails one test, not all that come after
        pid = self.ask(start=dict(env), log=str(log))
        assert isinstance(pid, int)
        return Child(pid, self)

    def ask(self, **question: object) -> int | None:
        assert self._process.stdin and self._process.stdout
        with self._lock:
            self._process.stdin.write(json.dumps(question) + "\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError("the nursery has died")
        found = json.loads(answer)
        return None if found is None else int(found)

    def close(self) -> None:
        """Close the pipe: the warm process kills the children that are left, and ends."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(20)


class _Warm:
    """The warm process's side."""

    def __init__(self, answers: IO[str]) -> None:
        self._answers = answers
        self._alive: set[int] = set()

    def serve(self) -> None:
        for line in sys.stdin:
            question = json.loads(line)
            if "start" in question:
                answer: int | None = self._fork(question["start"], question["log"])
            elif "poll" in question:
                answer = self._reap(question["poll"], os.WNOHANG)
            else:
                answer = self._wait(question["wait"], question["timeout"])
            self._answers.write(json.dumps(answer) + "\n")
            self._answers.flush()
        for pid in list(self._alive):
            os.kill(pid, signal.SIGKILL)
            self._reap(pid, 0)

    def _fork(self, env: dict[str, str], log: str) -> int:
        pid = os.fork()
        if pid == 0:
            _become_gateway(env, log)
        self._alive.add(pid)
        return pid

    def _reap(self, pid: int, how: int) -> int | None:
        if pid not in self._alive:
            return -signal.SIGKILL
        found, status = os.waitpid(pid, how)
        if not found:
            return None
        self._alive.discard(pid)
        return os.waitstatus_to_exitcode(status)

    def _wait(self, pid: int, timeout: float) -> int | None:
        if timeout > 0 and pid in self._alive:
            # The descriptor is readable as soon as the process has ended.
            import select

            descriptor = os.pidfd_open(pid)
            try:
                if not select.select([descriptor], [], [], timeout)[0]:
                    return None
            finally:
                os.close(descriptor)
        return self._reap(pid, os.WNOHANG)


def _become_gateway(env: dict[str, str], log: str) -> None:
    """Never returns: what follows is ``python -m handoff``."""
    code = 70
    try:
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for stream in (1, 2):
            os.dup2(descriptor, stream)
        os.environ.clear()
        os.environ.update(env)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        from handoff import failpoints
        from handoff.__main__ import main

        failpoints.activate()
        _prepare(env.get(PREPARE, ""))

        code = main()
    except SystemExit as ended:
        code = int(ended.code or 0)
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _prepare(names: str) -> None:
    """Call each "module:function" of the comma-separated list, as a planted bug or a counter asks."""
    import importlib

    for name in filter(None, names.split(",")):
        module, _, function = name.partition(":")
        getattr(importlib.import_module(module), function)()


def _main() -> None:
    import handoff.__main__  # the seconds that every start would cost

    assert handoff.__main__
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # nothing that a library prints may come between the answers
    assert threading.active_count() == 1, "a thread would not survive the fork"
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends the tests, which close the pipe
    _Warm(answers).serve()


if __name__ == "__main__":
    _main()
