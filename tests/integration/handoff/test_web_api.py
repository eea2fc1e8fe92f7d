"""The web channel over HTTP: the good path, every bad input, and nothing half stored."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from handoff.app import Services, build_services, create_api
from handoff.rasa import Answer, TurnRequest
from handoff.settings import Settings
from handoff.store import tables as t
from handoff.store.database import open_database
from tests.integration.handoff.conftest import ScriptedBot, answer

WEB = "/api/v1/web"


@pytest.fixture
def services(settings: Settings) -> Services:
    built = build_services(settings, open_database(settings))
    built.turn_runner._bot = ScriptedBot()
    return built


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    with TestClient(create_api(services), base_url="http://shop.test", raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def me(client: TestClient) -> dict[str, str]:
    return sign_in(client)


def sign_in(client: TestClient, lang: str = "zh") -> dict[str, str]:
    token = client.post(f"{WEB}/session", json={"lang": lang}).json()["token"]
    return {"Authorization": f"Bearer {token}"}


def send(client: TestClient, me: dict[str, str], text: str, msg_id: str = "message-1"):
    return client.post(f"{WEB}/messages", json={"client_msg_id": msg_id, "text": text}, headers=me)


def page(client: TestClient, me: dict[str, str], since: int = 0, wait: float = 0):
    return client.get(f"{WEB}/events", params={"since": since, "wait": wait}, headers=me).json()


def test_question_and_answer(client: TestClient, me: dict[str, str]) -> None:
    ack = send(client, me, "你好").json()
    assert ack["seq"] == 1
    page(client, me, since=1, wait=5)
    events = page(client, me)["events"]
    assert [(e["author"], e["text"]) for e in events] == [("customer", "你好"), ("bot", "echo 你好")]
    assert events[0]["client_msg_id"] == "message-1"


def test_resume_finds_the_same_conversation(client: TestClient, me: dict[str, str]) -> None:
    send(client, me, "你好")
    again = client.post(f"{WEB}/session", json={"lang": "zh"}, headers=me).json()
    assert again["token"] == me["Authorization"].removeprefix("Bearer ")
    assert page(client, me)["events"][0]["text"] == "你好"


@pytest.mark.parametrize(
    ("text", "status", "code"),
    [
        ("", 422, "empty_text"),
        ("  \n ", 422, "empty_text"),
        ("\x00\x07", 422, "empty_text"),
        ("好" * 4001, 413, "text_too_long"),
        ("x" * 100_000, 413, "text_too_long"),
    ],
)
@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_unreadable_texts_are_refused_in_words(
    client: TestClient, me: dict[str, str], text: str, status: int, code: str, lang: str
) -> None:
    response = send(client, me | {"Accept-Language": lang}, text)
    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (status, code)
    assert ("消息" in error["message"]) == (lang == "zh-CN")
    assert page(client, me)["events"] == []


def test_control_characters_are_stripped(client: TestClient, me: dict[str, str]) -> None:
    send(client, me, "a\x00b\x1b[31mc")
    assert page(client, me)["events"][0]["text"] == "ab[31mc"


def test_emoji_is_a_message(client: TestClient, me: dict[str, str]) -> None:
    assert send(client, me, "😡😡😡").status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"text": "hi"}',
        b'{"client_msg_id": "x", "text": "hi"}',
        b'{"client_msg_id": "message-1", "text": 5}',
        b'{"client_msg_id": "<script>alert(1)</script>", "text": "hi"}',
        "\ud800".encode("utf-8", "surrogatepass"),
    ],
)
def test_malformed_bodies(client: TestClient, me: dict[str, str], body: bytes) -> None:
    headers = me | {"Content-Type": "application/json"}
    response = client.post(f"{WEB}/messages", content=body, headers=headers)
    assert (response.status_code, response.json()["error"]["code"]) == (422, "invalid_request")
    assert page(client, me)["events"] == []


def test_repeat_and_conflict(client: TestClient, me: dict[str, str]) -> None:
    first = send(client, me, "hi").json()
    assert send(client, me, "hi").json() == first
    conflict = send(client, me, "other")
    assert (conflict.status_code, conflict.json()["error"]["code"]) == (409, "idempotency_conflict")


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic x"}])
def test_no_token_no_data(client: TestClient, header: dict[str, str]) -> None:
    for call in (
        client.get(f"{WEB}/events", headers=header),
        send(client, header, "hi"),
        client.post(f"{WEB}/handoff", json={"client_msg_id": "message-1"}, headers=header),
        client.post(f"{WEB}/rating", json={"score": 5}, headers=header),
    ):
        assert (call.status_code, call.json()["error"]["code"]) == (401, "token_invalid")


def test_expired_token_says_so(client: TestClient, me: dict[str, str], services: Services) -> None:
    with services.db.transaction() as conn:
        conn.execute(update(t.customer_token).values(expires_at=1.0))
    for response in (send(client, me, "hi"), client.post(f"{WEB}/session", json={}, headers=me)):
        assert (response.status_code, response.json()["error"]["code"]) == (401, "token_expired")
        assert "刷新" in response.json()["error"]["message"]


def test_customers_never_see_each_other(client: TestClient, me: dict[str, str]) -> None:
    other = sign_in(client)
    send(client, me, "secret")
    assert page(client, other)["events"] == []


def test_foreign_site_is_refused(client: TestClient, me: dict[str, str]) -> None:
    response = send(client, me | {"Origin": "https://evil.example"}, "hi")
    assert (response.status_code, response.json()["error"]["code"]) == (403, "cross_site_request")


def test_too_fast_is_told_when_to_come_back(settings: Settings) -> None:
    slow = settings.model_copy(update={"message_burst": 2, "messages_per_second": 0.2})
    services = build_services(slow, open_database(slow))
    with TestClient(create_api(services), base_url="http://shop.test") as client:
        me = sign_in(client)
        for n in range(2):
            send(client, me, "hi", f"message-{n}")
        response = send(client, me, "hi", "message-9")
    assert response.status_code == 429
    assert int(response.headers["Retry-After"]) == response.json()["error"]["retry_after"] >= 1


def test_other_epoch_resets(client: TestClient, me: dict[str, str]) -> None:
    send(client, me, "hi")
    answer_ = client.get(f"{WEB}/events", params={"since": 1, "epoch": "restored"}, headers=me).json()
    assert answer_["reset"] is True
    assert answer_["events"][0]["seq"] == 1


def test_person_rating_and_leaving(client: TestClient, me: dict[str, str]) -> None:
    client.post(f"{WEB}/handoff", json={"client_msg_id": "press-0001"}, headers=me)
    status = page(client, me)
    assert (status["mode"], status["queue"]["place"]) == ("queued", 1)
    assert client.post(f"{WEB}/handoff/cancel", headers=me).json()["mode"] == "bot"
    assert client.post(f"{WEB}/rating", json={"score": 5, "comment": "好"}, headers=me).json()["ok"]
    assert client.post(f"{WEB}/rating", json={"score": 4}, headers=me).json()["ok"]
    assert client.post(f"{WEB}/rating", json={"score": 6}, headers=me).status_code == 422


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_storage_that_refuses_keeps_nothing(client: TestClient, me: dict[str, str], services: Services) -> None:
    with services.db.transaction() as conn:
        conn.exec_driver_sql("PRAGMA max_page_count=1")
    response = send(client, me, "好" * 4000)
    assert (response.status_code, response.json()["error"]["code"]) == (503, "storage_unavailable")
    assert client.get(f"{WEB}/events", headers=me).status_code == 200
    with services.db.transaction() as conn:
        conn.exec_driver_sql("PRAGMA max_page_count=1073741823")
    assert page(client, me)["events"] == []
    assert send(client, me, "好" * 4000).status_code == 200


def test_unknown_paths_and_the_pages(client: TestClient) -> None:
    assert client.get("/api/v1/nothing").json()["error"]["code"] == "not_found"
    assert "baton-chat" in client.get("/widget.js").text
    assert "/widget.js" in client.get("/").text
    assert client.get("/health/live").json() == {"status": "alive"}
    ready = client.get("/health/ready")
    assert (ready.status_code, ready.json()["parts"]["rasa"]) == (200, "no answer")
    assert "default-src 'self'" in client.get("/demo/").headers["Content-Security-Policy"]


def test_openapi_describes_every_route(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert f"{WEB}/messages" in paths and "/api/v1/agent/queue" in paths
    assert not any(path.startswith("/internal") for path in paths)


async def crash(request: TurnRequest) -> Answer:
    raise RuntimeError("a bug")


def test_a_bug_in_a_turn_does_not_stop_the_service(client: TestClient, me: dict[str, str], services: Services) -> None:
    bot = services.turn_runner._bot
    bot.script = crash
    send(client, me, "hi")
    other = sign_in(client)

    async def fine(request: TurnRequest) -> Answer:
        return answer(request, "fine")

    while not bot.asked:
        page(client, me, wait=0.05)
    bot.script = fine
    send(client, other, "hi")
    assert page(client, other, since=1, wait=5)["events"][0]["text"] == "fine"
