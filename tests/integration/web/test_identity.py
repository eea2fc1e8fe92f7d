"""Signed identity: whose proofs count, that each counts once, and what of an anonymous visit moves along."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

import httpx
import jwt
import pytest
import uvicorn
from fastapi.testclient import TestClient
from sqlalchemy import select, update
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from handoff.app import Services, create_api
from handoff.errors import ConfigError, IdentityRefused
from handoff.identity.proof import ProofReader
from handoff.settings import Settings
from handoff.store import tables as t
from tests.integration.web.conftest import SECRET, WEB, Customer


def proof(subject: str = "user-17", secret: str = SECRET, algorithm: str = "HS256", **claims: Any) -> str:
    known = {"sub": subject, "aud": "baton", "exp": time.time() + 120, "jti": uuid.uuid4().hex}
    return jwt.encode(
        {key: value for key, value in (known | claims).items() if value is not None}, secret, algorithm=algorithm
    )


def sign_in(http: TestClient, token: str | None = None, **claims: Any) -> Customer:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = http.post(f"{WEB}/session", json={"identity": proof(**claims)}, headers=headers)
    assert answer.status_code == 200, answer.text
    return Customer(http, answer.json()["token"])


def texts(customer: Customer) -> list[str]:
    return [event["text"] for event in customer.events() if event["author"] == "customer"]


def test_the_same_customer_in_two_browsers_has_one_conversation(http: TestClient, services: Services) -> None:
    desktop = sign_in(http, name="王 \u202e芳\n", vip=True)
    desktop.say("我是王芳")
    assert texts(sign_in(http)) == ["我是王芳"]
    row = services.db.read_now(lambda conn: conn.execute(select(t.customer)).one())
    assert (row.external_key, row.display_name, row.vip) == ("user-17", "王 芳", True)
    assert texts(sign_in(http, subject="user-18")) == []


def test_what_an_anonymous_visitor_said_moves_along_and_the_old_token_ends(
    http: TestClient, arrive: Callable[..., Customer]
) -> None:
    visitor = arrive()
    visitor.say("登录前的问题")
    known = sign_in(http, visitor.token)
    assert texts(known) == ["登录前的问题"]
    assert visitor.get("/events").status_code == 401


def test_without_a_proof_nothing_merges(http: TestClient, arrive: Callable[..., Customer]) -> None:
    known = sign_in(http)
    known.say("我的订单 QH2026110001")
    assert texts(arrive()) == []
    assert texts(sign_in(http, subject="somebody-else")) == []


def test_another_customers_session_in_the_same_browser_is_not_merged(http: TestClient) -> None:
    first = sign_in(http, subject="first")
    first.say("第一个人的话")
    second = sign_in(http, first.token, subject="second")
    assert texts(second) == []
    assert texts(sign_in(http, subject="first")) == ["第一个人的话"]


def test_a_conversation_with_people_is_not_replaced_by_an_anonymous_one(
    http: TestClient, arrive: Callable[..., Customer]
) -> None:
    known = sign_in(http)
    asked = known.post("/handoff", {"client_msg_id": "please-a-person"})
    assert asked.status_code == 200
    visitor = arrive()
    visitor.say("在另一个浏览器里")
    again = sign_in(http, visitor.token)
    assert texts(again) == ["转人工"]


@pytest.mark.parametrize(
    "claims",
    [
        {"secret": "another secret that is also long enough"},
        {"aud": "another-service"},
        {"aud": None},
        {"exp": None},
        {"jti": None},
        {"subject": ""},
        {"subject": "a\nb"},
        {"jti": "short"},
        {"exp": time.time() - 120},
        {"exp": time.time() + 3600},
        {"algorithm": "HS512"},
        {"nbf": time.time() + 3600},
    ],
)
def test_a_proof_that_does_not_count(claims: dict[str, Any]) -> None:
    with pytest.raises(IdentityRefused):
        ProofReader(Settings(identity_secrets=SECRET)).read(proof(**claims))


@pytest.mark.parametrize("token", ["", "nonsense", "a.b.c", jwt.encode({"sub": "x"}, "", algorithm="none")])
def test_what_is_no_proof_at_all(token: str) -> None:
    with pytest.raises(IdentityRefused):
        ProofReader(Settings(identity_secrets=SECRET)).read(token)
    with pytest.raises(IdentityRefused, match="is not set"):
        ProofReader(Settings(identity_secrets="")).read(proof())


def test_a_refused_proof_makes_no_customer(http: TestClient, services: Services) -> None:
    refused = http.post(f"{WEB}/session", json={"identity": proof(aud="another-service")})
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "identity_refused")
    assert "aud" not in refused.text.lower()  # what is wrong with it is for the log, not for whoever tries
    assert services.db.read_now(lambda conn: conn.execute(select(t.customer)).all()) == []


def test_a_proof_counts_once(http: TestClient) -> None:
    token = proof()
    assert http.post(f"{WEB}/session", json={"identity": token}).status_code == 200
    again = http.post(f"{WEB}/session", json={"identity": token})
    assert (again.status_code, again.json()["error"]["code"]) == (409, "identity_used")


def test_two_secrets_count_while_one_replaces_the_other() -> None:
    following = "the next secret of the shop that is long as well"
    reader = ProofReader(Settings(identity_secrets=f"{SECRET}, {following}"))
    assert [reader.read(proof(secret=secret)).subject for secret in (SECRET, following)] == ["user-17"] * 2


def test_a_short_secret_is_refused_at_the_start() -> None:
    with pytest.raises(ConfigError, match="fewer than 32 bytes") as refused:
        ProofReader(Settings(identity_secrets="too short"))
    assert "baton identity secret" in refused.value.remedy


def test_an_old_token_is_replaced_and_lives_until_the_new_one_is_used(
    customer: Customer, http: TestClient, services: Services
) -> None:
    def resume(token: str) -> str:
        headers = {"Authorization": f"Bearer {token}"}
        return str(http.post(f"{WEB}/session", json={}, headers=headers).json()["token"])

    assert resume(customer.token) == customer.token
    services.db.write_now(lambda conn: conn.execute(update(t.customer_token).values(issued_at=time.time() - 7200)))
    fresh = resume(customer.token)
    assert fresh != customer.token
    assert customer.get("/events").status_code == 200
    assert resume(fresh) == fresh
    rows = services.db.read_now(lambda conn: conn.execute(select(t.customer_token)).all())
    assert sorted(row.expires_at - time.time() < 61 for row in rows) == [False, True]
    customer.token = fresh
    assert customer.say("还在").status_code == 200


def test_signing_out_ends_this_browser_or_all(http: TestClient) -> None:
    one, two, three = sign_in(http), sign_in(http), sign_in(http)
    assert one.post("/session/end", {}).status_code == 200
    assert [one.get("/events").status_code, two.get("/events").status_code] == [401, 200]
    assert two.post("/session/end", {"everywhere": True}).status_code == 200
    assert [two.get("/events").status_code, three.get("/events").status_code] == [401, 401]
    assert two.post("/session/end", {}).status_code == 401


def test_a_revoked_token_closes_its_socket(services: Services) -> None:
    server = uvicorn.Server(uvicorn.Config(create_api(services), port=0, log_config=None, timeout_graceful_shutdown=2))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as http:
            token = http.post(f"{WEB}/session", json={}).json()["token"]
            with connect(f"ws://127.0.0.1:{port}{WEB}/socket", proxy=None) as socket:
                socket.send(json.dumps({"type": "hello", "token": token, "since": 0}))
                while json.loads(socket.recv(timeout=10))["type"] != "status":
                    pass
                http.post(f"{WEB}/session/end", json={}, headers={"Authorization": f"Bearer {token}"})
                with pytest.raises(ConnectionClosed) as closed:
                    while True:
                        socket.recv(timeout=10)
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 4401
    finally:
        server.should_exit = True
        thread.join(20)
