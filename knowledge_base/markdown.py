"""Reads FAQ Markdown into entries: the first step from an editor's file to an answer."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from knowledge_base.errors import FaqError, FaqFolderMissing, FaqFolderUnreadable
from knowledge_base.metadata import EMPTY, Metadata, Source, read_metadata
from knowledge_base.models import Entry

_HEADING = re.compile(r"##(?:[ \t]+(.*?))?[ \t]*#*[ \t]*")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_SHAPE = "start the entry with `## Question`, then `<!--`, the lines `id: …`, and `-->`"
FILE_KEYS = ("lang", "category", "tags", "owner", "reviewed", "status", "valid_from", "valid_until")


@dataclass(frozen=True)
class ParsedFile:
    """What one file gave: sound entries, errors that hide an entry, and warnings."""

    path: str
    entries: tuple[Entry, ...]
    errors: tuple[FaqError, ...]
    warnings: tuple[FaqError, ...]


def faq_files(folder: Path) -> list[Path]:
    """The FAQ files below `folder`, sorted; README and hidden files are not entries.

    Raises FaqFolderMissing, and FaqFolderUnreadable also for a folder inside: a part of the FAQ is not the FAQ.
    """
    try:
        found = sorted(_files_below(folder))
    except FileNotFoundError as error:
        raise FaqFolderMissing(
            f"there is no FAQ folder {folder}", "set BATON_FAQ_DIR or pass the folder's path"
        ) from error
    except OSError as error:
        message = f"the FAQ folder {error.filename or folder} cannot be read: {error.strerror}"
        remedy = "set BATON_FAQ_DIR to a folder, give the right to read it, and see that its disk is there and sound"
        raise FaqFolderUnreadable(message, remedy) from error
    return found


def _files_below(folder: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        # A folder inside may be taken away while it is looked for.
        if not isinstance(error, FileNotFoundError) or Path(error.filename) == folder:
            raise error

    for place, inside, names in os.walk(folder, onerror=refuse):
        inside[:] = [name for name in inside if not name.startswith((".", "_"))]
        for name in names:
            path = Path(place, name)
            named = path.suffix == ".md" and path.stem.upper() != "README" and not name.startswith((".", "_"))
            if named and path.is_file():  # a link that leads nowhere, or a pipe, is no text
                yield path


def load_entries(folder: Path) -> list[Entry]:
    """All entries below `folder`, whatever their status; raises the first FaqError.

    Ids are unique over the whole folder. Use `lint` to see every mistake at once.
    """
    return FolderReader(folder).load()


class FolderReader:
    """Reads one FAQ folder again and again; files whose time and size stayed the same are not parsed again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._parsed: dict[Path, tuple[tuple[int, int], ParsedFile]] = {}

    def load(self) -> list[Entry]:
        """See `load_entries`."""
        return entries_of(self.files())

    def files(self, changed: Mapping[str, str] | None = None) -> list[ParsedFile]:
        """All files, broken ones too; `changed` holds texts by path that stand in for what is on disk."""
        parsed = {path: self._read(path) for path in faq_files(self._folder)}
        self._parsed = parsed
        found = {file.path: file for _, file in parsed.values()}
        found |= {path: parse_text(text, path) for path, text in (changed or {}).items()}
        return [found[path] for path in sorted(found)]

    def _read(self, path: Path) -> tuple[tuple[int, int], ParsedFile]:
        try:
            status = path.stat()
        except OSError:  # gone since it was listed: the parser reports it
            return (0, -1), parse_file(path, self._folder)
        stamp = (status.st_mtime_ns, status.st_size)
        known = self._parsed.get(path)
        return known if known and known[0] == stamp else (stamp, parse_file(path, self._folder))


def entries_of(files: Iterable[ParsedFile]) -> list[Entry]:
    """The entries of all files; raises the first FaqError, also for an id that is given twice."""
    entries: list[Entry] = []
    places: dict[str, Entry] = {}
    for file in files:
        if file.errors:
            raise file.errors[0]
        for entry in file.entries:
            if entry.id in places:
                raise double_id(entry, places[entry.id])
            places[entry.id] = entry
            entries.append(entry)
    return entries


def double_id(entry: Entry, first: Entry) -> FaqError:
    """The error for an id that `first` already has."""
    message = f"the id `{entry.id}` is already used at {first.path}:{first.line}"
    return FaqError(entry.path, entry.line, message, "give one of the two another id", f"## {entry.question}")


def parse_file(path: Path, root: Path | None = None) -> ParsedFile:
    """Read one file; entry paths are relative to `root`."""
    name = path.relative_to(root).as_posix() if root else path.as_posix()
    try:
        return parse_bytes(file_bytes(path, name), name)
    except FaqError as problem:
        return ParsedFile(name, (), (problem,), ())


def parse_bytes(raw: bytes, name: str) -> ParsedFile:
    """Read a file's bytes: UTF-8 with or without a mark, any line ending. Never raises."""
    try:
        return parse_text(decoded(raw, name), name)
    except FaqError as problem:
        return ParsedFile(name, (), (problem,), ())


