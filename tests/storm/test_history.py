"""The judge itself: each kind of broken promise, made by hand, is named, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.storm.history import Attempt, History, Key, Stored, check


def good() -> tuple[History, list[Stored]]:
    """A customer asks twice, the bot answers, an agent takes over; one message is tried and never answered."""
    history = History()
    for key, seq in (("k1", 1), ("k2", 3)):
        history.attempt("c", "customer", key, f"text {key}")
        history.ack("c", "customer", key, seq)
    history.attempt("c", "customer", "k3", "text k3")
    history.claimed("c", "lin", 2)
    history.attempt("c", "agent", "r1", "text r1")
    history.ack("c", "agent", "r1", 6)
    stored = [
        Stored("c", 1, "customer", "k1", "text k1"),
        Stored("c", 2, "bot", "t1:0", "answer 1", answers=1),
        Stored("c", 3, "customer", "k2", "text k2"),
        Stored("c", 4, "bot", "t2:0", "answer 2", answers=3),
        Stored("c", 5, "system", "n1", "taken", fence=2, kind="notice"),
        Stored("c", 6, "agent", "r1", "text r1", fence=2, author_id="lin"),
        Stored("c", 7, "customer", "k3", "text k3", fence=2),
    ]
    for event in stored:
        history.saw("phone", "c", event.seq, event.text)
    history.caught_up("phone", "c")
    return history, stored


def test_a_good_history_has_no_fault_and_is_counted() -> None:
    report = check(*good(), questions={"c": [1, 3]})
    assert report.faults == {}
    assert (report.attempted, report.acknowledged, report.recovered) == (4, 3, 1)
    assert "no fault" in str(report)


def test_what_was_tried_and_never_answered_may_be_absent() -> None:
    history, stored = good()
    history.seen.clear()
    history.complete.clear()
    assert check(history, stored[:6]).faults == {}


Break = Callable[[History, list[Stored]], object]


def _stored_again(history: History, stored: list[Stored]) -> None:
    stored.append(Stored("c", 8, "customer", "k1", "text k1", fence=2))
    history.saw("phone", "c", 8, "text k1")


def _under_another_key(history: History, stored: list[Stored]) -> None:
    history.attempt("c", "customer", "k9", "text k1")
    stored.append(Stored("c", 8, "customer", "k9", "text k1", fence=2))
    history.saw("phone", "c", 8, "text k1")


def _from_nowhere(history: History, stored: list[Stored]) -> None:
    stored.append(Stored("c", 8, "customer", "k8", "who said that", fence=2))
    history.saw("phone", "c", 8, "who said that")


def _late(history: History, stored: list[Stored]) -> None:
    history.attempt("c", "customer", "k4", "text k4")
    history.ack("c", "customer", "k4", 8)
    stored.append(Stored("c", 8, "customer", "k4", "text k4", fence=2))
    history.saw("phone", "c", 8, "text k4")
    history.attempts["c", "customer", "k1"] = replace(history.attempts["c", "customer", "k1"], after=8)


def _answered_twice(history: History, stored: list[Stored]) -> None:
    stored.append(Stored("c", 8, "bot", "t2:1", "answer 2 again", fence=2, answers=3))
    history.saw("phone", "c", 8, "answer 2 again")


def _with_a_hole(history: History, stored: list[Stored]) -> None:
    stored[6] = replace(stored[6], seq=8)
    history.seen["phone", "c"][-1] = (8, "text k3")


BROKEN: dict[str, tuple[str, Break]] = {
    "an acknowledged message is gone": ("lost", lambda h, s: h.ack("c", "customer", "k7", 99)),
    "a refused message is there": ("unexpected", lambda h, s: h.refuse("c", "customer", "k2")),
    "a message of nobody": ("unexpected", _from_nowhere),
    "one key at two places": ("duplicated", _stored_again),
    "one message under two keys": ("duplicated", _under_another_key),
    "acknowledged with another number": ("changed", lambda h, s: h.ack("c", "customer", "k1", 2)),
    "other words than were sent": ("changed", lambda h, s: h.attempts.update(_other_words(h))),
    "sent later, stored earlier": ("disordered", _late),
    "a number is missing": ("gaps", _with_a_hole),
    "shown twice": ("misread", lambda h, s: h.saw("phone", "c", 7, "text k3")),
    "shown out of order": ("misread", lambda h, s: h.seen["phone", "c"].reverse()),
    "shown with other words": ("misread", lambda h, s: h.saw("tablet", "c", 1, "something else")),
    "never shown": ("unread", lambda h, s: h.seen["phone", "c"].pop(3)),
    "an old owner's write": ("fence_fell", lambda h, s: s.__setitem__(6, replace(s[6], fence=1))),
    "two agents told it is theirs": ("two_owners", lambda h, s: h.claimed("c", "wang", 2)),
    "another agent's words": ("two_owners", lambda h, s: s.__setitem__(5, replace(s[5], author_id="wang"))),
    "two answers": ("answers", _answered_twice),
    "no answer": ("answers", lambda h, s: s.__setitem__(3, replace(s[3], answers=None))),
    "answers in another order": ("answers", lambda h, s: _swap_answers(s)),
}


def _other_words(history: History) -> dict[Key, Attempt]:
    key = ("c", "customer", "k1")
    return {key: replace(history.attempts[key], text="what I really said")}


def _swap_answers(stored: list[Stored]) -> None:
    stored[1], stored[3] = replace(stored[1], answers=3), replace(stored[3], answers=1)


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_promise_is_named(name: str) -> None:
    history, stored = good()
    kind, damage = BROKEN[name]
    damage(history, stored)
    report = check(history, stored, questions={"c": [1, 3]})
    assert set(report.faults) == {kind}, str(report)
