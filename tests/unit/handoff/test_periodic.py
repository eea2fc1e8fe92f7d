"""Background work goes on after passing trouble, says so once, and ends for a mistake of ours."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy.exc import ProgrammingError
from structlog.testing import capture_logs

from handoff import periodic
from handoff.errors import StorageUnavailable
from handoff.measures import REGISTRY
from handoff.periodic import Periodic, Woken, keep_running
from handoff.pokes import Pokes


def failures(name: str) -> float:
    return REGISTRY.get_sample_value("baton_worker_failures_total", {"worker": name}) or 0.0


async def test_a_periodic_task_survives_a_dead_database_and_tells_it_once() -> None:
    rounds, done = 0, asyncio.Event()

    async def work() -> None:
        nonlocal rounds
        rounds += 1
        if rounds <= 3:
            raise StorageUnavailable("gone", remedy="wait")
        done.set()

    before = failures("test.periodic")
    with capture_logs() as logs:
        task = asyncio.create_task(Periodic("test.periodic", work, 0.001, at_once=True).run())
        async with asyncio.timeout(10):
            await done.wait()
            while not any(line["event"] == "worker_recovered" for line in logs):
                await asyncio.sleep(0)
        task.cancel()
    assert [line["event"] for line in logs] == ["worker_failed", "worker_recovered"]
    assert failures("test.periodic") - before == 3


async def test_a_mistake_of_ours_ends_a_periodic_task() -> None:
    async def work() -> None:
        raise KeyError("mistake")

    with pytest.raises(KeyError):
        await Periodic("test.mistake", work, 0.001).run()


async def test_a_worker_whose_tasks_met_a_dead_database_is_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(periodic, "FIRST_WAIT", 0.001)
    starts = 0

    async def refused() -> None:
        raise ProgrammingError("SELECT", {}, Exception("no such table"))

    async def run() -> None:
        nonlocal starts
        starts += 1
        if starts < 3:
            async with asyncio.TaskGroup() as group:
                group.create_task(refused())

    with capture_logs() as logs:
        async with asyncio.timeout(10):
            await keep_running("test.worker", run)
    assert starts == 3
    assert [line["event"] for line in logs] == ["worker_failed"]


async def test_a_worker_with_a_mistake_of_ours_is_not_started_again() -> None:
    async def mistaken() -> None:
        raise AttributeError("mistake")

    async def run() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(mistaken())

    with pytest.raises(ExceptionGroup) as raised:
        await keep_running("test.worker", run)
    assert [type(cause) for cause in periodic.causes(raised.value)] == [AttributeError]


async def test_a_woken_task_runs_when_poked_and_again_while_more_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(periodic, "BREATH", 0.001)
    pokes, waiting, rounds = Pokes(), [2], 0
    changed = asyncio.Event()

    async def work() -> bool:
        nonlocal rounds
        rounds += 1
        changed.set()
        if waiting[0] < 0:
            waiting[0] = 1
            raise StorageUnavailable("gone", remedy="wait")
        waiting[0] = max(0, waiting[0] - 1)
        return waiting[0] > 0

    async def until(number: int) -> None:
        async with asyncio.timeout(10):
            while rounds < number:
                changed.clear()
                await changed.wait()

    task = asyncio.create_task(Woken("test.woken", work, 3600.0, pokes, "topic").run())
    await until(2)  # one at the start, one because more waited; then it sleeps for an hour
    waiting[0] = -1
    pokes.poke("topic")
    await until(3)
    pokes.poke("other")
    pokes.poke("topic")
    await until(4)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert rounds == 4 and pokes.topics() == set()
