"""The whole product, started as an operator starts it (`baton run`), on free ports and a data directory of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.support.dialogue import (
    MADE,
    RASA_PYTHON,
    ROOT,
    SECRET,
    START_WITHIN,
    RealDialogue,
    seed_index,
    train_if_needed,
)
from tests.support.processes import free_port, is_gone, wait_until

PASSWORD = "correct horse battery"


class RunningBaton:
    """A supervised Baton: its address, its processes, its accounts, and the WeChat ``phone`` of the demo.

    ``dialogue`` speaks to its Rasa directly.
    """

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        gateway, actions, rasa, phone = (free_port() for _ in range(4))
        self.phone = f"http://127.0.0.1:{phone}"
        self.origin = f"http://127.0.0.1:{gateway}"
        self.dialogue = RealDialogue(f"http://127.0.0.1:{actions}", f"http://127.0.0.1:{rasa}", data_dir)
        kept = {key: value for key, value in os.environ.items() if not key.startswith("BATON_")}
        self._env = kept | {
            "BATON_DATA_DIR": str(data_dir),
            "BATON_FAQ_DIR": str(data_dir / "faq"),
            "BATON_SHARED_SECRET": SECRET,
            "BATON_PORT": str(gateway),
            "BATON_ACTIONS_URL": self.dialogue.actions_url,
            "BATON_RASA_URL": self.dialogue.rasa_url,
            "BATON_RASA_PYTHON": str(RASA_PYTHON),
            "BATON_LOG_FORMAT": "json",
            "BATON_WECHAT_DEMO_PORT": str(phone),
            "BATON_SESSIONS_PER_MINUTE": "1000",
            "BATON_RECOMMENDATION_SHARE": "0",
        }
        self._baton = Path(sys.executable).parent / "baton"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        borrow_models(self.data_dir)
        # A copy: the editor's desk writes into it.
        shutil.copytree(ROOT / "knowledge_base" / "faq", self.data_dir / "faq")
        with (self.data_dir / "run.log").open("wb") as log:
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

        wait_until(ready, START_WITHIN, "for Baton to be ready")

    def stop(self) -> int:
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(60)

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def pid(self, service: str) -> int:
        state = json.loads((self.data_dir / "run.json").read_text())
        return int(state["services"][service]["pid"])

    def kill(self, service: str) -> None:
        """SIGKILL one of the supervised processes; returns when it is gone, before it is back."""
        pid = self.pid(service)
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: is_gone(pid))

    def add_agent(self, name: str, display_name: str, role: str = "agent") -> None:
        command = [
            str(self._baton),
            "agent",
            "add",
            name,
            "--role",
            role,
            "--display",
            display_name,
            "--password-stdin",
        ]
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


def borrow_models(data_dir: Path) -> None:
    """What set-up made is used, not made again; everything that changes is this test's own."""
    train_if_needed()
    (data_dir / "rasa").mkdir(parents=True)
    (data_dir / "models").symlink_to((MADE / "models").resolve())
    (data_dir / "rasa/models").symlink_to((MADE / "rasa/models").resolve())
    seed_index(data_dir)


@contextmanager
def running_baton(data_dir: Path) -> Iterator[RunningBaton]:
    baton = RunningBaton(data_dir)
    try:
        baton.start()
        yield baton
    finally:
        if baton.running:
            baton.stop()
