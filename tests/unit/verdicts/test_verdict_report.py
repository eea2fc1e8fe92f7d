"""The verdict report: figures from a real database, and proposals by replaying what was stored."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from actions.cli import policy as commands
from actions.mood.reading import Mood
from actions.policy import Memory, PolicyConfig
from actions.signals import Signals
from actions.verdicts.database import DatabaseUnreadable, StoredTurn, Talk, read_talks
from actions.verdicts.figures import Prices, figures
from actions.verdicts.propose import handed_at, proposals, total_cost

CONFIG = PolicyConfig.load()
TABLES = """
CREATE TABLE conversation (id TEXT, channel TEXT);
CREATE TABLE handoff (id TEXT, conv_id TEXT, reason TEXT, rule TEXT, lang TEXT, queued_at REAL);
CREATE TABLE handoff_verdict (handoff_id TEXT, verdict TEXT);
CREATE TABLE turn (conv_id TEXT, in_seq INTEGER, created_at REAL, result TEXT);
CREATE TABLE event (conv_id TEXT, seq INTEGER, text TEXT);
"""


def said(text: str, anger: float = 0.0, **needs: float) -> StoredTurn:
    mood = Mood(0.2 if anger else 0.5, anger, 0.0, "angry" if anger >= 0.5 else "neutral")
    return StoredTurn(text, Signals(text=text, memory=Memory.empty(), mood=mood, needs=needs).to_dict())


def angry_talk(verdict: Any, anger: float) -> Talk:
    return Talk((said("你们这样不行", anger),), True, verdict, "angry", "angry", "zh", "web")


def write(path: Path, talks: list[Talk]) -> None:
    base = sqlite3.connect(path)
    base.executescript(TABLES)
    for index, talk in enumerate(talks):
        conv = f"c{index}"
        base.execute("INSERT INTO conversation VALUES (?, 'web')", (conv,))
        for seq, turn in enumerate(talk.turns):
            result = json.dumps({"decision": {"signals": dict(turn.signals)}})
            base.execute("INSERT INTO turn VALUES (?, ?, ?, ?)", (conv, seq, 100.0 + seq, result))
            base.execute("INSERT INTO event VALUES (?, ?, ?)", (conv, seq, turn.text))
        if talk.handed_over:
            row = (f"h{index}", conv, talk.reason, talk.rule, talk.lang, 100.5 + len(talk.turns))
            base.execute("INSERT INTO handoff VALUES (?, ?, ?, ?, ?, ?)", row)
            if talk.verdict:
                base.execute("INSERT INTO handoff_verdict VALUES (?, ?)", (f"h{index}", talk.verdict))
    base.commit()
    base.close()


def test_figures_count_needed_and_timely() -> None:
    talks = [angry_talk(verdict, 0.8) for verdict in ("right", "right", "too_early", "too_late", None)]
    found = figures(talks, Prices(1, 5))
    assert (found["handoffs"], found["judged"]) == (5, 4)
    assert (found["precision"], found["recall"], found["cost"]) == (0.75, 0.6667, 6)
    assert found["precision_from"] < 0.75
    assert figures([], Prices())["precision"] is None


def test_stored_signals_decide_as_they_did() -> None:
    furious = Talk((said("几点发货"), said("骗子", 0.95)), True, "right")
    assert handed_at(furious, CONFIG) == 2
    meant = Talk((said("换个会喘气的", ask_person=0.9),), True, "right")
    assert handed_at(meant, CONFIG) == 1


def test_too_early_anger_proposes_a_higher_threshold() -> None:
    talks = [angry_talk("too_early", 0.78) for _ in range(5)] + [angry_talk("right", 0.95) for _ in range(3)]
    found = {row["setting"]: row for row in proposals(talks, CONFIG, Prices())}
    assert found["mood.outburst"]["proposed"] > CONFIG.mood.outburst
    assert (
        found["mood.outburst"]["cost_then"] < found["mood.outburst"]["cost_now"] == total_cost(talks, CONFIG, Prices())
    )


def test_few_verdicts_propose_nothing() -> None:
    assert proposals([angry_talk("too_early", 0.8)] * 4, CONFIG, Prices()) == []


def test_reads_the_database_and_cuts_at_handoffs(tmp_path: Path) -> None:
    path = tmp_path / "baton.db"
    write(path, [angry_talk("right", 0.9), Talk((said("谢谢"),), False)])
    talks = read_talks(f"sqlite:///{path}", 0, 1e12)
    assert [(talk.handed_over, talk.verdict, len(talk.turns)) for talk in talks] == [
        (True, "right", 1),
        (False, None, 1),
    ]
    assert read_talks(f"sqlite:///{path}", 5e11, 1e12) == []


def test_turns_of_older_versions_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "baton.db"
    write(path, [angry_talk("right", 0.9)])
    base = sqlite3.connect(path)
    base.execute("UPDATE turn SET result = '{\"decision\": null}'")
    base.commit()
    base.close()
    assert [talk.turns for talk in read_talks(f"sqlite:///{path}", 0, 1e12)] == [()]


@pytest.mark.parametrize("url", ["sqlite:////nowhere/at/all.db", "nonsense", "sqlite://"])
def test_unreadable_database_says_what_to_do(url: str) -> None:
    with pytest.raises(DatabaseUnreadable, match="BATON_DATABASE_URL"):
        read_talks(url, 0, 1)


def test_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "baton.db", [angry_talk("too_early", 0.78)] * 5 + [angry_talk("too_late", 0.9)])
    monkeypatch.setenv("BATON_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("BATON_DATABASE_URL", raising=False)
    told = CliRunner().invoke(commands, ["report", "--json", "--price-late", "3"])
    found = json.loads(told.output)
    assert (found["overall"]["judged"], found["overall"]["cost"]) == (6, 8.0)
    assert found["proposals"]
    assert "mood.outburst" in CliRunner().invoke(commands, ["report"]).output
    monkeypatch.setenv("BATON_DATA_DIR", str(tmp_path / "none"))
    broken = CliRunner().invoke(commands, ["report"])
    assert broken.exit_code == 2
