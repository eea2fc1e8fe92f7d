"""Questions the editor has decided not to answer: one a line in `not-answered*.txt` of the FAQ folder, read at a build.

A text nearer to one of them than to any entry gets a lower score; one that stands there word for word is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from knowledge_base.markdown import decoded, file_bytes

PATTERN = "not-answered*.txt"


@dataclass(frozen=True, slots=True)
class Refused:
    """One question that is not answered on purpose. `path` is relative to the FAQ folder, `line` is 1-based."""

    text: str
    path: str
    line: int


def holds_refused(name: str) -> bool:
    """Whether a file of this name (without folders) holds such questions."""
    return fnmatchcase(name, PATTERN)


def question_in(line: str) -> str:
    """The question that a line of such a file holds; empty for a note, which begins with `#`, and for a blank line."""
    text = line.strip()
    return "" if text.startswith("#") else text


def refused_files(faq_dir: Path) -> list[Path]:
    """The files that hold such questions, sorted; hidden files and folders are left out."""
    found = (path for path in faq_dir.rglob(PATTERN) if path.is_file())
    return sorted(p for p in found if not any(part[0] in "._" for part in p.relative_to(faq_dir).parts))


def refused_questions(faq_dir: Path) -> list[Refused]:
    """Every line of every file; empty ones and notes, which begin with `#`, are none.

    Raises FaqError for a file that cannot be read or is not UTF-8, with the line.
    """
    return [refused for path in refused_files(faq_dir) for refused in refused_in(path, faq_dir)]


def refused_texts(faq_dir: Path) -> tuple[str, ...]:
    """Each of the questions once, in the order of the files. Raises what `refused_questions` raises."""
    return tuple(dict.fromkeys(refused.text for refused in refused_questions(faq_dir)))


def refused_in(path: Path, faq_dir: Path) -> Iterator[Refused]:
    """The questions of one of the files. Raises what `refused_questions` raises."""
    name = path.relative_to(faq_dir).as_posix()
    for number, line in enumerate(decoded(file_bytes(path, name), name).splitlines(), 1):
        if text := question_in(line):
            yield Refused(text, name, number)
