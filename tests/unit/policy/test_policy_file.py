"""A policy file with a mistake is refused with the file, the line and the way out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from actions.policy import PolicyConfig, PolicyError
from actions.policy.__main__ import main
from actions.policy.config import SHIPPED

TEXT = SHIPPED.read_text(encoding="utf-8")

MISTAKES = [
    (r"hand_over_at: 2 ", "hand_over_at: often ", "no_answer.hand_over_at", "whole number"),
    (r"decay: 0.75", "decay: 1.75", "mood.decay", "from 0 to 1"),
    (r"decay: 0.75", "decai: 0.75", "mood.decai", "not a setting"),
    (r"angry_leave: 0.6", "angry_leave: 2.6", "angry_leave", "above"),
    (r"tense_enter: 0.5", "tense_enter: 1.5", "tense_enter", "above"),
    (r"priority: 3", "priority: 9", "priority", "from 0 to 3"),
    (r"offer_when_tense: true", "offer_when_tense: maybe", "offer_when_tense", "true or false"),
    (r"'\(人工\)\{2,\}'", "'(人工{2,}'", "asked_for_person.patterns", "does not read"),
    (r"'\(人工\)\{2,\}'", "'(人工)*'", "asked_for_person.patterns", "matches every text"),
    (r"\[negative, no_answer, same_question, complaint\]", "[sunshine]", "vip.hand_over_on", "sunshine"),
    (r"rasa: \[.*?\]", "rasa: greet", "intents.rasa", "must be a list"),
    (r"version: 1", "version: 7", "version", "reads 1"),
    (r"\nversion: 1", "\nversion: 1\nversion: 1", "version", "twice"),
    (r"ask_person: ask_person", "ask_person: 12", "intents.ask_person", "not a name"),
    (r"\nempathy:\n", "\nsympathy:\n", "empathy", "missing"),
]


@pytest.mark.parametrize(("find", "put", "names", "says"), MISTAKES)
def test_each_mistake_names_its_line(tmp_path: Path, find: str, put: str, names: str, says: str) -> None:
    changed, count = re.subn(find, lambda _: put, TEXT, count=1)
    assert count == 1
    path = tmp_path / "policy.yml"
    path.write_text(changed, encoding="utf-8")
    with pytest.raises(PolicyError) as caught:
        PolicyConfig.load(path)
    message = str(caught.value)
    assert re.match(rf"{re.escape(str(path))}:\d+: ", message)
    assert names in message and says in message and "Remedy: " in message


@pytest.mark.parametrize("text", ["mood: [", "", "- a\n- b\n", "a: b: c", "\x00"])
def test_broken_yaml_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "policy.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PolicyError, match="Remedy: "):
        PolicyConfig.load(path)


def test_a_missing_or_unreadable_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="BATON_POLICY_FILE"):
        PolicyConfig.load(tmp_path / "none.yml")
    (tmp_path / "latin.yml").write_bytes(b"version: 1 # \xff\xfe\xe9")
    with pytest.raises(PolicyError, match="UTF-8"):
        PolicyConfig.load(tmp_path / "latin.yml")


def test_the_line_is_the_line_of_the_mistake(tmp_path: Path) -> None:
    path = tmp_path / "policy.yml"
    path.write_text(TEXT.replace("decay: 0.75", "decay: fast"), encoding="utf-8")
    line = next(n for n, text in enumerate(TEXT.splitlines(), 1) if "decay: 0.75" in text)
    with pytest.raises(PolicyError) as caught:
        PolicyConfig.load(path)
    assert caught.value.line == line


def test_the_check_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "good" in capsys.readouterr().out
    bad = tmp_path / "policy.yml"
    bad.write_text("version: x", encoding="utf-8")
    assert main([str(bad)]) == 2
    assert "policy.yml:1" in capsys.readouterr().err
