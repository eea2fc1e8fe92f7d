"""The supervisor with real processes: start, restart, giving up, stopping in order, and its own sudden death."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx
import psutil
import pytest

from handoff.cli.errors import ServiceGaveUp
from handoff.cli.supervisor.backoff import Backoff
from handoff.cli.supervisor.leftovers import end_leftovers
from handoff.cli.supervisor.liveness import Patience
from handoff.cli.supervisor.spec import ServiceSpec
from handoff.cli.supervisor.state import Running, created_at, read_services, write_state
from handoff.cli.supervisor.supervisor import Supervisor
from tests.support.processes import free_port

HERE = Path(__file__).parent
FAST = Backoff(first=0.05, longest=0.1)


def service(name: str, behaviour: str, starts: Path) -> ServiceSpec:
    port = free_port()
    return ServiceSpec(
        name=name,
        command=(sys.executable, str(HERE / "supervised_service.py"), str(port), behaviour, str(starts)),
        env=dict(os.environ),
        cwd=HERE,
        ready_url=f"http://127.0.0.1:{port}/",
        host="127.0.0.1",
        port=port,
        port_variable="BATON_PORT",
        about="a test",
    )


@dataclass
class Heard:
    """Remembers what the supervisor reports and what the processes print."""

    events: list[tuple[str, str]] = field(default_factory=list)
    lines: list[tuple[str, str]] = field(default_factory=list)
    pids: dict[str, int] = field(default_factory=dict)
    tails: list[Sequence[str]] = field(default_factory=list)

    def sink(self, name: str, line: str) -> None:
        self.lines.append((name, line))

    def starting(self, spec: ServiceSpec, pid: int) -> None:
        self.events.append(("starting", spec.name))

    def ready(self, spec: ServiceSpec, seconds: float) -> None:
        self.events.append(("ready", spec.name))

    def hung(self, spec: ServiceSpec, seconds: float) -> None:
        self.events.append(("hung", spec.name))

    def died(self, spec: ServiceSpec, code: int, delay: float, tail: Sequence[str]) -> None:
        self.events.append(("died", f"{spec.name} {code}"))
        self.tails.append(tail)

    def stopping(self, spec: ServiceSpec) -> None:
        self.events.append(("stopping", spec.name))

    def stopped(self, spec: ServiceSpec, code: int) -> None:
        self.events.append(("stopped", f"{spec.name} {code}"))

    def set_pids(self, pids: dict[str, int]) -> None:
        self.pids = pids


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that must come; the suite's time limit is the only clock."""
    while not condition():
        await asyncio.sleep(0.02)


async def supervise(
    specs: Sequence[ServiceSpec],
    heard: Heard,
    meanwhile: Callable[[Supervisor], Awaitable[None]],
    grace: float = 10.0,
    patience: Patience | None = None,
) -> None:
    """Run a supervisor, do ``meanwhile``, stop it; nothing it started may be left."""
    supervisor = Supervisor(
        specs,
        sink=heard.sink,
        reporter=heard,
        backoff=FAST,
        grace=grace,
        patience=patience,
        on_pids=heard.set_pids,
    )
    task = asyncio.create_task(supervisor.run())
    try:
        await meanwhile(supervisor)
    finally:
        supervisor.request_stop()
        await task


def ready_count(heard: Heard, name: str) -> int:
    return heard.events.count(("ready", name))


async def test_starts_all_and_stops_the_last_first(tmp_path: Path) -> None:
    heard = Heard()
    specs = [service(name, "serve", tmp_path / name) for name in ("actions", "rasa", "gateway")]
    pids: dict[str, int] = {}

    async def meanwhile(_: Supervisor) -> None:
        await until(lambda: all(ready_count(heard, spec.name) for spec in specs))
        pids.update(heard.pids)

    await supervise(specs, heard, meanwhile)
    stopping = [name for event, name in heard.events if event == "stopping"]
    assert stopping == ["gateway", "rasa", "actions"]
    ends = [name for event, name in heard.events if event == "stopped"]
    assert ends == ["gateway -15", "rasa -15", "actions -15"]
    assert not any(psutil.pid_exists(pid) for pid in pids.values())
    assert ("rasa", "line from serve") in heard.lines


