"""The parts of Rasa's channel that need no Rasa: cleaning a request, building an answer from stored events."""

from __future__ import annotations

from typing import Any

import pytest

from bot.rasa import reply
from bot.rasa.errors import BadRequest
from bot.rasa.request import MAX_TEXT, clean, parse


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("/restart", "／restart"),
        (" \u0000/restart", "／restart"),
        ("a/b", "a/b"),
        ("好\u0007的\n谢谢", "好的\n谢谢"),
        ("👨‍👩‍👧", "👨‍👩‍👧"),
    ],
)
def test_clean(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@pytest.mark.parametrize("text", [None, 5, "", " \u0000 ", "x" * (MAX_TEXT + 1)])
def test_text_that_is_refused(text: Any) -> None:
    with pytest.raises(BadRequest, match="text"):
        clean(text)


@pytest.mark.parametrize(
    ("change", "field"), [({"sender": ""}, "sender"), ({"turn_id": None}, "turn_id"), ({"metadata": []}, "")]
)
def test_a_body_that_breaks_the_contract(change: dict[str, Any], field: str) -> None:
    body = {"sender": "s", "turn_id": "t", "text": "你好", "metadata": {}} | change
    if not field:
        assert parse(body).metadata == {"turn_id": "t"}
        return
    with pytest.raises(BadRequest, match=field):
        parse(body)


def test_answer_from_events() -> None:
    buttons = [{"title": "转人工", "payload": "转人工", "last": True}, {"title": "问题", "payload": "问题"}]
    clarify = {"utter_action": "utter_clarify", "item": "not for the gateway"}
    events = [
        {"event": "user", "parse_data": {"intent": {"name": "ask_faq", "confidence": 0.91234}}},
        {"event": "slot", "name": "decision", "value": {"action": "clarify"}},
        {"event": "bot", "text": "哪一个？", "data": {"buttons": buttons}, "metadata": clarify},
        {"event": "bot", "text": None, "data": {"custom": {"handoff": {"reason": "angry"}}}, "metadata": {}},
        {"event": "slot", "name": "decision", "value": None},
    ]
    answer = reply.build("t", events, {"order_number": "QH2026110001", "memory": {}, "ticket": None})
    assert answer["messages"] == [
        {
            "text": "哪一个？",
            "buttons": [{"title": "问题", "payload": "问题"}, {"title": "转人工", "payload": "转人工"}],
            "meta": {"response": "utter_clarify"},
        }
    ]
    assert answer["handoff"] == {"reason": "angry"}
    assert answer["slots"] == {"order_number": "QH2026110001"}
    assert answer["intent"] == {"name": "ask_faq", "confidence": 0.9123}
    assert answer["decision"] == {"action": "clarify"}
