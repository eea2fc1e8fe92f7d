"""What storms stand on: a gateway that may be killed, its scripted Rasa, and either database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.handoff.gateway_process import GatewayProcess, TurnServer
from tests.storm.storm import UNLIMITED
from tests.support.nursery import Nursery
from tests.support.postgres import PostgresServer


@pytest.fixture
def rasa() -> Iterator[TurnServer]:
    with TurnServer() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """The settings of each database."""
    if request.param == "sqlite":
        yield {}
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    with server.database() as url:
        yield {"BATON_DATABASE_URL": url}


@pytest.fixture
def gateway(tmp_path: Path, rasa: TurnServer, nursery: Nursery, store: dict[str, str]) -> Iterator[GatewayProcess]:
    """Not started yet; killed at the end if it still runs."""
    process = GatewayProcess(tmp_path, rasa.port, nursery, UNLIMITED | store)
    yield process
    if process.running:
        process.kill()
