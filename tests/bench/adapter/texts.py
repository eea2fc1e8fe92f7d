"""The project's own training text for an adapter: questions by meaning, in groups that are easily mistaken."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from knowledge_base.markdown import load_entries

HERE = Path(__file__).parent
# One list for each meaning: its wordings. A group is what shares a batch.
Group = list[list[str]]


def groups(faq: Path) -> list[Group]:
    """Everyday patterns, small knowledge bases of many trades, and the shipped FAQ."""
    return [*_frames(), *_domains(), [list(entry.wordings) for entry in load_entries(faq)]]


def _frames() -> list[Group]:
    found: list[Group] = []
    things: list[str] = []
    for line in _lines("frames.txt"):
        if line.startswith("["):
            things = _parts(line.strip("[]"))
            found.append([])
        else:
            found[-1] += [[wording.replace("{}", thing) for wording in _parts(line)] for thing in things]
    return found


def _domains() -> list[Group]:
    found: list[Group] = []
    for line in _lines("domains.txt"):
        if line.startswith("["):
            found.append([])
        elif line.startswith("-"):
            found[-1] += [[wording] for wording in _parts(line[1:])]
        else:
            found[-1].append(_parts(line))
    return found


def _parts(line: str) -> list[str]:
    return [part.strip() for part in line.split("|")]


def _lines(name: str) -> Iterator[str]:
    raw = (HERE / name).read_text("utf-8").splitlines()
    return (line.strip() for line in raw if line.strip() and not line.startswith("#"))
