"""The agent API: who may, from where, and what a stale page is told."""

from __future__ import annotations

import asyncio

import pytest
from fastapi.testclient import TestClient

from handoff.app import Services
from handoff.conversation import Role
from tests.integration.handoff.conftest import PASSWORD
from tests.integration.handoff.test_web_api import WEB, client, me, services

__all__ = ["client", "me", "services"]  # fixtures
AGENT = "/api/v1/agent"
ORIGIN = {"Origin": "http://shop.test"}


def login(client: TestClient, services: Services, name: str, role: Role = Role.AGENT) -> dict[str, str]:
    asyncio.run(services.accounts.add(name, name.title(), role, PASSWORD))
    client.cookies.clear()
    body = {"name": name, "password": PASSWORD}
    answer = client.post(f"{AGENT}/login", json=body, headers=ORIGIN).json()
    return ORIGIN | {"X-CSRF-Token": answer["csrf"]}


def waiting(client: TestClient, me: dict[str, str]) -> None:
    client.post(f"{WEB}/handoff", json={"client_msg_id": "press-0001"}, headers=me)


def test_whole_path(client: TestClient, me: dict[str, str], services: Services) -> None:
    waiting(client, me)
    agent = login(client, services, "lin")
    item = client.get(f"{AGENT}/queue").json()["items"][0]
    assert (item["reason"], item["last_words"], item["customer_waits"]) == ("asked_for_person", "转人工", True)
    claimed = client.post(f"{AGENT}/handoffs/{item['handoff_id']}/claim", headers=agent).json()
    body = {"client_msg_id": "reply-0001", "fence": claimed["fence"], "text": "您好"}
    url = f"{AGENT}/conversations/{item['conv_id']}"
    first = client.post(f"{url}/messages", json=body, headers=agent).json()
    assert client.post(f"{url}/messages", json=body, headers=agent).json() == first
    thread = client.get(url).json()
    assert thread["card"]["handoff"]["reason"] == "asked_for_person"
    assert thread["events"][-1]["text"] == "您好"
    closed = client.post(f"{url}/close", json={"fence": claimed["fence"]}, headers=agent).json()
    assert closed["mode"] == "closed"
    late = client.post(f"{url}/messages", json={**body, "client_msg_id": "reply-0002"}, headers=agent)
    assert (late.status_code, late.json()["error"]["code"]) == (409, "stale_owner")


def test_cookie_is_not_for_scripts_or_other_sites(client: TestClient, services: Services) -> None:
    asyncio.run(services.accounts.add("lin", "", Role.AGENT, PASSWORD))
    response = client.post(f"{AGENT}/login", json={"name": "lin", "password": PASSWORD}, headers=ORIGIN)
    cookie = response.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie


@pytest.mark.parametrize("headers", [{}, {"Origin": "https://evil.example"}])
def test_login_from_elsewhere_is_refused(client: TestClient, services: Services, headers: dict[str, str]) -> None:
    asyncio.run(services.accounts.add("lin", "", Role.AGENT, PASSWORD))
    response = client.post(f"{AGENT}/login", json={"name": "lin", "password": PASSWORD}, headers=headers)
    assert response.status_code == 403


def test_unsafe_calls_need_token_and_origin(client: TestClient, me: dict[str, str], services: Services) -> None:
    waiting(client, me)
    agent = login(client, services, "lin")
    handoff = client.get(f"{AGENT}/queue").json()["items"][0]["handoff_id"]
    url = f"{AGENT}/handoffs/{handoff}/claim"
    evil = {"Origin": "https://evil.example", "X-CSRF-Token": agent["X-CSRF-Token"]}
    for headers in (ORIGIN, evil, {"X-CSRF-Token": agent["X-CSRF-Token"]}, ORIGIN | {"X-CSRF-Token": "guess"}):
        assert client.post(url, headers=headers).status_code == 403
    assert client.get(f"{AGENT}/queue").json()["items"][0]["state"] == "queued"


@pytest.mark.parametrize(("name", "password"), [("lin", "wrong"), ("nobody", PASSWORD), ("", "")])
def test_bad_login_tells_nothing(client: TestClient, services: Services, name: str, password: str) -> None:
    asyncio.run(services.accounts.add("lin", "", Role.AGENT, PASSWORD))
    response = client.post(f"{AGENT}/login", json={"name": name, "password": password}, headers=ORIGIN)
    assert (response.status_code, response.json()["error"]["code"]) == (401, "login_failed")


def test_guessing_is_slowed(client: TestClient, services: Services) -> None:
    """Where gateways count together a place comes back every six seconds, so a slow machine is refused later."""
    tries = []
    while 429 not in tries and len(tries) < 40:
        answer = client.post(f"{AGENT}/login", json={"name": "lin", "password": "x"}, headers=ORIGIN)
        tries.append(answer.status_code)
    assert tries[:10] == [401] * 10
    assert tries[-1] == 429 and int(answer.headers["Retry-After"]) > 0


def test_every_route_needs_a_session(client: TestClient) -> None:
    spec = client.get("/openapi.json").json()["paths"]
    calls = [(verb, path) for path, verbs in spec.items() if path.startswith(AGENT) for verb in verbs]
    assert len(calls) > 10
    for verb, path in calls:
        if path.endswith("/login"):
            continue
        url = path.replace("{", "").replace("}", "")
        response = client.request(verb, url, json={}, headers=ORIGIN)
        assert response.status_code in (401, 422), (verb, path)
        assert response.json()["error"]["code"] in ("not_signed_in", "invalid_request")


def test_roles(client: TestClient, services: Services) -> None:
    login(client, services, "ed", Role.EDITOR)
    assert client.get(f"{AGENT}/queue").status_code == 403
    login(client, services, "lin")
    assert client.get(f"{AGENT}/accounts").status_code == 403
    boss = login(client, services, "boss", Role.ADMIN)
    body = {"name": "new", "display_name": "新人", "role": "agent", "password": PASSWORD}
    assert client.post(f"{AGENT}/accounts", json=body, headers=boss).json()["display_name"] == "新人"
    assert client.post(f"{AGENT}/accounts", json=body, headers=boss).json()["error"]["code"] == "agent_exists"
    weak = client.post(f"{AGENT}/accounts", json={**body, "name": "n2", "password": "short"}, headers=boss)
    assert weak.json()["error"]["code"] == "weak_password"
    names = [a["name"] for a in client.get(f"{AGENT}/accounts").json()]
    assert names == ["boss", "ed", "lin", "new"]


def test_a_disabled_agent_is_out_at_once(client: TestClient, services: Services) -> None:
    agent = login(client, services, "lin")
    assert client.get(f"{AGENT}/me").status_code == 200
    asyncio.run(services.accounts.disable("lin"))
    assert client.get(f"{AGENT}/me").status_code == 401
    assert client.post(f"{AGENT}/logout", headers=agent).status_code == 401


def test_internal_doors_need_the_secret(client: TestClient) -> None:
    assert client.get("/internal/agents").status_code == 401
    assert client.get("/internal/agents", headers={"X-Baton-Secret": "guess"}).status_code == 401
    assert client.get("/internal/agents", headers={"X-Baton-Secret": "test-secret"}).json() == []