def file_bytes(path: Path, name: str) -> bytes:
    """What a file of the FAQ folder holds; raises FaqError under its `name` when it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise FaqError(name, 1, f"cannot read the file: {error.strerror}", "check its permissions") from error


def decoded(raw: bytes, name: str) -> str:
    """The text of a file's bytes, UTF-8 with or without a mark; raises FaqError with the line that is not."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        shown = raw.splitlines()[line - 1].decode("gb18030", "replace") if raw else ""
        message, remedy = "the file is not UTF-8 text", "save it again with the encoding UTF-8"
        raise FaqError(name, line, message, remedy, shown) from error


def parse_text(text: str, name: str) -> ParsedFile:
    """Read the text of one file; one broken entry does not hide the others. Never raises."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "�").split("\n")
    source = Source(name, lines)
    defaults, start = front_matter(source)
    if "id" in defaults.values:
        found = _entry(source, defaults, 1, defaults.values.get("question", ""), lines[start:])
        entries = [found] if found else []
    else:
        entries = list(_sections(source, defaults, start))
    return ParsedFile(name, tuple(entries), tuple(source.errors), tuple(source.warnings))


def front_matter(source: Source) -> tuple[Metadata, int]:
    """The file's own metadata and the index of the line after it."""
    if not source.lines or source.lines[0].rstrip() != "---":
        return EMPTY, 0
    for index in range(1, len(source.lines)):
        if source.lines[index].rstrip() in ("---", "..."):
            return read_metadata("\n".join(source.lines[1:index]), 2, source), index + 1
    source.fail(1, "the front matter is never closed", "add a line `---` after its last key")
    return EMPTY, len(source.lines)


def _sections(source: Source, defaults: Metadata, start: int) -> Iterator[Entry]:
    shared = Metadata({k: v for k, v in defaults.values.items() if k in FILE_KEYS}, {})
    for key in sorted(set(defaults.values) - set(FILE_KEYS)):
        source.fail(defaults.lines[key], f"`{key}` at the top of a file needs an `id` beside it", _SHAPE)
    headings = list(heading_lines(source.lines, start))
    _check_intro(source, start, headings[0] if headings else len(source.lines))
    for number, begin in enumerate(headings):
        end = headings[number + 1] if number + 1 < len(headings) else len(source.lines)
        entry = _section(source, shared, begin, end)
        if entry:
            yield entry


def heading_lines(lines: list[str], start: int) -> Iterator[int]:
    """Indexes of `## ` lines outside code fences and HTML comments."""
    fence = ""
    in_comment = False
    for index in range(start, len(lines)):
        line = lines[index]
        mark = _FENCE.match(line)
        if in_comment:
            in_comment = "-->" not in line
        elif fence:
            # A fence closes with at least as many of the same marks and nothing after them.
            if mark and mark[1].startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
        elif mark:
            fence = mark[1]
        elif line.startswith("<!--"):
            in_comment = "-->" not in line
        elif _HEADING.fullmatch(line):
            yield index


def _check_intro(source: Source, start: int, end: int) -> None:
    in_comment = False
    for index in range(start, end):
        line = source.lines[index].strip()
        if in_comment or line.startswith("<!--"):
            in_comment = "-->" not in line
        elif line and not line.startswith("# "):
            source.warn(index + 1, "this text stands before the first question and is never shown", _SHAPE)
            return


def _section(source: Source, shared: Metadata, begin: int, end: int) -> Entry | None:
    match = _HEADING.fullmatch(source.lines[begin])
    question = " ".join((match[1] or "").split()) if match else ""
    cursor = begin + 1
    while cursor < end and not source.lines[cursor].strip():
        cursor += 1
    if cursor >= end or not source.lines[cursor].lstrip().startswith("<!--"):
        source.fail(begin + 1, "the entry has no id", _SHAPE)
        return None
    close = next((i for i in range(cursor, end) if "-->" in source.lines[i]), None)
    if close is None:
        source.fail(cursor + 1, "the comment `<!--` is never closed", "add a line `-->` after the last key")
        return None
    block = "\n".join(source.lines[cursor : close + 1])
    inside, _, rest = block.partition("-->")
    before = len(source.errors)
    metadata = read_metadata(inside.lstrip().removeprefix("<!--"), cursor + 1, source)
    if len(source.errors) > before:
        return None
    question = str(metadata.values.get("question") or question)
    return _entry(source, metadata.over(shared), begin + 1, question, [rest, *source.lines[close + 1 : end]])


def _entry(source: Source, metadata: Metadata, line: int, question: str, body: list[str]) -> Entry | None:
    values = metadata.values
    if "id" not in values:
        source.fail(line, "the entry has no id", "add a line such as `id: returns-window`")
        return None
    if not question:
        source.fail(line, f"the entry `{values['id']}` has no question", "write the question after `## `")
        return None
    begins, ends = values.get("valid_from"), values.get("valid_until")
    if begins and ends and ends < begins:
        where = metadata.lines.get("valid_until", line)
        source.fail(where, "`valid_until` is before `valid_from`", "exchange the two dates")
        return None
    facts = {key: value for key, value in values.items() if key != "question"}
    facts["variants"] = tuple(v for v in facts.get("variants", ()) if v != question)
    facts.setdefault("lang", _lang_of_path(source.path))
    return Entry(question=question, answer=_trim(body), path=source.path, line=line, **facts)


def _lang_of_path(path: str) -> str:
    return "en" if "en" in Path(path).parts[:-1] else "zh"


def _trim(lines: list[str]) -> str:
    return "\n".join(line.rstrip() for line in lines).strip("\n")