async def test_the_next_is_told_to_stop_only_when_the_one_before_has_ended(tmp_path: Path) -> None:
    heard = Heard()
    specs = [service(name, "serve", tmp_path / name) for name in ("actions", "gateway")]

    async def meanwhile(_: Supervisor) -> None:
        await until(lambda: all(ready_count(heard, spec.name) for spec in specs))

    await supervise(specs, heard, meanwhile)
    assert [event for event, _ in heard.events][-4:] == ["stopping", "stopped", "stopping", "stopped"]


async def test_restarts_a_killed_process_and_hears_it_ready_again(tmp_path: Path) -> None:
    heard = Heard()
    spec = service("rasa", "serve", tmp_path / "starts")

    async def meanwhile(_: Supervisor) -> None:
        await until(lambda: ready_count(heard, "rasa") == 1)
        first = heard.pids["rasa"]
        os.kill(first, signal.SIGKILL)
        await until(lambda: ready_count(heard, "rasa") == 2)
        assert heard.pids["rasa"] != first

    await supervise([spec], heard, meanwhile)
    assert ("died", "rasa -9") in heard.events
    assert len((tmp_path / "starts").read_text().splitlines()) == 2


async def test_restarts_a_process_that_ends_by_itself_after_being_ready(tmp_path: Path) -> None:
    heard = Heard()
    spec = service("actions", "serve", tmp_path / "starts")

    async def meanwhile(_: Supervisor) -> None:
        await until(lambda: ready_count(heard, "actions") == 1)
        async with httpx.AsyncClient(trust_env=False) as client:
            with pytest.raises(httpx.HTTPError):
                await client.get(spec.ready_url + "exit")
        await until(lambda: ready_count(heard, "actions") == 2)

    await supervise([spec], heard, meanwhile)
    assert ("died", "actions 3") in heard.events


async def test_a_process_that_hangs_is_ended_and_started_again(tmp_path: Path) -> None:
    heard = Heard()
    patience = Patience(every=0.1, answer_within=1.0, silence=3.0)

    async def meanwhile(_: Supervisor) -> None:
        await until(lambda: ready_count(heard, "rasa") == 1)
        first = heard.pids["rasa"]
        os.kill(first, signal.SIGSTOP)
        await until(lambda: ready_count(heard, "rasa") == 2)
        assert heard.pids["rasa"] != first

    await supervise([service("rasa", "serve", tmp_path / "starts")], heard, meanwhile, patience=patience)
    assert ("hung", "rasa") in heard.events and ("died", "rasa -9") in heard.events


async def test_a_process_that_answers_with_errors_is_not_hung(tmp_path: Path) -> None:
    heard = Heard()
    patience = Patience(every=0.05, answer_within=5.0, silence=2.0)

    async def meanwhile(_: Supervisor) -> None:
        await until(lambda: ready_count(heard, "rasa") == 1)
        await until(lambda: len(heard.lines) >= 50)

    spec = service("rasa", "serve", tmp_path / "starts")
    spec = replace(spec, live_url=f"{spec.ready_url}unwell")
    await supervise([spec], heard, meanwhile, patience=patience)
    assert [event for event, _ in heard.events].count("hung") == 0


async def test_keeps_trying_a_process_that_crashes_at_start(tmp_path: Path) -> None:
    heard = Heard()

    async def meanwhile(_: Supervisor) -> None:
        await until(lambda: heard.events.count(("died", "rasa 5")) >= 3)

    await supervise([service("rasa", "crash", tmp_path / "starts")], heard, meanwhile)
    assert list(heard.tails[0]) == ["line from crash"]


async def test_gives_up_at_once_on_a_bad_configuration_and_stops_the_others(tmp_path: Path) -> None:
    heard = Heard()
    starts = tmp_path / "starts"
    specs = [service("actions", "serve", tmp_path / "other"), service("gateway", "bad-config", starts)]
    supervisor = Supervisor(specs, sink=heard.sink, reporter=heard, backoff=FAST)
    with pytest.raises(ServiceGaveUp) as caught:
        await supervisor.run()
    assert "gateway ended with code 78" in caught.value.message
    assert "BATON_PORT=hello: not a number" in caught.value.message
    assert "baton doctor" in caught.value.remedy
    assert len(starts.read_text().splitlines()) == 1
    assert ("stopped", "actions -15") in heard.events


