"""The web channel over WebSocket: recovery by epoch and seq, pushes, refusals."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import uvicorn
from sqlalchemy import update
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from handoff.app import Services, create_api
from handoff.store import tables as t
from tests.integration.handoff.test_web_api import WEB, send, services, sign_in

__all__ = ["services"]  # fixture


class Line:
    """A browser's socket, frame by frame."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self.send_text = socket.send

    def send_json(self, frame: dict[str, Any]) -> None:
        self._socket.send(json.dumps(frame))

    def receive_json(self) -> dict[str, Any]:
        return json.loads(self._socket.recv(timeout=10))

    def hello(self, me: dict[str, str], since: int = 0, epoch: str | None = None) -> None:
        token = me["Authorization"].removeprefix("Bearer ")
        self.send_json({"type": "hello", "token": token, "since": since, "epoch": epoch})

    def until(self, kind: str, **fields: Any) -> dict[str, Any]:
        while True:
            frame = self.receive_json()
            if frame["type"] == kind and all(frame.get(k) == v for k, v in fields.items()):
                return frame


@pytest.fixture
def client(services: Services) -> Iterator[httpx.Client]:
    """The API on a real port: sockets close as they do in the world."""
    server = uvicorn.Server(uvicorn.Config(create_api(services), port=0, log_config=None, timeout_graceful_shutdown=2))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as http:
        yield http
    server.should_exit = True
    thread.join(20)


@pytest.fixture
def me(client: httpx.Client) -> dict[str, str]:
    return sign_in(client)


@contextlib.contextmanager
def line(client: httpx.Client, origin: str | None = None) -> Iterator[Line]:
    url = f"ws://127.0.0.1:{client.base_url.port}{WEB}/socket"
    with connect(url, origin=origin, proxy=None) as socket:
        yield Line(socket)


def test_send_ack_and_answer(client: httpx.Client, me: dict[str, str]) -> None:
    with line(client) as socket:
        socket.hello(me)
        assert socket.until("ready")["mode"] == "bot"
        socket.send_json({"type": "message", "client_msg_id": "message-1", "text": "你好"})
        seen = [socket.receive_json()]
        while seen[-1].get("text") != "echo 你好":
            seen.append(socket.receive_json())
    assert "ack" in [f["type"] for f in seen]
    assert [f["text"] for f in seen if f["type"] == "event"] == ["你好", "echo 你好"]


def test_only_what_was_missed_comes_again(client: httpx.Client, me: dict[str, str]) -> None:
    send(client, me, "one", "message-1")
    client.get(f"{WEB}/events", params={"since": 1, "wait": 5}, headers=me)
    with line(client) as socket:
        socket.hello(me, since=1)
        assert socket.until("event")["seq"] == 2


def test_other_epoch_resets_and_sends_all(client: httpx.Client, me: dict[str, str]) -> None:
    send(client, me, "one", "message-1")
    with line(client) as socket:
        socket.hello(me, since=9, epoch="other")
        assert socket.until("reset")["top_seq"] >= 1
        assert socket.until("event")["seq"] == 1


def test_status_follows_the_handoff(client: httpx.Client, me: dict[str, str]) -> None:
    with line(client) as socket:
        socket.hello(me)
        socket.until("status", mode="bot")
        client.post(f"{WEB}/handoff", json={"client_msg_id": "press-0001"}, headers=me)
        assert socket.until("status", mode="queued")["queue"]["place"] == 1


@pytest.mark.parametrize(
    "raw",
    [
        "not json",
        "[1]",
        "{}",
        '{"type": "message"}',
        '{"type": "message", "client_msg_id": 7, "text": "x"}',
        "[" * 20_000,
        '{"type": "message", "client_msg_id": "message-1", "text": "' + "x" * 20_000 + '"}',
        '{"type": "message", "client_msg_id": "message-1", "text": "  "}',
    ],
)
def test_bad_frames_are_refused_and_the_line_stays(client: httpx.Client, me: dict[str, str], raw: str) -> None:
    with line(client) as socket:
        socket.hello(me)
        socket.until("ready")
        socket.send_text(raw)
        assert socket.until("refused")["message"]
        socket.send_json({"type": "message", "client_msg_id": "message-2", "text": "ok"})
        assert socket.until("ack")["seq"] == 1


@pytest.mark.parametrize("first", ["garbage", '{"type": "message"}', '{"type": "hello", "token": "nobody"}'])
def test_no_hello_no_line(client: httpx.Client, first: str) -> None:
    with line(client) as socket:
        socket.send_text(first)
        assert socket.until("refused")["code"] in ("invalid_request", "token_invalid")
        with pytest.raises(ConnectionClosed):
            socket.receive_json()


def test_foreign_site_cannot_open_a_line(client: httpx.Client) -> None:
    with pytest.raises(InvalidStatus) as caught, line(client, origin="https://evil.example"):
        pass
    assert caught.value.response.status_code == 403


def test_token_that_ends_meanwhile_closes_the_line(
    client: httpx.Client, me: dict[str, str], services: Services
) -> None:
    with line(client) as socket:
        socket.hello(me)
        socket.until("ready")
        with services.db.transaction() as conn:
            conn.execute(update(t.customer_token).values(expires_at=1.0))
        socket.send_json({"type": "message", "client_msg_id": "message-1", "text": "hi"})
        assert socket.until("refused")["code"] == "token_expired"
        with pytest.raises(ConnectionClosed):
            socket.until("event")


def test_two_tabs_see_one_order(client: httpx.Client, me: dict[str, str]) -> None:
    with line(client) as one, line(client) as two:
        for socket in (one, two):
            socket.hello(me)
            socket.until("ready")
        one.send_json({"type": "message", "client_msg_id": "message-1", "text": "from one"})
        two.send_json({"type": "message", "client_msg_id": "message-2", "text": "from two"})
        orders = [[socket.until("event")["seq"] for _ in range(4)] for socket in (one, two)]
    assert orders == [[1, 2, 3, 4]] * 2


def test_another_customer_gets_nothing(client: httpx.Client, me: dict[str, str]) -> None:
    other = sign_in(client)
    send(client, me, "secret")
    with line(client) as socket:
        socket.hello(other)
        assert socket.until("ready")["top_seq"] == 0
