"""The rest of the web channel over the real service: messages left, typing, floods, and the script itself."""

from __future__ import annotations

import contextlib
import gzip
import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi.testclient import TestClient
from sqlalchemy import select
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from handoff.app import Services, create_api
from handoff.store import tables as t
from tests.integration.web.conftest import WEB, Customer


def test_a_message_left_is_kept_once_with_the_way_to_reach(customer: Customer, services: Services) -> None:
    customer.post("/handoff", {"client_msg_id": "please-a-person"})
    status = customer.get("/events").json()
    assert (status["mode"], status["service"]["leave_message"]) == ("queued", True)
    body = {"client_msg_id": "left-message-1", "contact": "138 0000 0000", "text": "什么时候发货？"}
    first, again = customer.post("/handoff/message", body), customer.post("/handoff/message", body)
    assert first.status_code == 200 and first.json() == again.json()
    assert customer.get("/events").json()["mode"] == "bot"
    kept = services.db.read_now(lambda conn: conn.execute(select(t.left_message)).all())
    assert [(row.contact, row.text) for row in kept] == [("138 0000 0000", "什么时候发货？")]


def test_a_message_left_needs_a_way_to_reach(customer: Customer) -> None:
    customer.post("/handoff", {"client_msg_id": "please-a-person"})
    body = {"client_msg_id": "left-message-2", "contact": " ", "text": "什么时候发货？"}
    refused = customer.post("/handoff/message", body)
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "contact_missing")
    assert customer.post("/handoff/message", body | {"contact": "x" * 201}).status_code == 422


def test_typing_over_http(customer: Customer) -> None:
    assert customer.post("/typing").json() == {"ok": True}
    customer.token = "nobody"
    assert customer.post("/typing").status_code == 401


def test_the_session_brings_the_words_of_the_widget(arrive: Callable[..., Customer], http: TestClient) -> None:
    zh, en = (http.post(f"{WEB}/session", json={"lang": lang}).json()["words"] for lang in ("zh", "en"))
    assert set(zh) == set(en)
    assert (zh["rate_title"], en["rate_title"]) == ("这次服务您满意吗？", "How was this service?")
    for words in (zh, en):
        for pairs in (words["good"], words["bad"]):
            assert all(len(pair.split(":")) == 2 for pair in pairs.split("|"))


def test_the_script_is_small_on_the_wire_and_sent_once(http: TestClient) -> None:
    answer = http.get("/widget.js", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) <= 20 * 1024
    assert len(gzip.compress(answer.content, 9)) <= 20 * 1024
    again = http.get("/widget.js", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert http.get("/widget.js", headers={"Accept-Encoding": "identity"}).content == answer.content


@pytest.fixture
def socket(services: Services) -> Iterator[ClientConnection]:
    """A browser's socket after its hello, on a real port."""
    server = uvicorn.Server(uvicorn.Config(create_api(services), port=0, log_config=None, timeout_graceful_shutdown=2))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        token = httpx.post(f"http://127.0.0.1:{port}{WEB}/session", json={}, timeout=30).json()["token"]
        with connect(f"ws://127.0.0.1:{port}{WEB}/socket", proxy=None) as line:
            line.send(json.dumps({"type": "hello", "token": token, "since": 0}))
            until(line, "status")
            yield line
    finally:
        server.should_exit = True
        thread.join(20)


def until(line: ClientConnection, kind: str) -> dict[str, Any]:
    while True:
        frame: dict[str, Any] = json.loads(line.recv(timeout=10))
        if frame["type"] == kind:
            return frame


def test_a_binary_frame_closes_the_socket_in_order(socket: ClientConnection) -> None:
    socket.send(b"\x00\x01")
    with pytest.raises(ConnectionClosed) as closed:
        until(socket, "never")
    assert closed.value.rcvd is not None and closed.value.rcvd.code == 4400


def test_a_flood_of_frames_is_cut_off_with_a_reason(socket: ClientConnection) -> None:
    with contextlib.suppress(ConnectionClosed):  # perhaps before the last of them
        for _ in range(150):
            socket.send(json.dumps({"type": "typing"}))
    refused = until(socket, "refused")
    assert (refused["code"], refused["retry_after"]) == ("too_many_requests", 10)
    with pytest.raises(ConnectionClosed):
        until(socket, "never")


def test_a_message_over_the_limit_is_refused_and_the_socket_lives(socket: ClientConnection) -> None:
    long = {"type": "message", "client_msg_id": "much-too-long", "text": "长" * 6000}
    socket.send(json.dumps(long))
    assert until(socket, "refused")["code"] == "text_too_long"
    socket.send(json.dumps({"type": "ping"}))
    assert until(socket, "heartbeat")["top_seq"] == 0