async def test_a_program_that_does_not_exist_is_a_bad_configuration(tmp_path: Path) -> None:
    good = service("rasa", "serve", tmp_path / "starts")
    spec = ServiceSpec(**{**good.__dict__, "command": (str(tmp_path / "nothing" / "python"), "-V")})
    with pytest.raises(ServiceGaveUp, match="cannot be started: No such file"):
        await Supervisor([spec], sink=lambda *_: None, reporter=Heard(), backoff=FAST).run()


async def test_kills_a_process_that_ignores_sigterm(tmp_path: Path) -> None:
    heard = Heard()

    async def meanwhile(_: Supervisor) -> None:
        await until(lambda: ready_count(heard, "rasa") == 1)

    await supervise([service("rasa", "stubborn", tmp_path / "starts")], heard, meanwhile, grace=0.2)
    assert ("stopped", "rasa -9") in heard.events


async def test_ends_grandchildren_with_their_group(tmp_path: Path) -> None:
    heard = Heard()
    starts = tmp_path / "starts"

    async def meanwhile(_: Supervisor) -> None:
        await until(lambda: ready_count(heard, "rasa") == 1 and (tmp_path / "starts.grandchild").exists())

    await supervise([service("rasa", "grandchild", starts)], heard, meanwhile)
    pid = int((tmp_path / "starts.grandchild").read_text())
    await until(lambda: is_gone(pid))


async def test_a_stop_during_the_start_leaves_nothing(tmp_path: Path) -> None:
    heard = Heard()
    specs = [service(name, "serve", tmp_path / name) for name in ("actions", "gateway")]

    async def meanwhile(_: Supervisor) -> None:
        await asyncio.sleep(0)

    await supervise(specs, heard, meanwhile)
    started = heard.events.count(("starting", "actions")) + heard.events.count(("starting", "gateway"))
    assert sum(event == "stopped" for event, _ in heard.events) == started


async def test_an_endless_line_is_cut_and_the_next_is_read(tmp_path: Path) -> None:
    heard = Heard()

    async def meanwhile(_: Supervisor) -> None:
        await until(lambda: ("rasa", "after") in heard.lines)

    await supervise([service("rasa", "long-line", tmp_path / "starts")], heard, meanwhile)
    assert max(len(line) for _, line in heard.lines) <= 64 * 1024


def is_gone(pid: int) -> bool:
    """A zombie counts as gone: in a container nobody may be there to reap an orphan."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.mark.skipif(sys.platform != "linux", reason="asks the Linux kernel to end the children")
async def test_children_die_with_a_supervisor_killed_by_sigkill() -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, str(HERE / "supervisor_parent.py"), str(free_port()), stdout=subprocess.PIPE
    )
    assert parent.stdout
    child = int(await parent.stdout.readline())
    assert (await parent.stdout.readline()).strip() == b"ready"
    assert psutil.pid_exists(child)
    parent.kill()
    await parent.wait()
    await until(lambda: is_gone(child))


async def test_processes_left_over_are_ended_and_strangers_are_not(tmp_path: Path) -> None:
    command = [sys.executable, str(HERE / "supervised_service.py")]
    left = subprocess.Popen([*command, str(free_port()), "serve"], start_new_session=True)
    stranger = subprocess.Popen([*command, str(free_port()), "serve"], start_new_session=True)
    try:
        running = {
            "rasa": Running(left.pid, 5005, created_at(left.pid)),
            # Same pid as in the file, but another process: it started later than the file says.
            "actions": Running(stranger.pid, 5055, created_at(stranger.pid) - 500),
        }
        write_state(tmp_path, 1, running)
        reaper = asyncio.create_task(asyncio.to_thread(left.wait))
        assert await asyncio.to_thread(end_leftovers, tmp_path) == ["rasa"]
        assert await reaper == -signal.SIGTERM
        assert stranger.poll() is None
        assert read_services(tmp_path) == {}
    finally:
        for process in (left, stranger):
            process.kill()
            process.wait()
