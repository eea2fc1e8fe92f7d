"""What the turns of the escalation dialogues teach the needs model, and what they must never hold."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from actions.needs.dialogues import FOLDER, PARTS, dialogue_texts
from actions.replay.cases import read_cases
from actions.replay.errors import ReplayError


def case(name: str, turns: list[str], first: int = 0, last: int = 0, reason: str | None = None) -> str:
    expect = {"handoff": True, "from": first, "to": last, "reason": reason} if reason else {"handoff": False}
    return json.dumps({"id": name, "lang": "zh", "turns": turns, "expect": expect}, ensure_ascii=False)


def write(folder: Path, *cases: str) -> Path:
    for number, part in enumerate(PARTS):
        lines = cases if number == 0 else (case("calm", ["几点上班"]),)
        (folder / part).write_text("\n".join(lines), encoding="utf-8")
    return folder


def test_nothing_of_a_sealed_part_is_learnt_from() -> None:
    assert not any("sealed" in part for part in PARTS)
    sealed = {text for path in FOLDER.glob("sealed*.jsonl") for row in read_cases(path) for text in row.turns}
    assert sealed and sealed.isdisjoint(dialogue_texts()), "how many they are and which, nobody reads"


def test_the_turn_that_is_due_states_its_reason_and_those_before_it_nothing(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        case("a", ["快递呢", "找个活的来", "还在吗"], 2, 2, "asked_for_person"),
        case("b", ["师傅把门撞坏了，我要说法"], 1, 1, "complaint"),
        case("c", ["真行", "真行啊"], 1, 2, "angry"),
        case("d", ["邻居总找我要工作人员电话"]),
    )
    texts = dialogue_texts(folder)
    assert (texts["快递呢"]["ask_person"], texts["快递呢"]["talk"], texts["快递呢"]["complaint"]) == (0, None, None)
    assert (texts["找个活的来"]["ask_person"], texts["找个活的来"]["refuse_person"]) == (1, 0)
    assert texts["找个活的来"]["legal"] is None
    assert texts["师傅把门撞坏了，我要说法"]["complaint"] == 1
    assert "真行" not in texts and "还在吗" not in texts, "which of the turns it was, the case does not say"
    assert texts["邻居总找我要工作人员电话"]["ask_person"] == 0
    first, later = texts["快递呢"]["unhelped"], texts["找个活的来"]["unhelped"]
    assert (first, later) == (0, None), "only what opens a talk cannot be said of an answer"


def test_a_sensitive_turn_says_nothing_of_which_topic_it_is(tmp_path: Path) -> None:
    texts = dialogue_texts(write(tmp_path, case("a", ["孩子把电池咽下去了"], 1, 1, "sensitive_topic")))
    assert set(texts["孩子把电池咽下去了"].values()) == {None}


def test_words_that_state_a_need_anywhere_state_it(tmp_path: Path) -> None:
    folder = write(tmp_path, case("a", ["人呢"]), case("b", ["人呢"], 1, 1, "asked_for_person"))
    assert dialogue_texts(folder)["人呢"]["ask_person"] == 1


def test_a_damaged_part_is_named(tmp_path: Path) -> None:
    folder = write(tmp_path, "{cut")
    with pytest.raises(ReplayError, match=rf"{PARTS[0]}"):
        dialogue_texts(folder)
    (folder / PARTS[1]).unlink()
    with pytest.raises(ReplayError):
        dialogue_texts(folder)
