"""Rules for the whole suite, and the one running Baton that every test of the real dialogue shares."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.baton import RunningBaton, running_baton
from tests.support.dialogue import EMBEDDER, RASA_PYTHON, RealDialogue
from tests.support.nursery import Nursery
from tests.support.postgres import PostgresServer, postgres_server

REAL_PROCESSES = ("browser", "rasa")
# Files that take longest go first, so that no worker is left alone with one of them at the end.
LONGEST_FIRST = ("baton", "test_console", "test_widget", "test_dialogue", "test_kb_model", "storm", "test_kill")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Group what shares a server, put long files first, and let a test of real processes be tried once more.

    Under `pytest -n 2 --dist loadgroup` a group stays on one worker: a file, or all that use the running Baton.
    """
    for item in items:
        if any(item.get_closest_marker(marker) for marker in REAL_PROCESSES):
            item.add_marker(pytest.mark.flaky(reruns=1))
        item.add_marker(pytest.mark.xdist_group(group_of(item)))
    items.sort(key=_place)  # stable: the order inside a file stays


def group_of(item: pytest.Item) -> str:
    """The tests of a group run one after the other in one process."""
    shares_baton = {"baton", "rasa"} & set(getattr(item, "fixturenames", ())) and item.get_closest_marker("rasa")
    return "baton" if shares_baton else item.nodeid.partition("::")[0]


def _place(item: pytest.Item) -> tuple[int, str]:
    group = group_of(item)
    places = [place for place, part in enumerate(LONGEST_FIRST) if part in group]
    return (places[0] if places else len(LONGEST_FIRST), "" if group == "baton" else group)


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
