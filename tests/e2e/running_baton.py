"""The whole product, started as an operator starts it (`baton run`), on free ports and a data directory of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[2]
PASSWORD = "correct horse battery"
START_WITHIN = 240.0


class RunningBaton:
    """A supervised Baton: its address, its processes, its accounts."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        gateway, actions, rasa = (free_port() for _ in range(3))
        self.origin = f"http://127.0.0.1:{gateway}"
        self._env = os.environ | {
            "BATON_DATA_DIR": str(data_dir),
            "BATON_PORT": str(gateway),
            "BATON_ACTIONS_URL": f"http://127.0.0.1:{actions}",
            "BATON_RASA_URL": f"http://127.0.0.1:{rasa}",
            "BATON_RASA_PYTHON": str(ROOT / ".venv-rasa/bin/python"),
            "BATON_LOG_FORMAT": "json",
            "BATON_SESSIONS_PER_MINUTE": "1000",
        }
        self._baton = Path(sys.executable).parent / "baton"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        _borrow_models(self.data_dir)
        log = (self.data_dir / "run.log").open("wb")
        self._process = subprocess.Popen([self._baton, "run"], env=self._env, cwd=ROOT, stdout=log, stderr=log)
        self.wait_ready()

    def wait_ready(self) -> None:
        """Until gateway, actions and Rasa all answer."""

        def ready() -> bool:
            assert self._process is not None
            if self._process.poll() is not None:
                raise AssertionError(f"`baton run` ended:\n{(self.data_dir / 'run.log').read_text()[-4000:]}")
            try:
                parts = httpx.get(f"{self.origin}/health/ready", timeout=5).json()["parts"]
            except httpx.HTTPError:
                return False
            return all(state == "ok" for state in parts.values())

        wait_until(ready, START_WITHIN)

    def stop(self) -> int:
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(60)

    def pid(self, service: str) -> int:
        state = json.loads((self.data_dir / "run.json").read_text())
        return int(state["services"][service]["pid"])

    def kill(self, service: str) -> None:
        """SIGKILL one of the supervised processes."""
        os.kill(self.pid(service), signal.SIGKILL)

    def add_agent(self, name: str, display_name: str, role: str = "agent") -> None:
        command = [self._baton, "agent", "add", name, "--role", role, "--display", display_name, "--password-stdin"]
        done = subprocess.run(
            command, env=self._env, cwd=ROOT, input=PASSWORD + "\n", text=True, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr


class Customer:
    """A customer without a browser, over the plain HTTP of the web channel."""

    def __init__(self, origin: str, lang: str = "zh") -> None:
        self._http = httpx.Client(base_url=f"{origin}/api/v1/web", timeout=60)
        token = self._http.post("/session", json={"lang": lang}).json()["token"]
        self._http.headers["Authorization"] = f"Bearer {token}"
        self._sent = 0

    def say(self, text: str, msg_id: str | None = None) -> int:
        self._sent += 1
        body = {"client_msg_id": msg_id or f"message-{self._sent}", "text": text}
        response = self._http.post("/messages", json=body)
        response.raise_for_status()
        return int(response.json()["seq"])

    def page(self) -> dict[str, Any]:
        page: dict[str, Any] = self._http.get("/events").json()
        return page

    def events(self) -> list[dict[str, Any]]:
        events: list[dict[str, Any]] = self.page()["events"]
        return events

    def ask(self, text: str, timeout: float = 60.0) -> list[dict[str, Any]]:
        """What others said after ``text``, once the bot owes nothing more."""
        seq = self.say(text)
        wait_until(lambda: not self.page()["bot_typing"], timeout)
        return [event for event in self.events() if event["seq"] > seq]


def _borrow_models(data_dir: Path) -> None:
    """What set-up made is used, not made again; everything that changes is this test's own."""
    made = Path(os.environ.get("BATON_DATA_DIR", ROOT / "var"))
    (data_dir / "rasa").mkdir(parents=True)
    (data_dir / "models").symlink_to((made / "models").resolve())
    (data_dir / "rasa/models").symlink_to((made / "rasa/models").resolve())
    shutil.copytree(made / "index", data_dir / "index", symlinks=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(condition: Callable[[], bool], timeout: float = 30.0) -> None:
    """Return as soon as ``condition()`` holds; AssertionError after ``timeout`` seconds."""
    end = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("waited in vain")
        time.sleep(0.05)


@contextmanager
def running_baton(data_dir: Path) -> Iterator[RunningBaton]:
    baton = RunningBaton(data_dir)
    try:
        baton.start()
        yield baton
    finally:
        if baton._process is not None and baton._process.poll() is None:
            baton.stop()
