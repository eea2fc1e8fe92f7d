"""Points a finding at the very line it speaks of: the variant, the follow-up, the sentence with the forbidden word."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from knowledge_base.errors import FaqError
from knowledge_base.models import Entry

if TYPE_CHECKING:
    from knowledge_base.lint import Finding

# The text of a file by its path in the folder; raises OSError or KeyError where there is none.
TextOf = Callable[[str], str]
ANSWER = "-->"


@dataclass(frozen=True)
class Spot:
    """`text` as it stands below the line that begins with `key` (ANSWER: in the answer itself)."""

    key: str
    text: str


def folder_texts(folder: Path) -> TextOf:
    """Reads the files of a folder, each once."""

    @cache
    def text_of(path: str) -> str:
        return (folder / path).read_text("utf-8-sig", errors="replace")

    return text_of


def placed(findings: Iterable[Finding], entries: Sequence[Entry], text_of: TextOf) -> list[Finding]:
    """The findings, each at its own line where that can be told; else at the heading of its entry, as before."""
    begins: dict[str, list[int]] = {}
    for entry in entries:
        begins.setdefault(entry.path, []).append(entry.line)
    return [_placed(finding, sorted(begins.get(finding.problem.path, ())), text_of) for finding in findings]


def _placed(finding: Finding, begins: Sequence[int], text_of: TextOf) -> Finding:
    problem, spot = finding.problem, finding.spot
    if spot is None or not spot.text:
        return finding
    try:
        text = text_of(problem.path)
    except (OSError, KeyError):
        return finding
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    following = bisect_right(begins, problem.line)
    end = begins[following] - 1 if following < len(begins) else len(lines)
    found = _line_of(lines[problem.line - 1 : end], spot)
    if found is None:
        return finding
    number = problem.line + found
    moved = FaqError(problem.path, number, problem.message, problem.remedy, lines[number - 1])
    return replace(finding, problem=moved)


def _line_of(lines: Sequence[str], spot: Spot) -> int | None:
    """Index of the first line with the text, from the line of the key on."""
    wanted = spot.text.casefold()
    begun = False
    for number, line in enumerate(lines):
        begun = begun or (line.rstrip().endswith(ANSWER) if spot.key == ANSWER else line.strip().startswith(spot.key))
        if begun and wanted in line.casefold():
            return number
    return None
