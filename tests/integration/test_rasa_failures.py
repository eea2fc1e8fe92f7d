"""What the channel answers when something is wrong: never 200, and nothing half stored."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import httpx
import pytest

from tests.integration.rasa_stack import EMBEDDER, RASA_PYTHON, RasaStack, rasa_stack, stop

pytestmark = [
    pytest.mark.rasa,
    pytest.mark.model,
    pytest.mark.skipif(not RASA_PYTHON.exists(), reason="no Rasa environment; run `make setup`"),
    pytest.mark.skipif(not EMBEDDER.exists(), reason="no prepared embedder; run `make setup`"),
]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RasaStack]:
    with rasa_stack(tmp_path_factory.mktemp("failures")) as running:
        yield running


def stored(stack: RasaStack, sender: str) -> int:
    with sqlite3.connect(stack.tracker_db) as connection:
        return int(connection.execute("SELECT count(*) FROM events WHERE sender_id = ?", (sender,)).fetchone()[0])


@pytest.mark.parametrize("secret", ["", "wrong"])
def test_wrong_secret_is_401_at_both_servers(stack: RasaStack, secret: str) -> None:
    headers = {"X-Baton-Secret": secret}
    body = {"sender": "s", "turn_id": "t", "text": "你好", "metadata": {}}
    turn = httpx.post(f"{stack.rasa_url}/webhooks/gateway/turn", json=body, headers=headers)
    action = httpx.post(f"{stack.actions_url}/webhook", json={}, headers=headers)
    assert (turn.status_code, turn.json()["error"]["code"]) == (401, "wrong_secret")
    assert (action.status_code, action.json()["error"]["code"]) == (401, "wrong_secret")


@pytest.mark.parametrize("text", ["", "   ", "\u0000\u0007", "字" * 4001])
def test_bad_text_is_422(stack: RasaStack, text: str) -> None:
    answer = stack.post(text, "bad", "bad-turn")
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "bad_request")
    assert stored(stack, "bad") == 0


def test_understand_reads_a_batch(stack: RasaStack) -> None:
    body = {"texts": [{"text": "退货要多久？"}, {"text": "Where is my refund?", "lang": "en"}], "top_k": 2}
    answer = httpx.post(f"{stack.actions_url}/understand", json=body, headers=stack.headers, timeout=60)
    results = answer.json()["results"]
    assert [item["lang"] for item in results] == ["zh", "en"]
    assert all(
        len(item["faq"]) == 2 and set(item["faq"][0]) == {"id", "question", "answer", "score", "zone"}
        for item in results
    )


def test_unknown_action_is_404_with_its_name(stack: RasaStack) -> None:
    call = {"next_action": "action_unknown", "tracker": {"sender_id": "x"}}
    answer = httpx.post(f"{stack.actions_url}/webhook", json=call, headers=stack.headers)
    assert (answer.status_code, answer.json()["action_name"]) == (404, "action_unknown")


def test_locked_tracker_is_503_and_the_turn_can_be_sent_again(stack: RasaStack) -> None:
    stack.turn("你好", "locked", "before")
    before = stored(stack, "locked")
    blocker = sqlite3.connect(stack.tracker_db, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    try:
        refused = stack.post("退货要多久？", "locked", "during")
    finally:
        blocker.execute("ROLLBACK")
        blocker.close()
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "tracker_unavailable")
    assert stored(stack, "locked") == before
    assert stack.turn("退货要多久？", "locked", "during")["messages"][0]["meta"]["entry_id"] == "returns-window"


def test_dead_action_server_is_5xx_and_nothing_is_stored(stack: RasaStack) -> None:
    stop(stack.actions)
    refused = stack.post("退货要多久？", "dead", "turn-1")
    assert (refused.status_code, refused.json()["error"]["code"]) == (502, "action_failed")
    assert stored(stack, "dead") == 0
    stack.start_actions()
    assert stack.turn("退货要多久？", "dead", "turn-1")["messages"][0]["meta"]["entry_id"] == "returns-window"
