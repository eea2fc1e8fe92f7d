"""What the channel answers when something is wrong: never 200, and nothing half stored."""

from __future__ import annotations

import sqlite3

import httpx
import pytest

from tests.support.baton import RunningBaton
from tests.support.dialogue import RealDialogue

# The first test waits for training and loading.
pytestmark = [pytest.mark.rasa, pytest.mark.model, pytest.mark.timeout(900)]


def stored(rasa: RealDialogue, sender: str) -> int:
    with sqlite3.connect(rasa.tracker_db) as connection:
        return int(connection.execute("SELECT count(*) FROM events WHERE sender_id = ?", (sender,)).fetchone()[0])


@pytest.mark.parametrize("secret", ["", "wrong"])
def test_wrong_secret_is_401_at_both_servers(rasa: RealDialogue, secret: str) -> None:
    headers = {"X-Baton-Secret": secret}
    body = {"sender": "s", "turn_id": "t", "text": "你好", "metadata": {}}
    turn = httpx.post(f"{rasa.rasa_url}/webhooks/gateway/turn", json=body, headers=headers)
    action = httpx.post(f"{rasa.actions_url}/webhook", json={}, headers=headers)
    assert (turn.status_code, turn.json()["error"]["code"]) == (401, "wrong_secret")
    assert (action.status_code, action.json()["error"]["code"]) == (401, "wrong_secret")


@pytest.mark.parametrize("text", ["", "   ", "\u0000\u0007", "字" * 4001])
def test_bad_text_is_422(rasa: RealDialogue, text: str) -> None:
    answer = rasa.post(text, "bad", "bad-turn")
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "bad_request")
    assert stored(rasa, "bad") == 0


def test_understand_reads_a_batch(rasa: RealDialogue) -> None:
    body = {"texts": [{"text": "买了多久还能退货？"}, {"text": "Where is my refund?", "lang": "en"}], "top_k": 2}
    answer = httpx.post(f"{rasa.actions_url}/understand", json=body, headers=rasa.headers, timeout=60)
    results = answer.json()["results"]
    assert [item["lang"] for item in results] == ["zh", "en"]
    assert all(
        len(item["faq"]) == 2 and set(item["faq"][0]) == {"id", "question", "answer", "score", "zone"}
        for item in results
    )


def test_unknown_action_is_404_with_its_name(rasa: RealDialogue) -> None:
    call = {"next_action": "action_unknown", "tracker": {"sender_id": "x"}}
    answer = httpx.post(f"{rasa.actions_url}/webhook", json=call, headers=rasa.headers)
    assert (answer.status_code, answer.json()["action_name"]) == (404, "action_unknown")


def test_locked_tracker_is_503_and_the_turn_can_be_sent_again(rasa: RealDialogue) -> None:
    rasa.turn("你好", "locked", "before")
    before = stored(rasa, "locked")
    blocker = sqlite3.connect(rasa.tracker_db, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    try:
        refused = rasa.post("买了多久还能退货？", "locked", "during")
    finally:
        blocker.execute("ROLLBACK")
        blocker.close()
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "tracker_unavailable")
    assert stored(rasa, "locked") == before
    assert rasa.turn("买了多久还能退货？", "locked", "during")["messages"][0]["meta"]["entry_id"] == "returns-window"


@pytest.mark.long
def test_dead_action_server_is_5xx_and_nothing_is_stored(baton: RunningBaton, rasa: RealDialogue) -> None:
    baton.kill("actions")
    refused = rasa.post("买了多久还能退货？", "dead", "turn-1")
    assert (refused.status_code, refused.json()["error"]["code"]) == (502, "action_failed")
    assert stored(rasa, "dead") == 0
    baton.wait_ready()
    assert rasa.turn("买了多久还能退货？", "dead", "turn-1")["messages"][0]["meta"]["entry_id"] == "returns-window"


def test_an_erased_conversation_leaves_no_tracker(rasa: RealDialogue) -> None:
    for episode in ("gone:1", "gone:2", "gone2:1"):
        rasa.turn("你好", episode, f"turn-{episode}")
    assert stored(rasa, "gone:1") and stored(rasa, "gone:2")
    url = f"{rasa.rasa_url}/webhooks/gateway/forget"
    assert httpx.post(url, json={"conversation": "gone"}, headers={"X-Baton-Secret": "wrong"}).status_code == 401
    assert httpx.post(url, json={}, headers=rasa.headers).status_code == 422
    answer = httpx.post(url, json={"conversation": "gone"}, headers=rasa.headers)
    assert answer.status_code == 200 and answer.json()["events"] > 0
    assert (stored(rasa, "gone:1"), stored(rasa, "gone:2")) == (0, 0)
    assert stored(rasa, "gone2:1"), "another conversation whose id begins alike"
