"""The agent API around the queue, as programs call it: presence, passing on, messages left, hours, skills."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from handoff.app import Services
from handoff.conversation import Role
from handoff.store import tables as t
from tests.integration.handoff.test_agent_api import AGENT, login, waiting
from tests.integration.handoff.test_web_api import WEB, client, me, page, services

__all__ = ["client", "me", "services"]  # fixtures

HOURS = {"calendars": {"shop": {"zone": "Asia/Shanghai", "weekly": {"mon-fri": ["09:00-18:00"]}}}}


class Caller:
    """One signed-in agent; the cookie jar is changed for each call, as if every agent had a browser."""

    def __init__(self, client: TestClient, services: Services, name: str, role: Role = Role.AGENT) -> None:
        self._client = client
        self._headers = login(client, services, name, role)
        self._cookies = dict(client.cookies)

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        self._client.cookies.clear()
        self._client.cookies.update(self._cookies)
        return self._client.request(method, f"{AGENT}{path}", json=body, headers=self._headers)


@pytest.fixture
def lin(client: TestClient, services: Services) -> Caller:
    return Caller(client, services, "lin")


def claimed(agent: Caller) -> dict[str, Any]:
    (item,) = agent("GET", "/queue").json()["items"]
    found: dict[str, Any] = agent("POST", f"/handoffs/{item['handoff_id']}/claim").json()
    return found


def test_presence_is_a_lease_that_the_console_keeps(lin: Caller) -> None:
    assert lin("GET", "/presence").json()["state"] == "offline"
    beat = lin("POST", "/presence/heartbeat").json()
    assert (beat["state"], beat["heartbeat_s"], beat["offers"]) == ("online", 15.0, [])
    assert lin("PUT", "/presence", {"state": "away", "reason": "午饭"}).json()["reason"] == "午饭"
    assert lin("POST", "/presence/heartbeat").json()["state"] == "away"
    assert lin("PUT", "/presence", {"state": "asleep"}).status_code == 422


def test_passed_on_with_a_note_and_told_why_not(
    client: TestClient, services: Services, me: dict[str, str], lin: Caller
) -> None:
    wang = Caller(client, services, "wang")
    waiting(client, me)
    conv = claimed(lin)
    path = f"/conversations/{conv['id']}/transfer"
    colleague = next(c for c in lin("GET", "/colleagues").json() if c["name"] == "wang")
    body = {"fence": conv["fence"], "to_agent": colleague["id"], "note": "会员"}
    refused = lin("POST", path, body)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "colleague_unavailable")
    wang("POST", "/presence/heartbeat")
    passed = lin("POST", path, body).json()
    assert passed["owner_agent"] == colleague["id"]
    assert lin("POST", path, {"fence": conv["fence"]}).status_code == 422
    assert lin("POST", path, {**body, "fence": 99}).json()["error"]["code"] == "stale_owner"
    assert page(client, me)["agent"]["name"] == "Wang"


def test_only_supervisors_take_over_set_hours_and_skills(
    client: TestClient, services: Services, me: dict[str, str], lin: Caller
) -> None:
    boss = Caller(client, services, "boss", Role.SUPERVISOR)
    waiting(client, me)
    conv = claimed(lin)
    routing = {"skills": ["payments"], "langs": ["en"], "cap": 2}
    for method, path, body in (
        ("POST", f"/conversations/{conv['id']}/take-over", {}),
        ("PUT", "/hours", HOURS),
        ("PUT", "/accounts/lin/routing", routing),
    ):
        assert lin(method, path, body).json()["error"]["code"] == "forbidden"
        assert boss(method, path, body).status_code == 200
    assert boss("GET", "/queue").json()["items"][0]["owner_name"] == "Boss"
    assert next(c for c in lin("GET", "/colleagues").json() if c["name"] == "lin")["skills"] == ["payments"]
    bad = boss("PUT", "/hours", {"calendars": {}})
    assert (bad.status_code, bad.json()["error"]["code"]) == (422, "bad_hours")
    assert "calendars" in bad.json()["error"]["message"]
    assert lin("GET", "/hours").json()["version"] == 1


def test_a_limit_below_the_load_is_refused(
    client: TestClient, services: Services, me: dict[str, str], lin: Caller
) -> None:
    boss = Caller(client, services, "boss", Role.SUPERVISOR)
    waiting(client, me)
    claimed(lin)
    other = {"Authorization": "Bearer " + client.post(f"{WEB}/session", json={"lang": "zh"}).json()["token"]}
    waiting(client, other)
    item = next(i for i in lin("GET", "/queue").json()["items"] if i["owner_id"] is None)
    lin("POST", f"/handoffs/{item['handoff_id']}/claim")
    answer = boss("PUT", "/accounts/lin/routing", {"cap": 1})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "load_above_cap")
    assert boss("PUT", "/accounts/lin/routing", {"cap": 2}).json()["load"] == 2


def test_a_message_left_is_followed_up(client: TestClient, me: dict[str, str], lin: Caller) -> None:
    waiting(client, me)
    body = {"client_msg_id": "leave-0001", "contact": "13800000000", "text": "请帮我改地址"}
    assert client.post(f"{WEB}/handoff/message", json=body, headers=me).status_code == 200
    (left,) = lin("GET", "/left-messages").json()
    assert (left["contact"], left["text"]) == ("13800000000", "请帮我改地址")
    path = f"/left-messages/{left['id']}"
    assert lin("POST", f"{path}/take").json()["owner_name"] == "Lin"
    lin("POST", f"{path}/answer", {"client_msg_id": "answer-0001", "text": "地址已改好"})
    assert page(client, me)["events"][-1]["text"] == "地址已改好"
    assert lin("POST", f"{path}/done", {"result": "已回复"}).json()["done_at"] is not None
    assert lin("POST", f"{path}/take").json()["error"]["code"] == "stale_owner"
    assert lin("GET", "/left-messages").json() == []
    assert lin("GET", "/left-messages?state=done").json()[0]["result"] == "已回复"
    assert lin("POST", "/left-messages/nothing/take").status_code == 404


def test_closed_with_reason_and_tags(client: TestClient, services: Services, me: dict[str, str], lin: Caller) -> None:
    waiting(client, me)
    conv = claimed(lin)
    body = {"fence": conv["fence"], "reason": "已补发", "tags": ["物流", "物流", " "]}
    assert lin("POST", f"/conversations/{conv['id']}/close", body).json()["mode"] == "closed"
    row = services.db.read_now(lambda conn: conn.execute(select(t.handoff)).one())
    assert (row.close_reason, row.tags, row.outcome) == ("已补发", ["物流"], "resolved")


def test_each_side_learns_how_far_the_other_has_read(
    client: TestClient, services: Services, me: dict[str, str], lin: Caller
) -> None:
    waiting(client, me)
    conv = claimed(lin)
    path = f"/conversations/{conv['id']}"
    assert page(client, me)["read"] == 0
    wang = Caller(client, services, "wang")
    wang("POST", f"{path}/read", {"seq": 1})  # who does not answer the customer says nothing to them
    assert page(client, me)["read"] == 0
    lin("POST", f"{path}/read", {"seq": 1})
    assert page(client, me)["read"] == 1
    body = {"fence": conv["fence"], "client_msg_id": "reply-0001", "text": "您好"}
    said = lin("POST", f"{path}/messages", body).json()["seq"]
    assert lin("GET", path).json()["read"] == 0
    assert client.post(f"{WEB}/read", json={"seq": 999}, headers=me).json() == {"ok": True}
    assert lin("GET", path).json()["read"] == said  # never further than what there is
    client.post(f"{WEB}/read", json={"seq": 1}, headers=me)
    assert lin("GET", path).json()["read"] == said  # and never back
    for bad in ({"seq": 0}, {"seq": "all"}, {}):
        assert client.post(f"{WEB}/read", json=bad, headers=me).status_code == 422
    assert lin("POST", "/conversations/nothing/read", {"seq": 1}).status_code == 404


def test_typing_is_seen_on_the_other_side(client: TestClient, me: dict[str, str], lin: Caller) -> None:
    waiting(client, me)
    conv = claimed(lin)
    assert client.post(f"{WEB}/typing", headers=me).status_code == 200
    lin("POST", f"/conversations/{conv['id']}/typing")
    lin("POST", f"/conversations/{conv['id']}/looking")
    assert lin("GET", f"/conversations/{conv['id']}/attention").json()["customer_typing"] is True
    assert page(client, me)["agent"] == {"name": "Lin", "typing": True}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/presence/heartbeat"),
        ("GET", "/offers"),
        ("GET", "/colleagues"),
        ("GET", "/left-messages"),
        ("PUT", "/hours"),
        ("POST", "/conversations/any/take-over"),
        ("POST", "/conversations/any/transfer"),
    ],
)
def test_nobody_unknown_gets_in(client: TestClient, method: str, path: str) -> None:
    answer = client.request(method, f"{AGENT}{path}", json={})
    assert answer.status_code in (401, 403)
