"""`baton run` as one process with real children: what it writes, refuses, restarts and how it ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.support.processes import free_port, is_gone, wait_until

DRIVER = Path(__file__).with_name("run_driver.py")


@dataclass
class Installation:
    """A data directory, its settings, and the lines `baton run` has printed as JSON."""

    data: Path
    env: dict[str, str]

    def start(self, behaviour: str = "serve") -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, str(DRIVER), behaviour],
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def state(self) -> dict[str, Any]:
        body: dict[str, Any] = json.loads((self.data / "run.json").read_text())
        return body


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    actions, rasa, gateway = (free_port() for _ in range(3))
    own = {
        "BATON_DATA_DIR": str(tmp_path / "data"),
        "BATON_PORT": str(gateway),
        "BATON_RASA_URL": f"http://127.0.0.1:{rasa}",
        "BATON_ACTIONS_URL": f"http://127.0.0.1:{actions}",
        "BATON_LOG_FORMAT": "json",
        "BATON_WECHAT_DEMO_PORT": "0",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("BATON_")}
    return Installation(tmp_path / "data", inherited | own)


@pytest.fixture
def running(installation: Installation) -> Iterator[subprocess.Popen[str]]:
    process = installation.start()
    wait_for_event(process, "ready")
    yield process
    process.kill()
    process.wait()


def wait_for_event(process: subprocess.Popen[str], name: str) -> dict[str, Any]:
    """The first event of this name; the output ends without it when the run has failed."""
    assert process.stdout and process.stderr
    for line in process.stdout:
        event: dict[str, Any] = json.loads(line)
        if event["event"] == name:
            return event
    raise AssertionError(f"no event {name!r}: {process.stderr.read()}")


def test_run_json_names_the_living_processes(installation: Installation, running: subprocess.Popen[str]) -> None:
    state = installation.state()
    assert state["supervisor"] == running.pid
    assert set(state["services"]) == {"actions", "rasa", "gateway"}
    assert state["services"]["gateway"]["port"] == int(installation.env["BATON_PORT"])
    assert all(psutil.pid_exists(item["pid"]) for item in state["services"].values())


def test_the_first_account_is_made_and_never_logged(installation: Installation, running: subprocess.Popen[str]) -> None:
    login = (installation.data / "first-login.txt").read_text()
    posted = json.loads((installation.data / "posted.json").read_text())
    assert (posted["name"], posted["role"]) == ("admin", "admin")
    assert f"password: {posted['password']}\n" in login
    logs = "".join(path.read_text() for path in (installation.data / "logs").iterdir())
    assert posted["password"] not in logs
    assert (installation.data / "secret").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything_in_order(
    installation: Installation, running: subprocess.Popen[str], number: signal.Signals
) -> None:
    pids = [item["pid"] for item in installation.state()["services"].values()]
    running.send_signal(number)
    assert running.stdout
    events = [json.loads(line) for line in running.stdout]
    assert running.wait() == 0
    assert [e["name"] for e in events if e["event"] == "service_stopped"] == ["gateway", "rasa", "actions"]
    assert not any(psutil.pid_exists(pid) for pid in pids)
    assert not (installation.data / "run.json").exists()


def test_a_second_run_is_refused_and_the_first_goes_on(
    installation: Installation, running: subprocess.Popen[str]
) -> None:
    second = installation.start()
    _, said = second.communicate()
    assert second.returncode == 75
    assert f"pid {running.pid}" in said
    assert running.poll() is None and installation.state()["supervisor"] == running.pid


def test_a_killed_rasa_comes_back_under_a_new_pid(installation: Installation, running: subprocess.Popen[str]) -> None:
    first = installation.state()["services"]["rasa"]["pid"]
    os.kill(first, signal.SIGKILL)
    died = wait_for_event(running, "service_died")
    assert (died["name"], died["code"]) == ("rasa", -9)
    assert died["delay"] in (0.0, 1.0)  # 0 when it had run for a minute, as it may on a busy machine
    assert wait_for_event(running, "service_ready")["name"] == "rasa"
    assert installation.state()["services"]["rasa"]["pid"] != first


def test_after_kill_9_nothing_is_left_and_the_next_run_starts(
    installation: Installation, running: subprocess.Popen[str]
) -> None:
    pids = [item["pid"] for item in installation.state()["services"].values()]
    running.kill()
    running.wait()
    wait_until(lambda: all(is_gone(pid) for pid in pids))
    again = installation.start()
    try:
        wait_for_event(again, "ready")
    finally:
        again.terminate()
        again.communicate()
    assert again.returncode == 0


def test_a_port_in_use_is_named_before_anything_starts(installation: Installation) -> None:
    port = int(installation.env["BATON_PORT"])
    with socket.create_server(("127.0.0.1", port)):
        process = installation.start()
        _, said = process.communicate()
    assert process.returncode == 78
    assert f"Port {port}" in said and f"pid {os.getpid()}" in said and "BATON_PORT" in said
    assert not (installation.data / "logs").exists()


def test_a_bad_configuration_of_one_process_ends_the_run_with_its_words(installation: Installation) -> None:
    process = installation.start("bad-config")
    _, said = process.communicate()
    assert process.returncode == 78
    assert "rasa ended with code 78" in said and "BATON_PORT=hello: not a number" in said
    assert "Traceback" not in said
    assert not (installation.data / "run.json").exists()
