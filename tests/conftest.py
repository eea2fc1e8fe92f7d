"""Rules for the whole suite, and the one running Baton that every test of the real dialogue shares."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.baton import RunningBaton, running_baton
from tests.support.dialogue import EMBEDDER, RASA_PYTHON, RealDialogue
from tests.support.nursery import Nursery
from tests.support.postgres import PostgresServer, postgres_server
from tests.support.scheduling import SHARED, ByServer, group_of_file

REAL_PROCESSES = ("browser", "rasa")
REAL_SERVERS = ("tests/integration/", "tests/storm/")
# Files that take longest go first, so that no worker is left alone with one of them at the end.
LONGEST_FIRST = ("baton", "test_dialogue", "test_console", "test_editor", "test_widget", "encoder", "storm", "kill")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put long files first, and let a test of real servers or processes be tried twice more."""
    for item in items:
        if item.nodeid.startswith(REAL_SERVERS) or any(item.get_closest_marker(marker) for marker in REAL_PROCESSES):
            item.add_marker(pytest.mark.flaky(reruns=2))
    items.sort(key=_place)  # stable: the order inside a file stays


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByServer:
    """Under `pytest -n 3` whatever shares a server stays in one process."""
    return ByServer(config, log)


def _place(item: pytest.Item) -> tuple[int, str]:
    group = group_of_file(item.nodeid.partition("::")[0])
    places = [place for place, part in enumerate(LONGEST_FIRST) if part in group]
    return (places[0] if places else len(LONGEST_FIRST), "" if group in SHARED else group)


@pytest.fixture(scope="session")
def baton(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBaton]:
    """`baton run` with the real Rasa; a test that breaks a part of it waits until it is whole again."""
    for needed in (RASA_PYTHON, EMBEDDER):
        if not needed.exists():
            pytest.skip(f"{needed.name} is missing; run `make setup`")
    with running_baton(tmp_path_factory.mktemp("baton")) as running:
        yield running


@pytest.fixture(scope="session")
def rasa(baton: RunningBaton) -> RealDialogue:
    """The real dialogue behind the gateway's channel, on a free port."""
    return baton.dialogue


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """A real PostgreSQL server; tests take databases from it."""
    with postgres_server(tmp_path_factory.mktemp("postgres")) as server:
        yield server


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """Starts gateways that may be killed, each in a fraction of a second."""
    warm = Nursery()
    yield warm
    warm.close()
