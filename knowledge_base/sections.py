"""Changes one entry inside the text of its file and leaves every other line as the editor wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from knowledge_base.markdown import FILE_KEYS, front_matter, heading_lines
from knowledge_base.metadata import Source


@dataclass(frozen=True)
class FileParts:
    """A file's lines, the values at its top that count for all entries, and the line (1-based) of each section.

    `single` is true when the whole file is one entry.
    """

    lines: tuple[str, ...]
    shared: Mapping[str, Any]
    sections: tuple[int, ...]
    single: bool

    def span(self, line: int) -> tuple[int, int]:
        """Indexes (begin, end) of the section whose heading stands at `line`; the whole file for line 1 of one entry.

        KeyError when no section begins there.
        """
        if self.single:
            return 0, len(self.lines)
        if line not in self.sections:
            raise KeyError(line)
        later = [other for other in self.sections if other > line]
        return line - 1, (later[0] - 1 if later else len(self.lines))

    def section(self, line: int) -> str:
        """The Markdown of one section, without the blank lines after it."""
        begin, end = self.span(line)
        return "\n".join(self.lines[begin:end]).rstrip("\n") + "\n"


def split_file(text: str) -> FileParts:
    """Find the sections of a file's text (line breaks are `\\n`)."""
    lines = text.split("\n")
    source = Source("", lines)
    defaults, start = front_matter(source)
    if "id" in defaults.values:
        return FileParts(tuple(lines), {}, (), True)
    shared = {key: value for key, value in defaults.values.items() if key in FILE_KEYS}
    return FileParts(tuple(lines), shared, tuple(index + 1 for index in heading_lines(lines, start)), False)


def put_section(text: str, line: int | None, section: str) -> str:
    """The file's text with the section at `line` replaced, or with `section` at its end when `line` is None.

    An empty `section` takes the old one out. KeyError when no section begins at `line`.
    """
    parts = split_file(text)
    fresh = section.strip("\n").split("\n") if section.strip() else []
    if line is None:
        head = text.rstrip("\n")
        return "\n".join([*([head, ""] if head else []), *fresh, ""])
    begin, end = parts.span(line)
    after = list(parts.lines[end:])
    body = [*parts.lines[:begin], *fresh, *([""] if fresh and after else []), *after]
    return "\n".join(body).rstrip("\n") + "\n"


def new_file(lang: str, title: str) -> str:
    """The text of a new file before its first entry."""
    heading = f"# {' '.join(title.split())}\n" if title.strip() else ""
    return f"---\nlang: {lang}\n---\n\n{heading}"
