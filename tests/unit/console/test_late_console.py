"""The console loads beside the serving: customers are served before it, and who opens it early waits for it."""

from __future__ import annotations

import importlib
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any, cast

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from handoff.console import late
from handoff.console.services import ConsoleServices


class Pages:
    """In the place of the pages, whose loading takes as long as the test says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.loaded = threading.Event()
        self.broken: Exception | None = None
        load = importlib.import_module

        def import_module(name: str) -> object:
            return self._load() if name == late.PAGES else load(name)

        monkeypatch.setattr(importlib, "import_module", import_module)

    def _load(self) -> SimpleNamespace:
        assert self.loaded.wait(30)
        if self.broken:
            raise self.broken
        return SimpleNamespace(mount=self._mount)

    @staticmethod
    def _mount(app: FastAPI, _services: object) -> None:
        app.add_api_route("/console", lambda: "moved")
        app.add_api_route("/console/login", lambda: "sign in")


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> Pages:
    return Pages(monkeypatch)


@pytest.fixture
def client(pages: Pages) -> Iterator[TestClient]:
    app = FastAPI()
    app.add_api_route("/health/live", lambda: "alive")
    late.LateConsole(cast(ConsoleServices, None)).put_on(app)
    with TestClient(app) as client:
        yield client
        pages.loaded.set()


def test_others_are_served_while_the_console_loads_and_who_opens_it_waits(client: TestClient, pages: Pages) -> None:
    with ThreadPoolExecutor(2) as threads:
        early = [threads.submit(client.get, path) for path in ("/console/login", "/console")]
        assert client.get("/health/live").json() == "alive"
        assert not any(page.done() for page in early)
        pages.loaded.set()
        assert [page.result(30).json() for page in early] == ["sign in", "moved"]
    assert client.get("/console/nothing").status_code == 404
    assert client.get("/consoles").status_code == 404


def test_a_console_that_cannot_load_ends_the_process_to_be_started_again(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[Any] = []
    told = threading.Event()

    def end(number: int) -> None:
        ended.append(number)
        told.set()

    monkeypatch.setattr(signal, "raise_signal", end)
    app = FastAPI()
    late.LateConsole(cast(ConsoleServices, None)).put_on(app)
    pages.broken = ImportError("half installed")
    with TestClient(app):
        pages.loaded.set()
        assert told.wait(30)
    assert ended == [signal.SIGTERM]
