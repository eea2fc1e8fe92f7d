"""Replaying conversations: reading cases, judging outcomes, explaining turns, and what the commands say of mistakes."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from actions import cli
from actions.mood.errors import MoodModelError
from actions.mood.predict import predict_lines
from actions.mood.reading import Mood
from actions.mood.state import StateParams
from actions.policy.config import SHIPPED
from actions.replay.cases import Case, Expect, read_cases, read_conversations
from actions.replay.client import Dialogue, Endpoints
from actions.replay.errors import CaseError, ReplayError, StackError
from actions.replay.run import Outcome, Step, replay_one
from actions.replay.score import report, summary, verdict
from actions.replay.show import explained
from actions.replay.stack import find_running

BENCH = Path(__file__).resolve().parents[2] / "bench" / "escalation"


def outcome(expect: Expect | None, turns: int, handed: bool, reason: str = "angry") -> Outcome:
    """`turns` messages answered; the last one handed over or not."""
    steps = [Step("…", {"handoff": None}) for _ in range(turns)]
    if handed:
        steps[-1] = Step("…", {"handoff": {"reason": reason, "rule": reason, "priority": 2}})
    return Outcome(Case("x", "zh", tuple("a" * 6), expect), tuple(steps))


@pytest.mark.parametrize(
    ("expect", "turns", "handed", "wanted"),
    [
        (Expect(True, 2, 3, "angry"), 2, True, "right"),
        (Expect(True, 2, 3, "angry"), 1, True, "early"),
        (Expect(True, 2, 3, "angry"), 4, True, "late"),
        (Expect(True, 2, 3, "angry"), 6, False, "missed"),
        (Expect(False), 6, False, "right"),
        (Expect(False), 1, True, "false_alarm"),
        (None, 1, True, "unjudged"),
    ],
)
def test_verdict(expect: Expect | None, turns: int, handed: bool, wanted: str) -> None:
    assert verdict(outcome(expect, turns, handed)) == wanted


def test_summary_counts_only_handovers_inside_their_window() -> None:
    due = Expect(True, 1, 2, "angry")
    figures = summary(
        [
            outcome(due, 1, True),
            outcome(due, 2, True, "vip"),
            outcome(due, 3, True),
            outcome(Expect(True, 1, 1, "asked_for_person"), 6, False),
            outcome(Expect(False), 2, True),
            outcome(Expect(False), 6, False),
        ]
    )
    assert figures["recall"] == 0.5 and figures["precision"] == 0.5
    assert figures["false_alarm_rate"] == 0.5 and figures["reason_accuracy"] == 0.5
    assert figures["asked_for_person_recall"] == 0.0
    assert (figures["late"], figures["missed"], figures["early"]) == (1, 1, 0)


def test_nothing_due_gives_no_share_and_no_error() -> None:
    figures = summary([outcome(Expect(False), 3, False)])
    assert figures["recall"] is None and figures["precision"] is None and figures["false_alarm_rate"] == 0.0
    assert report([])["overall"]["dialogues"] == 0


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "no valid JSON"),
        ("[]", "no JSON object"),
        ('{"turns": []}', "`turns`"),
        ('{"turns": ["a"], "lang": "fr"}', "`lang`"),
        ('{"turns": ["a"], "expect": {"handoff": "yes"}}', "`expect.handoff`"),
        ('{"turns": ["a"], "expect": {"handoff": true, "from": 1, "to": 2}}', "`from`"),
        ('{"turns": ["a"], "expect": {"handoff": true, "from": 1, "to": 1, "reason": "rage"}}', "`reason`"),
    ],
)
def test_a_wrong_case_is_named_with_its_line(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text('{"id": "a", "turns": ["你好"]}\n' + line + "\n", encoding="utf-8")
    with pytest.raises(CaseError) as error:
        read_cases(path)
    assert f"{path}:2:" in str(error.value) and said in str(error.value)


def test_ids_are_used_once_and_empty_files_refused(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text('{"id": "a", "turns": ["1"]}\n{"id": "a", "turns": ["2"]}\n', encoding="utf-8")
    with pytest.raises(CaseError, match="twice"):
        read_cases(path)
    path.write_text("\n", encoding="utf-8")
    with pytest.raises(ReplayError, match="no case"):
        read_cases(path)


def test_a_text_file_is_one_conversation(tmp_path: Path) -> None:
    path = tmp_path / "talk.txt"
    path.write_text("你好\n\n转人工\n", encoding="utf-8")
    assert read_conversations(path) == [Case("talk", None, ("你好", "转人工"))]


@pytest.mark.parametrize("part", ["tune", "sealed", "sealed-c"])
def test_the_benchmark_reads_and_is_balanced(part: str) -> None:
    cases = read_cases(BENCH / f"{part}.jsonl")
    counts = Counter(case.expect.handoff for case in cases if case.expect)
    assert sum(counts.values()) == len(cases) and abs(counts[True] - counts[False]) <= 0.05 * len(cases)
    assert all(case.expect.reason for case in cases if case.expect and case.expect.handoff)


def test_the_benchmark_is_as_large_as_promised_and_its_parts_share_nothing() -> None:
    tune, sealed = read_cases(BENCH / "tune.jsonl"), read_cases(BENCH / "sealed.jsonl")
    langs = Counter(case.lang for case in (*tune, *sealed))
    assert langs["zh"] >= 140 and langs["en"] >= 60
    assert not {case.turns for case in tune} & {case.turns for case in sealed}
    later = {case.turns for case in read_cases(BENCH / "sealed-c.jsonl")}
    assert not later & {case.turns for case in (*tune, *sealed)}


def answering(answers: list[dict[str, Any]]) -> Dialogue:
    """A dialogue whose HTTP side is replaced by prepared answers."""
    dialogue = Dialogue(Endpoints("http://rasa", "secret", "http://actions"))
    left = iter(answers)
    dialogue._http = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200, json=next(left))))
    return dialogue


def test_replay_stops_at_the_handover() -> None:
    handoff = {"reason": "angry", "rule": "angry", "priority": 2}
    dialogue = answering([{"handoff": None}, {"handoff": handoff}, {"handoff": None}])
    found = replay_one(Case("x", "zh", ("a", "b", "c")), dialogue)
    assert (found.turn, found.reason, len(found.steps)) == (2, "angry", 2)


@pytest.mark.parametrize(("status", "said"), [(401, "BATON_SHARED_SECRET"), (503, "503")])
def test_a_refusing_rasa_is_explained(status: int, said: str) -> None:
    dialogue = Dialogue(Endpoints("http://rasa", "secret"))
    dialogue._http = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(status, text="no")))
    with pytest.raises(StackError, match=said):
        replay_one(Case("x", None, ("a",)), dialogue)


def test_no_running_rasa_is_found_where_none_listens(tmp_path: Path) -> None:
    environ = {"BATON_RASA_URL": "http://127.0.0.1:9", "BATON_DATA_DIR": str(tmp_path), "BATON_SHARED_SECRET": "x" * 16}
    assert find_running(environ) is None


def test_explained_gathers_mood_over_turns() -> None:
    angry = Mood(valence=0.05, anger=0.7, label="angry").to_dict()
    steps = tuple(Step("…", {"mood": angry, "decision": {"rule": "left_to_rasa"}, "messages": []}) for _ in range(2))
    turns = explained(Outcome(Case("x", "zh", ("…", "…")), steps), [], StateParams())
    assert [turn["mood_state"]["level"] for turn in turns] == ["tense", "angry"]
    assert turns[0]["rule"] == "left_to_rasa" and turns[0]["faq"] == []


def test_predict_lines_keep_the_contract_and_name_a_wrong_line() -> None:
    found = predict_lines([(1, '{"text": "你好"}')], lambda texts: [Mood() for _ in texts], "in.jsonl")
    assert [set(item) for item in found] == [{"valence", "anger", "urgency", "label", "spans"}]
    with pytest.raises(MoodModelError, match=r"in\.jsonl:7"):
        predict_lines([(7, '{"txt": 1}')], lambda texts: [], "in.jsonl")


def test_policy_check_says_good_or_where_it_is_wrong(tmp_path: Path) -> None:
    runner = CliRunner()
    assert "good" in runner.invoke(cli.policy, ["check", str(SHIPPED)]).output
    broken = tmp_path / "policy.yml"
    broken.write_text("version: 9\n", encoding="utf-8")
    result = runner.invoke(cli.policy, ["check", str(broken)])
    assert result.exit_code == 2 and str(broken) in result.output and "Traceback" not in result.output


def test_replay_and_explain_refuse_files_they_cannot_read(tmp_path: Path) -> None:
    missing = str(tmp_path / "none.jsonl")
    for arguments in (["replay", "--cases", missing], ["explain", missing]):
        result = CliRunner().invoke(cli.policy, arguments)
        assert result.exit_code == 2 and json.dumps(missing)[1:-1] in result.output.replace("\n", "")
