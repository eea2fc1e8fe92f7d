"""One entry under an editor's hands: its text in the file it would give, its mistakes, and how it will look."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from handoff.editor.errors import BadFaqPath, EditConflict, UnknownEntry
from handoff.editor.folder import FaqFolder, FileText
from knowledge_base.errors import FaqError
from knowledge_base.lint import Finding, Level, lint_files
from knowledge_base.markdown import FolderReader, ParsedFile, parse_text
from knowledge_base.models import Entry
from knowledge_base.refused import holds_refused
from knowledge_base.sections import new_file, put_section, split_file


@dataclass(frozen=True)
class Draft:
    """What an editor has typed. ``entry_id`` is the entry that was opened (None: a new one).

    ``section`` is its Markdown; ``version`` the file's when it was opened (None: a new file).
    """

    path: str
    entry_id: str | None
    section: str
    version: str | None


@dataclass(frozen=True)
class Opened:
    """An entry with its Markdown section and the version of its file."""

    entry: Entry
    section: str
    version: str


@dataclass(frozen=True)
class Checked:
    """A draft put into its file: the file's new text, the entry it gives (None when it gives none), the findings.

    ``version`` is the file's now (None: there is none); ``stale``: it was saved by somebody else since the draft was
    opened.
    """

    text: str
    entry: Entry | None
    before: Entry | None
    findings: list[Finding]
    version: str | None
    stale: bool

    @property
    def has_errors(self) -> bool:
        return any(finding.level is Level.ERROR for finding in self.findings)


class DraftBoard:
    """Reads the folder again and again; only files that changed are parsed."""

    def __init__(self, folder: FaqFolder) -> None:
        self._folder = folder
        self._reader = FolderReader(folder.root)
        self._lock = threading.Lock()

    def files(self, changed: dict[str, str] | None = None) -> list[ParsedFile]:
        """Every file as parsed, with ``changed`` texts in place of what is on disk; `FaqFolderUnusable`."""
        with self._lock, self._folder.reading():
            return self._reader.files(changed)

    def entries(self) -> dict[str, Entry]:
        """All entries by id, whatever their status; the first wins when an id is there twice."""
        found: dict[str, Entry] = {}
        for file in self.files():
            for entry in file.entries:
                found.setdefault(entry.id, entry)
        return found

    def open(self, entry_id: str) -> Opened:
        """The entry as it is on disk; `UnknownEntry` when it is not there."""
        entry = self.entries().get(entry_id)
        if entry is None:
            raise UnknownEntry(entry_id=entry_id)
        file = self._folder.read(entry.path)
        return _opened(file, entry_id)

    def check(self, draft: Draft, today: date) -> Checked:
        """Put the draft into its file and say what is wrong with it; nothing is written."""
        file = self._current(draft)
        before = _find(file.text, draft.path, draft.entry_id) if draft.entry_id else None
        if draft.entry_id and before is None:
            raise EditConflict(path=draft.path)
        line = before.line if before else None
        text = put_section(file.text, line, draft.section)
        begin = line or _last_section(text)
        end = begin + draft.section.strip("\n").count("\n")
        fresh = parse_text(text, draft.path)
        inside = [entry for entry in fresh.entries if begin <= entry.line <= end]
        findings = self._findings(draft, text, begin, end, today)
        if len(inside) > 1:
            findings.insert(0, _several(inside[1]))
        version = file.version or None
        return Checked(text, inside[0] if inside else None, before, findings, version, version != draft.version)

    def defaults(self, path: str) -> dict[str, Any]:
        """The values at the top of a file that its entries need not repeat; empty for a new file."""
        if not self._exists(path):
            return {"lang": _lang(path)}
        return dict(split_file(self._folder.read(path).text).shared)

    def _exists(self, path: str) -> bool:
        if holds_refused(path.rpartition("/")[2]):  # the folder holds them, too, but no entry may go there
            raise BadFaqPath(f"{path[:200]!r} is no file of entries.")
        return self._folder.exists(path)

    def _current(self, draft: Draft) -> FileText:
        if self._exists(draft.path):
            return self._folder.read(draft.path)
        return FileText(draft.path, new_file(_lang(draft.path), ""), "")

    def _findings(self, draft: Draft, text: str, begin: int, end: int, today: date) -> list[Finding]:
        """What is wrong inside the section, and what the change breaks elsewhere."""
        known = {_mark(finding) for finding in lint_files(self.files(), today)}
        found = lint_files(self.files({draft.path: text}), today, {draft.path: text}.__getitem__)
        inside = [f for f in found if f.problem.path == draft.path and begin <= f.problem.line <= end]
        caused = [f for f in found if f not in inside and _mark(f) not in known]
        return inside + caused


def _opened(file: FileText, entry_id: str) -> Opened:
    entry = _find(file.text, file.path, entry_id)
    if entry is None:  # taken out between listing and reading
        raise UnknownEntry(entry_id=entry_id)
    return Opened(entry, split_file(file.text).section(entry.line), file.version)


def _find(text: str, path: str, entry_id: str | None) -> Entry | None:
    return next((entry for entry in parse_text(text, path).entries if entry.id == entry_id), None)


def _last_section(text: str) -> int:
    sections = split_file(text).sections
    return sections[-1] if sections else 1


def _several(entry: Entry) -> Finding:
    message = "the text holds more than one entry"
    problem = FaqError(entry.path, entry.line, message, "edit one entry at a time; use `### ` for headings inside")
    return Finding(Level.ERROR, problem, entry.id)


def _mark(finding: Finding) -> tuple[str, str | None, str]:
    """Tells a finding apart although lines move."""
    return finding.problem.path, finding.entry_id, finding.problem.message


def _lang(path: str) -> str:
    return "en" if "en" in path.split("/")[:-1] else "zh"


def titles(entry: Entry, entries: dict[str, Entry]) -> Sequence[str]:
    """The questions of an entry's follow-ups, as the bot offers them."""
    return [entries[target].question for target in entry.followups if target in entries]
