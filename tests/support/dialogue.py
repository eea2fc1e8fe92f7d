"""The real Rasa and the real action server: started alone for a bench, talked to by every dialogue test."""

from __future__ import annotations

import fcntl
import functools
import os
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.support.processes import stop

ROOT = Path(__file__).resolve().parents[2]
MADE = Path(os.environ.get("BATON_DATA_DIR") or ROOT / "var").absolute()  # what `make setup` made
RASA_PYTHON = Path(os.environ.get("BATON_RASA_PYTHON") or ROOT / ".venv-rasa" / "bin" / "python").absolute()
MODELS = MADE / "rasa" / "models"
EMBEDDER = MADE / "models" / "e5-small"
SECRET = "test-secret-0123456789abcdef"
START_WITHIN = 240.0


class StackFailed(RuntimeError):
    """A process did not start; the message holds the end of its log."""


@dataclass
class RealDialogue:
    """Where Rasa and the action server listen, and how the gateway talks to them."""

    actions_url: str
    rasa_url: str
    data_dir: Path
    secret: str = SECRET

    @property
    def headers(self) -> dict[str, str]:
        return {"X-Baton-Secret": self.secret}

    @property
    def tracker_db(self) -> Path:
        return self.data_dir / "rasa" / "tracker.db"

    def turn(self, text: str, sender: str | None = None, turn_id: str | None = None, **metadata: Any) -> dict[str, Any]:
        """The channel's answer to one turn; fails the test on any status but 200."""
        answer = self.post(text, sender or uuid.uuid4().hex, turn_id or uuid.uuid4().hex, **metadata)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def post(self, text: str, sender: str, turn_id: str, **metadata: Any) -> httpx.Response:
        body = {"sender": sender, "turn_id": turn_id, "text": text, "metadata": metadata}
        url = f"{self.rasa_url}/webhooks/gateway/turn"
        return httpx.post(url, json=body, headers=self.headers, timeout=60)

    def talk(self, texts: list[str], **metadata: Any) -> list[dict[str, Any]]:
        """A whole conversation with a new sender; one answer per text."""
        sender = uuid.uuid4().hex
        return [self.turn(text, sender, **metadata) for text in texts]


@dataclass
class RasaStack(RealDialogue):
    """Both processes without gateway and supervisor; a bench gives it a changed project and models of its own."""

    project: Path = ROOT  # where Rasa finds config, domain and `bot.rasa`
    actions: subprocess.Popen[bytes] | None = None
    rasa: subprocess.Popen[bytes] | None = None

    def environment(self) -> dict[str, str]:
        """What both processes get; nothing of the caller's BATON_ settings leaks in."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith("BATON_")}
        return kept | {
            "BATON_SHARED_SECRET": self.secret,
            "BATON_ACTIONS_URL": self.actions_url,
            "BATON_DATA_DIR": str(self.data_dir),
            "BATON_EMBEDDER": str(EMBEDDER),
            "BATON_LOG_FORMAT": "json",
            "RASA_TELEMETRY_ENABLED": "false",
            "PYTHONPATH": str(self.project),
            "OMP_NUM_THREADS": "1",  # as the supervisor starts the action server
            "OPENBLAS_NUM_THREADS": "1",
        }

    def start_actions(self) -> None:
        self.actions = self._spawn([sys.executable, "-m", "actions"], "actions", ROOT)
        self._wait(self.actions, f"{self.actions_url}/health/ready", "actions")

    def start_rasa(self, credentials: Path | None = None, endpoints: Path | None = None, models: Path = MODELS) -> None:
        port = self.rasa_url.rsplit(":", 1)[1]
        command = [str(RASA_PYTHON), "-m", "rasa", "run", "-i", "127.0.0.1", "-p", port, "-m", str(models)]
        command += ["--endpoints", str(endpoints or ROOT / "bot" / "endpoints.yml")]
        command += ["--credentials", str(credentials or ROOT / "bot" / "credentials.yml")]
        self.rasa = self._spawn(command, "rasa", self.project)
        path = "/webhooks/gateway/health" if credentials is None else "/webhooks/rest/"
        self._wait(self.rasa, f"{self.rasa_url}{path}", "rasa")

    def stop(self) -> None:
        for process in (self.rasa, self.actions):
            stop(process)

    def _spawn(self, command: list[str], name: str, cwd: Path) -> subprocess.Popen[bytes]:
        (self.data_dir / "rasa").mkdir(parents=True, exist_ok=True)
        with (self.data_dir / f"{name}.log").open("ab") as log:
            return subprocess.Popen(command, cwd=cwd, env=self.environment(), stdout=log, stderr=log)

    def _wait(self, process: subprocess.Popen[bytes], url: str, name: str) -> None:
        end = time.monotonic() + START_WITHIN
        while time.monotonic() < end and process.poll() is None:
            try:
                if httpx.get(url, timeout=3).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.3)
        log = (self.data_dir / f"{name}.log").read_text(encoding="utf-8", errors="replace")
        raise StackFailed(f"{name} did not start (exit code {process.poll()}):\n{log[-3000:]}")


@functools.cache
def train_if_needed() -> None:
    """The project's own training script, by one test process at a time; quick when the model is up to date."""
    MODELS.mkdir(parents=True, exist_ok=True)
    with one_at_a_time(MODELS / ".training"):
        done = subprocess.run(
            [str(RASA_PYTHON), "bot/train.py", "--out", str(MODELS)], cwd=ROOT, capture_output=True, check=False
        )
    if done.returncode:
        raise StackFailed(done.stderr.decode(errors="replace")[-3000:])


def seed_index(data_dir: Path) -> None:
    """Start from the index `make setup` built: encoding 2,000 texts anew would take minutes."""
    if (MADE / "index").is_dir():
        shutil.copytree(MADE / "index", data_dir / "index", symlinks=True, dirs_exist_ok=True)


@contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Hold a lock that the test processes of one machine share."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
