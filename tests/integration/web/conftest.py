"""The whole HTTP face over a real database, with customers who talk to it; the bot is a script."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from fastapi.testclient import TestClient

from handoff.app import Services, build_services, create_api
from handoff.rasa import Answer, Reply, TurnRequest
from handoff.settings import Settings
from handoff.store.database import open_database
from tests.integration.handoff.conftest import ScriptedBot, database_url, migrated_database, migrated_postgres

__all__ = ["database_url", "migrated_database", "migrated_postgres"]  # fixtures of the queue's tests

WEB = "/api/v1/web"
SECRET = "a secret of the shop that is long enough"


@dataclass
class Customer:
    """One browser: a client of the web channel with a token."""

    http: TestClient
    token: str
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} | self.extra

    def post(self, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        return self.http.post(WEB + path, json=body, headers=self.headers)

    def get(self, path: str, **query: Any) -> httpx.Response:
        return self.http.get(WEB + path, params=query, headers=self.headers)

    def say(self, text: str, **more: Any) -> httpx.Response:
        return self.post("/messages", {"client_msg_id": uuid.uuid4().hex, "text": text, **more})

    def events(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get("/events", since=0).json()["events"]
        return found

    def settled(self, count: int, within: float = 10.0) -> list[dict[str, Any]]:
        """Events as soon as there are ``count``."""
        end = time.monotonic() + within
        while len(found := self.events()) < count:
            assert time.monotonic() < end, f"only {len(found)} events came"
            time.sleep(0.02)
        return found

    def upload(self, content: bytes, name: str = "a.png") -> httpx.Response:
        headers = self.headers | {"X-File-Name": quote(name), "Content-Type": "application/octet-stream"}
        return self.http.post(f"{WEB}/attachments", content=content, headers=headers)


@pytest.fixture
def web_settings(tmp_path: Path, database_url: str) -> Settings:
    return Settings(
        data_dir=tmp_path,
        database_url=database_url,
        shared_secret="test-secret",
        message_burst=1000,
        rasa_url="http://127.0.0.1:9",
        actions_url="http://127.0.0.1:9",
        identity_secrets=SECRET,
        recommendation_share=1.0,
        attachment_max_bytes=300_000,
    )


@pytest.fixture
def services(web_settings: Settings) -> Services:
    built = build_services(web_settings, open_database(web_settings))
    bot = ScriptedBot()
    bot.script = _answers
    built.turn_runner._bot = bot
    return built


async def _answers(request: TurnRequest) -> Answer:
    reply = Reply(text=f"answer to {request.text}", meta={"entry_id": "returns-7days"})
    return Answer(turn_id=request.turn_id, messages=[reply])


@pytest.fixture
def http(services: Services) -> Iterator[TestClient]:
    with TestClient(create_api(services), base_url="http://shop.test", raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def arrive(http: TestClient) -> Callable[..., Customer]:
    """A new customer with a session; ``identity`` proves who it is."""

    def come(lang: str = "zh", **body: Any) -> Customer:
        answer = http.post(f"{WEB}/session", json={"lang": lang, **body})
        assert answer.status_code == 200, answer.text
        return Customer(http, answer.json()["token"])

    return come


@pytest.fixture
def customer(arrive: Callable[..., Customer]) -> Customer:
    return arrive()
