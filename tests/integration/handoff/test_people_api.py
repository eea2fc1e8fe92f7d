"""The agent API of people, ready texts and casework: who may, and what a program is told."""

from __future__ import annotations

import pyotp
from fastapi.testclient import TestClient

from handoff.app import Services
from handoff.conversation import Role
from tests.integration.handoff.conftest import PASSWORD
from tests.integration.handoff.test_agent_api import AGENT, ORIGIN, login, waiting
from tests.integration.handoff.test_web_api import client, me, services

__all__ = ["client", "me", "services"]  # fixtures


def code_of(answer: object) -> str:
    return str(answer.json()["error"]["code"])  # type: ignore[attr-defined]  # an answer of the test client


def test_forbidden_words_are_refused_at_the_api_too(client: TestClient, me: dict[str, str], services: Services) -> None:
    waiting(client, me)
    agent = login(client, services, "lin")
    item = client.get(f"{AGENT}/queue").json()["items"][0]
    fence = client.post(f"{AGENT}/handoffs/{item['handoff_id']}/claim", headers=agent).json()["fence"]
    body = {"client_msg_id": "reply-0001", "fence": fence, "text": "尽快处理", "anyway": True}
    refused = client.post(f"{AGENT}/conversations/{item['conv_id']}/messages", json=body, headers=agent)
    assert (refused.status_code, code_of(refused)) == (422, "forbidden_words")
    assert "尽快" in refused.json()["error"]["message"]
    (rule,) = client.post(f"{AGENT}/wording/check", json={"text": "尽快"}, headers=agent).json()
    assert rule["alternative"] == "写明几小时或几天"
    saved = client.post(f"{AGENT}/wording", json={"word": "x", "alternative": "y"}, headers=agent)
    assert (saved.status_code, code_of(saved)) == (403, "forbidden")
    filed = client.post(
        f"{AGENT}/conversations/{item['conv_id']}/complaints", json={"severity": 3, "text": "破损"}, headers=agent
    ).json()
    assert client.get(f"{AGENT}/complaints").json() == [filed]
    assert client.get(f"{AGENT}/conversations/nobody/case").status_code == 404


def test_the_second_factor_is_asked_for_after_the_password(client: TestClient, services: Services) -> None:
    agent = login(client, services, "lin")
    begun = client.post(f"{AGENT}/me/second-factor", headers=agent).json()
    totp = pyotp.TOTP(begun["secret"])
    assert begun["uri"].startswith("otpauth://totp/Baton:lin?")
    codes = client.post(f"{AGENT}/me/second-factor/confirm", json={"code": totp.now()}, headers=agent).json()
    asked = client.post(f"{AGENT}/login", json={"name": "lin", "password": PASSWORD}, headers=ORIGIN)
    assert (asked.status_code, code_of(asked)) == (401, "second_factor_needed")
    body = {"name": "lin", "password": PASSWORD, "code": codes["recovery_codes"][0]}
    assert client.post(f"{AGENT}/login", json=body, headers=ORIGIN).status_code == 200
    assert code_of(client.post(f"{AGENT}/login", json=body, headers=ORIGIN)) == "second_factor_wrong"


def test_only_administrators_change_people_and_never_the_last_of_them(client: TestClient, services: Services) -> None:
    boss = login(client, services, "boss", Role.SUPERVISOR)
    assert (
        client.put(f"{AGENT}/accounts/boss", json={"display_name": "B", "role": "admin"}, headers=boss).status_code
        == 403
    )
    admin = login(client, services, "root", Role.ADMIN)
    last = client.put(f"{AGENT}/accounts/root", json={"display_name": "R", "role": "agent"}, headers=admin)
    assert (last.status_code, code_of(last)) == (409, "last_admin")
    raised = client.put(f"{AGENT}/accounts/boss", json={"display_name": "Bo", "role": "admin"}, headers=admin).json()
    assert (raised["role"], raised["display_name"]) == ("admin", "Bo")
    (session,) = client.get(f"{AGENT}/accounts/boss/sessions").json()
    assert client.delete(f"{AGENT}/accounts/boss/sessions/{session['id']}", headers=admin).status_code == 200
    assert client.get(f"{AGENT}/accounts/boss/sessions").json() == []
    assert [one["current"] for one in client.get(f"{AGENT}/me/sessions").json()] == [True]


def test_a_canned_reply_is_added_changed_and_removed(client: TestClient, services: Services) -> None:
    agent = login(client, services, "lin")
    body = {"shortcut": "hi", "text": "Hello, {agent}", "lang": "en"}
    added = client.post(f"{AGENT}/replies", json=body, headers=agent).json()["id"]
    assert client.post(f"{AGENT}/replies", json=body, headers=agent).status_code == 409
    assert code_of(client.post(f"{AGENT}/replies", json=body | {"team": True}, headers=agent)) == "forbidden"
    client.put(f"{AGENT}/replies/{added}", json=body | {"text": "Hi"}, headers=agent)
    assert [one["text"] for one in client.get(f"{AGENT}/replies").json()] == ["Hi"]
    assert client.delete(f"{AGENT}/replies/{added}", headers=agent).json() == {"ok": True}
    assert client.delete(f"{AGENT}/replies/{added}", headers=agent).status_code == 404
