"""Background work goes on after passing trouble, says so once, and ends for a mistake of ours."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy.exc import ProgrammingError
from structlog.testing import capture_logs

from handoff import periodic
from handoff.errors import StorageUnavailable
from handoff.measures import REGISTRY
from handoff.periodic import Periodic, keep_running


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
