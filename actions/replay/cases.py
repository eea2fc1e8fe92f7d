"""Conversations to replay, read from JSONL with checks that name file and line, or from plain text, one turn a line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from actions.replay.errors import CaseError, ReplayError
from actions.signals import REASONS

MAX_TURNS = 60


@dataclass(frozen=True)
class Expect:
    """What should happen. `first` … `last`: the turns, counted from 1, in which the handover is right."""

    handoff: bool
    first: int = 0
    last: int = 0
    reason: str | None = None


@dataclass(frozen=True)
class Case:
    """One conversation; `turns` are the customer's messages, `expect` None when nothing is claimed."""

    id: str
    lang: Literal["zh", "en"] | None
    turns: tuple[str, ...]
    expect: Expect | None = None
    vip: bool = False


def read_cases(path: Path) -> list[Case]:
    """Cases of a JSONL file. Raises CaseError with file and line, ReplayError when it cannot be read or is empty."""
    cases: list[Case] = []
    seen: set[str] = set()
    for number, line in enumerate(_text(path).splitlines(), 1):
        if not line.strip():
            continue
        case = _case(path, number, line)
        if case.id in seen:
            raise CaseError(path, number, f"the id {case.id!r} is used twice")
        seen.add(case.id)
        cases.append(case)
    if not cases:
        raise ReplayError(f"{path} holds no case. Write one JSON object a line.")
    return cases


def read_conversations(path: Path) -> list[Case]:
    """Cases of a `.jsonl` file; any other file is one conversation, one customer message a line."""
    if path.suffix == ".jsonl":
        return read_cases(path)
    turns = tuple(line.strip() for line in _text(path).splitlines() if line.strip())
    if not turns:
        raise ReplayError(f"{path} is empty. Write one customer message a line.")
    return [Case(path.stem, None, turns)]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ReplayError(f"{path} cannot be read ({error}). Give a UTF-8 file.") from error


def _case(path: Path, number: int, line: str) -> Case:
    try:
        data = json.loads(line)
    except ValueError as error:
        raise CaseError(path, number, f"no valid JSON ({error})") from error
    if not isinstance(data, dict):
        raise CaseError(path, number, "no JSON object")
    turns = data.get("turns")
    if not isinstance(turns, list) or not turns or not all(isinstance(turn, str) and turn for turn in turns):
        raise CaseError(path, number, "`turns` is no list of texts")
    if len(turns) > MAX_TURNS:
        raise CaseError(path, number, f"{len(turns)} turns, at most {MAX_TURNS}")
    lang = data.get("lang")
    if lang not in (None, "zh", "en"):
        raise CaseError(path, number, f"`lang` is {lang!r}, not zh or en")
    expect = _expect(path, number, data.get("expect"), len(turns))
    return Case(str(data.get("id") or f"line-{number}"), lang, tuple(turns), expect, data.get("vip") is True)


def _expect(path: Path, number: int, data: object, turns: int) -> Expect | None:
    if data is None:
        return None
    if not isinstance(data, Mapping) or not isinstance(data.get("handoff"), bool):
        raise CaseError(path, number, "`expect.handoff` is not true or false")
    if not data["handoff"]:
        return Expect(False)
    first, last = _place(data.get("from"), 1), _place(data.get("to"), turns)
    if first is None or last is None or not 1 <= first <= last <= turns:
        raise CaseError(path, number, f"`from` and `to` must be turns from 1 to {turns}, in order")
    reason = data.get("reason")
    if reason is not None and reason not in REASONS:
        raise CaseError(path, number, f"`reason` is {reason!r}, not one of {', '.join(REASONS)}")
    return Expect(True, first, last, reason)


def _place(value: Any, default: int) -> int | None:
    if value is None:
        return default
    return value if isinstance(value, int) and not isinstance(value, bool) else None
