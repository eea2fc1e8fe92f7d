"""Thumbs, ratings and the question of recommendation, from the customer's browser to the rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from handoff.app import Services
from handoff.opinions import in_share
from handoff.store import tables as t
from tests.integration.web.conftest import Customer


def rows(services: Services, table: Any) -> list[dict[str, Any]]:
    return [dict(row._mapping) for row in services.db.read_now(lambda conn: list(conn.execute(select(table))))]


def answered(customer: Customer) -> int:
    customer.say("怎么退货？")
    return int(customer.settled(2)[1]["seq"])


def test_a_thumb_is_kept_with_the_entry_of_the_answer(customer: Customer, services: Services) -> None:
    seq = answered(customer)
    assert customer.post("/feedback", {"seq": seq, "verdict": "down", "reason": "没说运费"}).json() == {"ok": True}
    (row,) = rows(services, t.answer_feedback)
    assert (row["seq"], row["entry_id"], row["verdict"], row["reason"]) == (seq, "returns-7days", "down", "没说运费")


def test_the_last_thumb_counts_and_can_be_taken_back(customer: Customer, services: Services) -> None:
    seq = answered(customer)
    for verdict in ("down", "up"):
        customer.post("/feedback", {"seq": seq, "verdict": verdict})
    assert [row["verdict"] for row in rows(services, t.answer_feedback)] == ["up"]
    assert customer.post("/feedback", {"seq": seq, "verdict": None}).status_code == 200
    assert rows(services, t.answer_feedback) == []


def test_only_answers_of_the_bot_take_a_thumb(customer: Customer, services: Services) -> None:
    answered(customer)
    for seq in (1, 99):
        refused = customer.post("/feedback", {"seq": seq, "verdict": "up"})
        assert (refused.status_code, refused.json()["error"]["code"]) == (404, "not_found")
    assert rows(services, t.answer_feedback) == []


def test_anothers_answer_takes_no_thumb(arrive: Callable[..., Customer], services: Services) -> None:
    seq = answered(arrive())
    assert arrive().post("/feedback", {"seq": seq, "verdict": "up"}).status_code == 404
    assert rows(services, t.answer_feedback) == []


NONSENSE: list[tuple[str, dict[str, Any]]] = [
    ("/feedback", {"seq": 2, "verdict": "sideways"}),
    ("/feedback", {"seq": 0, "verdict": "up"}),
    ("/rating", {"score": 6}),
    ("/rating", {"score": 3, "reason": "Not a code!"}),
    ("/recommendation", {"score": 11}),
    ("/recommendation", {"score": -1}),
]


def test_nonsense_is_refused_in_words(customer: Customer) -> None:
    answers = [customer.post(path, body) for path, body in NONSENSE]
    assert {(one.status_code, one.json()["error"]["code"]) for one in answers} == {(422, "invalid_request")}


def test_the_rating_then_the_recommendation(customer: Customer, services: Services) -> None:
    answered(customer)
    rated = customer.post("/rating", {"score": 2, "reason": "slow", "comment": "等太久"})
    assert rated.json() == {"ok": True, "ask_recommendation": True}
    assert customer.post("/recommendation", {"score": 0, "comment": ""}).status_code == 200
    assert customer.post("/recommendation", {"score": 9, "comment": "改主意了"}).status_code == 200
    (rating,), (recommendation,) = rows(services, t.rating), rows(services, t.recommendation)
    assert (rating["score"], rating["reason"], rating["comment"]) == (2, "slow", "等太久")
    assert (recommendation["score"], recommendation["comment"], recommendation["episode"]) == (9, "改主意了", 1)


def test_the_share_that_is_asked_is_the_share_that_was_set() -> None:
    asked = sum(in_share(f"conversation-{n}", 0.25) for n in range(4000))
    assert 900 < asked < 1100
    assert not in_share("conversation", 0.0)
    assert in_share("conversation", 1.0)
