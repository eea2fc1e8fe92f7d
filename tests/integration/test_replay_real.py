"""Conversations replayed through the real Rasa and action server, and turns that once went wrong."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from actions import cli
from actions.mood.state import StateParams
from actions.replay.cases import read_cases
from actions.replay.client import Dialogue, Endpoints
from actions.replay.run import replay_all
from actions.replay.score import report
from actions.replay.show import explained
from tests.support.dialogue import ROOT, RealDialogue

pytestmark = pytest.mark.rasa
CASES = ROOT / "tests/bench/escalation/tune.jsonl"


@pytest.fixture(scope="module")
def endpoints(rasa: RealDialogue) -> Endpoints:
    return Endpoints(rasa.rasa_url, rasa.secret, rasa.actions_url)


def test_every_tenth_case_of_the_tune_part(endpoints: Endpoints) -> None:
    overall = report(replay_all(read_cases(CASES)[::10], endpoints))["overall"]
    assert overall["recall"] >= 0.9 and overall["false_alarm_rate"] <= 0.1
    assert overall["asked_for_person_recall"] == 1.0


def test_explain_shows_signals_of_each_turn(endpoints: Endpoints) -> None:
    case = next(case for case in read_cases(CASES) if case.turns[0] == "不要机器人，要真人")
    (outcome,) = replay_all([case], endpoints)
    dialogue = Dialogue(endpoints)
    turns = explained(outcome, dialogue.understand([step.text for step in outcome.steps]), StateParams())
    dialogue.close()
    assert turns[0]["rule"] == "asked_for_person" and turns[0]["faq"] and turns[0]["handoff"]["priority"] == 1


def test_the_replay_command_uses_the_running_rasa(rasa: RealDialogue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATON_RASA_URL", rasa.rasa_url)
    monkeypatch.setenv("BATON_ACTIONS_URL", rasa.actions_url)
    monkeypatch.setenv("BATON_SHARED_SECRET", rasa.secret)
    path = rasa.data_dir / "two.jsonl"
    path.write_text(
        '{"id": "a", "lang": "zh", "turns": ["转人工"], "expect": {"handoff": true, "from": 1, "to": 1}}\n'
        '{"id": "b", "lang": "en", "turns": ["thanks"], "expect": {"handoff": false}}\n',
        encoding="utf-8",
    )
    result = CliRunner().invoke(cli.policy, ["replay", "--cases", str(path), "--json"])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["overall"]["recall"] == 1.0 and found["overall"]["false_alarm_rate"] == 0.0
    assert [(d["turn"], d["reason"]) for d in found["dialogues"]] == [(1, "asked_for_person"), (None, None)]


def test_a_crisis_gets_safety_words_first_and_the_highest_priority(rasa: RealDialogue) -> None:
    for text, lang in (("我家电饭煲冒烟了", "zh"), ("my rice cooker is smoking", "en")):
        (answer,) = rasa.talk([text], lang=lang)
        said = [message["meta"].get("response") for message in answer["messages"]]
        assert said == ["utter_safety_danger", "utter_handover_sensitive_topic"]
        assert answer["handoff"]["priority"] == 3


def test_thanks_are_never_answered_from_the_faq(rasa: RealDialogue) -> None:
    for answer in rasa.talk(["谢谢"]) + rasa.talk(["thanks"]):
        assert [message["meta"].get("response") for message in answer["messages"]] == ["utter_thanks"]


def test_a_story_told_in_the_complaint_form_is_taken_down(rasa: RealDialogue) -> None:
    _, told = rasa.talk(["我要投诉", "你们的退货怎么这么慢，我上周申请退货到现在快递员都没来取件"])
    assert [message["meta"].get("response") for message in told["messages"]] == ["utter_complaint_ask_contact"]
    assert told["slots"]["complaint_text"].startswith("你们的退货")


def test_the_unhappy_get_a_word_of_empathy_or_a_person(rasa: RealDialogue) -> None:
    (answer,) = rasa.talk(["你们什么破店，快递一周了还没到"])
    said = [str(message["meta"].get("response")) for message in answer["messages"]]
    warm = ("utter_empathy_", "utter_offer_person_angry")  # the offer to the angry is itself a word of empathy
    assert answer["handoff"] or any(name.startswith(warm) for name in said), answer
