"""Shows replayed conversations on a terminal: each turn's signals, rule and decision, or the figures of many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from actions.mood.reading import Mood
from actions.mood.state import MoodState, StateParams
from actions.replay.run import Outcome, Step

LEAST_SHOWN = 0.1


def explained(outcome: Outcome, found: Sequence[Mapping[str, Any]], params: StateParams) -> list[dict[str, Any]]:
    """One dict per turn: text, intent, mood, mood_state, faq, needs, rule, decision, replies, handoff. JSON-ready.

    found: what `/understand` says of each turn, in order, for turns whose decision holds no signals; may be empty.
    params: how mood gathers, for the state.
    """
    state, turns = MoodState.empty(), []
    for number, step in enumerate(outcome.steps, 1):
        state = state.update(Mood.from_dict(step.answer.get("mood")), params)
        faq = found[number - 1].get("faq") if number <= len(found) else None
        turns.append(_turn(number, step, state, faq))
    return turns


def _turn(number: int, step: Step, state: MoodState, faq: Any) -> dict[str, Any]:
    decision = step.decision
    signals = decision.get("signals") or {}
    return {
        "turn": number,
        "text": step.text,
        "intent": step.answer.get("intent"),
        "mood": step.answer.get("mood"),
        "mood_state": state.to_dict(),
        "faq": [{key: hit.get(key) for key in ("id", "score", "zone")} for hit in signals.get("faq") or faq or []],
        "needs": signals.get("needs") or {},
        "rule": decision.get("rule"),
        "decision": decision,
        "replies": [message.get("text") for message in step.answer.get("messages") or []],
        "handoff": step.handoff,
    }


def show_turns(title: str, turns: Sequence[Mapping[str, Any]], console: Console) -> None:
    """A table, one row a turn."""
    table = Table(title=escape(title), show_lines=True)
    for heading in ("#", "customer", "intent", "mood", "so far", "best FAQ", "may mean", "rule → decision", "reply"):
        table.add_column(heading, overflow="fold")
    for turn in turns:
        table.add_row(*(escape(cell) for cell in _cells(turn)))
    console.print(table)


def _cells(turn: Mapping[str, Any]) -> tuple[str, ...]:
    intent, mood, state = turn["intent"] or {}, turn["mood"] or {}, turn["mood_state"]
    best = turn["faq"][0] if turn["faq"] else None
    words = ", ".join(mood.get("spans") or [])
    return (
        str(turn["turn"]),
        str(turn["text"]),
        f"{intent.get('name')} {intent.get('confidence', 0):.2f}",
        f"{mood.get('label')} {_numbers(mood)} {words}",
        f"{state['level']} {state['evidence']:.2f}",
        f"{best['id']} {best['score']:.2f} {best['zone']}" if best else "–",
        _meant(turn["needs"]),
        _decided(turn),
        " / ".join(str(text) for text in turn["replies"]),
    )


def _numbers(mood: Mapping[str, Any]) -> str:
    return " ".join(f"{key[0]}{float(mood.get(key) or 0):.2f}" for key in ("valence", "anger", "urgency"))


def _meant(needs: Mapping[str, float]) -> str:
    """The needs the text may state, the likeliest first."""
    likely = sorted(((chance, name) for name, chance in needs.items() if chance >= LEAST_SHOWN), reverse=True)
    return ", ".join(f"{name} {chance:.2f}" for chance, name in likely[:3]) or "–"


def _decided(turn: Mapping[str, Any]) -> str:
    decision, handoff = turn["decision"], turn["handoff"]
    parts = [f"{decision.get('rule')} → {decision.get('action')}"]
    if decision.get("empathy"):
        parts.append(f"empathy: {decision['empathy']}")
    if handoff:
        parts.append(f"HANDED OVER: {handoff.get('reason')}, priority {handoff.get('priority')}")
    return "; ".join(parts)


def show_report(report: Mapping[str, Any], console: Console, *, misses: bool = True) -> None:
    """The figures, then, if wanted, each dialogue that went wrong."""
    table = Table(title="replay")
    table.add_column("figure")
    columns = {"all": report["overall"], **report["by_lang"]}
    for name in columns:
        table.add_column(name, justify="right")
    for key in report["overall"]:
        table.add_row(key, *("–" if figures[key] is None else str(figures[key]) for figures in columns.values()))
    console.print(table)
    for item in report["dialogues"] if misses else ():
        if item["verdict"] not in ("right", "unjudged") or item["reason_right"] is False:
            console.print(
                escape(f"{item['id']}: {item['verdict']}, turn {item['turn']}, {item['reason']} by {item['rule']}")
            )
