"""Finds the running Rasa, or starts an action server and a Rasa of its own on free ports for the time of a replay."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NoReturn

import httpx

from actions.replay.client import Endpoints
from actions.replay.errors import StackError
from actions.wiring import LOADING

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 240
Progress = Callable[[str], None]


@contextlib.contextmanager
def dialogue_stack(progress: Progress, *, policy: Path | None = None, own: bool = False) -> Iterator[Endpoints]:
    """Endpoints of the real dialogue. A `policy` file to try, or `own`, always starts processes of its own.

    Raises StackError, with the end of the log, when a process does not come up.
    """
    running = None if own or policy is not None else find_running()
    if running is not None:
        progress(f"using the Rasa at {running.rasa_url}")
        yield running
        return
    with tempfile.TemporaryDirectory(prefix="baton-replay-") as folder:
        yield from _started(Path(folder), progress, policy)


def find_running(environ: Mapping[str, str] = os.environ) -> Endpoints | None:
    """The Rasa at BATON_RASA_URL when it is up and its secret is known, else None."""
    rasa_url = environ.get("BATON_RASA_URL", "http://127.0.0.1:5005").partition(",")[0].rstrip("/")
    actions_url = environ.get("BATON_ACTIONS_URL", "http://127.0.0.1:5055").rstrip("/")
    secret = environ.get("BATON_SHARED_SECRET") or _stored_secret(_data_dir(environ))
    if not secret or not _up(f"{rasa_url}/webhooks/gateway/health"):
        return None
    return Endpoints(rasa_url, secret, actions_url if _up(f"{actions_url}/health/ready") else None)


def _data_dir(environ: Mapping[str, str]) -> Path:
    folder = Path(environ.get("BATON_DATA_DIR") or "var")
    return folder if folder.is_absolute() else ROOT / folder


def _stored_secret(data_dir: Path) -> str | None:
    with contextlib.suppress(OSError, UnicodeDecodeError):
        return (data_dir / "secret").read_text("ascii").strip() or None
    return None


def _up(url: str) -> bool:
    try:
        return httpx.get(url, timeout=3, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def _started(folder: Path, progress: Progress, policy: Path | None) -> Iterator[Endpoints]:
    data_dir = _data_dir(os.environ)
    python = Path(os.environ.get("BATON_RASA_PYTHON") or ROOT / ".venv-rasa/bin/python")
    python = python if python.is_absolute() else ROOT / python
    models = data_dir / "rasa" / "models"
    if not python.exists() or not any(models.glob("*.tar.gz")):
        raise StackError(f"Rasa cannot be started: {python} or a model in {models} is missing. Run `make setup`.")
    actions_port, rasa_port = free_port(), free_port()
    ends = Endpoints(f"http://127.0.0.1:{rasa_port}", secrets.token_urlsafe(24), f"http://127.0.0.1:{actions_port}")
    env = _environment(ends, folder, data_dir, policy)
    if (data_dir / "index").is_dir():  # encoding every FAQ text anew would take minutes
        shutil.copytree(data_dir / "index", folder / "index", symlinks=True)
    (folder / "rasa").mkdir()
    rasa = [str(python), "-m", "rasa", "run", "--model", str(models), "-i", "127.0.0.1", "-p", str(rasa_port)]
    rasa += ["--endpoints", "bot/endpoints.yml", "--credentials", "bot/credentials.yml"]
    started: list[subprocess.Popen[bytes]] = []
    before = signal.signal(signal.SIGTERM, _leave)
    try:
        progress("starting an action server and a Rasa (about 25 s)")
        for name, command in (("actions", [sys.executable, "-m", "actions"]), ("rasa", rasa)):
            with (folder / f"{name}.log").open("ab") as log:
                started.append(subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log))
        _wait(started[0], f"{ends.actions_url}/health/ready", folder / "actions.log")
        _wait(started[1], f"{ends.rasa_url}/webhooks/gateway/health", folder / "rasa.log")
        yield ends
    finally:
        for process in reversed(started):
            stop(process)
        signal.signal(signal.SIGTERM, before)


def _environment(ends: Endpoints, folder: Path, data_dir: Path, policy: Path | None) -> dict[str, str]:
    """What both processes get: the operator's settings, with everything written kept in `folder`."""
    env = {
        **os.environ,
        "BATON_SHARED_SECRET": ends.secret,
        "BATON_ACTIONS_URL": str(ends.actions_url),
        "BATON_RASA_URL": ends.rasa_url,
        "BATON_DATA_DIR": str(folder),
        "BATON_EMBEDDER": os.environ.get("BATON_EMBEDDER") or str(data_dir / "models" / "e5-small"),
        "BATON_LOG_FORMAT": "json",
        "RASA_TELEMETRY_ENABLED": "false",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "TF_CPP_MIN_LOG_LEVEL": "2",
        "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH")))),
    }
    return env | ({"BATON_POLICY_FILE": str(policy.resolve())} if policy is not None else {})


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if _up(url) or _gave_up(url):
            break
        time.sleep(0.3)
    if process.poll() is None and _up(url):
        return
    end = log.read_text(encoding="utf-8", errors="replace")[-2000:]
    raise StackError(f"{log.stem} did not start (exit code {process.poll()}). The end of its log:\n{end}")


def _gave_up(url: str) -> bool:
    """Whether the action server runs but says that it will never be ready (a broken FAQ file, a missing model)."""
    with contextlib.suppress(httpx.HTTPError, ValueError, AttributeError):
        error = httpx.get(url, timeout=3, trust_env=False).json().get("error") or {}
        return error.get("code") == "not_ready" and error.get("message") != LOADING
    return False


def _leave(signum: int, frame: object) -> NoReturn:
    """A polite kill unwinds like Ctrl-C does, so that the processes started here end too."""
    raise SystemExit(128 + signum)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End one process by its own handle."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
