"""Conversations through the real channel, real Rasa and the real action server, in both languages."""

from __future__ import annotations

import sqlite3

import pytest

from tests.support.dialogue import RealDialogue

# The first test waits for training and loading.
pytestmark = [pytest.mark.rasa, pytest.mark.model, pytest.mark.timeout(900)]


def responses(answer: dict[str, object]) -> list[object]:
    return [message["meta"].get("response") for message in answer["messages"]]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "entry"), [("买了多久还能退货？", "returns-window"), ("How long does a refund take?", "refund-time-en")]
)
def test_a_question_gets_the_approved_answer(rasa: RealDialogue, text: str, entry: str) -> None:
    answer = rasa.turn(text)
    assert answer["messages"][0]["meta"]["entry_id"] == entry
    assert answer["decision"]["action"] == "answer"
    assert set(answer["mood"]) >= {"valence", "anger", "urgency", "label", "spans"}
    assert answer["handoff"] is None


def test_order_form_in_chinese(rasa: RealDialogue) -> None:
    asked, refused, told = rasa.talk(["我的订单到哪了", "QH12", "ｑｈ 2026110001"])
    assert responses(asked) == ["utter_order_ask_number"]
    assert responses(refused) == ["utter_order_number_format"]
    assert responses(told) == ["utter_order_shipped"]
    assert told["slots"]["order_number"] == "QH2026110001"
    assert "QH2026110001" in told["messages"][0]["text"]


def test_order_form_in_english_offers_a_person_after_two_failures(rasa: RealDialogue) -> None:
    answers = rasa.talk(["where is my order", "QH12", "QH2026119999", "yes please"])
    assert responses(answers[2]) == ["utter_offer_person_flow_failed"]
    assert "colleague" in answers[2]["messages"][0]["text"]
    assert answers[3]["handoff"]["reason"] == "accepted_offer"


def test_a_bare_order_number_is_looked_up(rasa: RealDialogue) -> None:
    assert responses(rasa.turn("QH2026110004")) == ["utter_order_delayed"]


def test_a_form_can_be_left(rasa: RealDialogue) -> None:
    _, left, after = rasa.talk(["查一下我的订单", "算了", "你好"])
    assert responses(left) == ["utter_form_cancelled"]
    assert responses(after) == ["utter_greet"]


def test_a_question_inside_a_form_is_answered_and_the_form_asks_again(rasa: RealDialogue) -> None:
    _, answer = rasa.talk(["我的订单到哪了", "怎么开发票？"])
    assert answer["messages"][0]["meta"]["entry_id"] == "invoice-apply"
    assert answer["messages"][-1]["meta"]["response"] == "utter_order_ask_number"


@pytest.mark.parametrize("before", [[], ["我的订单到哪了"], ["我要投诉"], ["买了多久还能退货？"]])
def test_a_person_is_always_one_message_away(rasa: RealDialogue, before: list[str]) -> None:
    answer = rasa.talk([*before, "转人工"])[-1]
    assert answer["handoff"]["reason"] == "asked_for_person"
    assert len(answer["messages"]) == 1
    if before:
        assert answer["handoff"]["last_ask"] == before[-1]


def test_complaint_becomes_one_ticket_and_a_handoff(rasa: RealDialogue) -> None:
    told = "the kettle you sent leaks water everywhere and nobody answers"
    sender = "complaint-1"
    rasa.turn("I want to make a complaint", sender)
    rasa.turn(told, sender)
    first = rasa.turn("me@example.com", sender, "complaint-turn")
    again = rasa.turn("me@example.com", sender, "complaint-turn")
    assert first == again
    assert first["handoff"]["reason"] == "complaint"
    assert first["handoff"]["last_ask"] == told
    with sqlite3.connect(rasa.data_dir / "tickets.db") as connection:
        rows = connection.execute("SELECT number, text, contact FROM tickets WHERE sender = ?", (sender,)).fetchall()
    assert rows == [(first["handoff"]["ticket"], told, "me@example.com")]


def test_a_repeated_turn_gets_the_same_answer_and_is_stored_once(rasa: RealDialogue) -> None:
    first = rasa.turn("买了多久还能退货？", "repeat-1", "turn-1")
    assert rasa.turn("买了多久还能退货？", "repeat-1", "turn-1") == first
    with sqlite3.connect(rasa.tracker_db) as connection:
        query = "SELECT count(*) FROM events WHERE sender_id = 'repeat-1' AND type_name = 'user'"
        assert connection.execute(query).fetchone() == (1,)


@pytest.mark.parametrize("text", ["/restart", "  /restart", '/inform{"order_number": "QH1"}', "\u0000/greet"])
def test_a_slash_is_never_a_raw_intent(rasa: RealDialogue, text: str) -> None:
    answer = rasa.turn(text)
    assert answer["intent"]["confidence"] < 1.0
    assert answer["messages"] or answer["handoff"]


def test_restart_forgets_the_form(rasa: RealDialogue) -> None:
    _, restarted, after = rasa.talk(["我的订单到哪了", "重新开始", "你好"])
    assert responses(after) == ["utter_greet"]
    assert restarted["messages"]
