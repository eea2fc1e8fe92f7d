"""Reads CSV, XLSX and JSON Lines tables into entries, naming the row of every mistake."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any

from knowledge_base.errors import ImportRefused
from knowledge_base.metadata import IDENTIFIER, LANGUAGES
from knowledge_base.models import Entry, Status
from knowledge_base.text import detect_language

_COLUMNS = ("id", "question", "variants", "answer", "lang")
_NAMES = {
    "微信答案": "answer_wechat",
    "编号": "id", "问题": "question", "标准问": "question", "相似问": "variants", "变体": "variants",
    "答案": "answer", "回答": "answer", "语言": "lang", "分类": "category", "标签": "tags",
}  # fmt: skip
_FILE = re.compile(r"[^/\\:\0][^\\:\0]*\.md")
_SPLIT = re.compile(r"[\n|；;]+")
_NOT_ID = re.compile(r"[^\w.-]+")
_REMEDY = "give the columns " + ", ".join(_COLUMNS) + " (variants are separated by | or line breaks)"

Row = dict[str, Any]


def read_table(path: Path) -> list[Entry]:
    """Entries of a table, in its order; the kind is told by the file's ending. Raises ImportRefused."""
    readers = {".csv": _csv_rows, ".xlsx": _xlsx_rows, ".jsonl": _jsonl_rows}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise ImportRefused(f"{path}: unknown kind of table {path.suffix!r}", "give .csv, .xlsx or .jsonl")
    try:
        rows = list(reader(path))
    except OSError as error:
        raise ImportRefused(f"cannot read {path}: {error.strerror or error}", "check the path") from error
    entries: list[Entry] = []
    places: dict[str, int] = {}
    for number, row in rows:
        entry = _entry(row, number, path)
        if entry.id in places:
            raise ImportRefused(
                f"{path}:{number}: the id `{entry.id}` is already in row {places[entry.id]}", "rename one"
            )
        places[entry.id] = number
        entries.append(entry)
    if not entries:
        raise ImportRefused(f"{path} holds no row", _REMEDY)
    return entries


def _csv_rows(path: Path) -> Iterator[tuple[int, Row]]:
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Spreadsheet programs in China save CSV in this encoding.
        try:
            text = raw.decode("gb18030")
        except UnicodeDecodeError as error:
            raise ImportRefused(f"{path} is neither UTF-8 nor GB18030", "save it as CSV UTF-8") from error
    reader = csv.DictReader(io.StringIO(text, newline=""))
    try:
        for row in reader:
            if any(value for value in row.values()):
                yield reader.line_num, {str(key): value for key, value in row.items() if key is not None}
    except csv.Error as error:
        raise ImportRefused(f"{path}:{reader.line_num}: {error}", "save it again as CSV UTF-8") from error


def _xlsx_rows(path: Path) -> Iterator[tuple[int, Row]]:
    import zipfile

    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        sheet = load_workbook(path, read_only=True, data_only=True).worksheets[0]
        rows = list(sheet.iter_rows(values_only=True))
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, IndexError) as error:
        raise ImportRefused(f"{path} is not a readable workbook: {error}", "save it again as .xlsx") from error
    if not rows:
        return
    header = [str(cell or "") for cell in rows[0]]
    for number, cells in enumerate(rows[1:], 2):
        if any(cell is not None for cell in cells):
            yield number, dict(zip(header, cells, strict=False))


def _jsonl_rows(path: Path) -> Iterator[tuple[int, Row]]:
    try:
        lines = path.read_text("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise ImportRefused(f"{path} is not UTF-8", "save it again as UTF-8") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise ImportRefused(f"{path}:{number}: not JSON: {error}", "write one object per line") from error
        if not isinstance(row, dict):
            raise ImportRefused(f"{path}:{number}: not an object", _REMEDY)
        yield number, row


def _facts(cells: Row, where: str) -> Row:
    """The columns that export writes beside the common ones; raises ImportRefused on a value of the wrong kind."""
    facts: Row = {}
    for key in ("images", "links", "buttons", "followups", "alike"):
        cleaned = (" ".join(text.split()) for text in _texts(cells.get(key)))
        facts[key] = tuple(dict.fromkeys(text for text in cleaned if text))
    for key in ("valid_from", "valid_until", "reviewed"):
        text = _text(cells.get(key)).strip()[:10]
        try:
            facts[key] = date.fromisoformat(text) if text else None
        except ValueError:
            raise ImportRefused(f"{where}: `{key}`: {text!r} is not a date", "write 2026-03-31") from None
    status = _text(cells.get("status")).strip().lower() or Status.PUBLISHED.value
    if status not in {known.value for known in Status}:
        raise ImportRefused(f"{where}: unknown status {status!r}", "write published or draft")
    facts["status"] = Status(status)
    facts["sensitive"] = _text(cells.get("sensitive")).strip().lower() in ("true", "yes", "1", "是")
    facts["owner"] = " ".join(_text(cells.get("owner")).split())
    facts["answer_wechat"] = _lines(cells.get("answer_wechat"))
    facts["path"] = _path(_text(cells.get("path")).strip(), where)
    return facts


def _path(text: str, where: str) -> str:
    """The file an exported entry came from; raises ImportRefused on one that is not inside a FAQ folder."""
    parts = PurePosixPath(text).parts
    if text and (not _FILE.fullmatch(text) or any(part.startswith((".", "_")) for part in parts)):
        raise ImportRefused(f"{where}: `path`: {text[:80]!r} is not a file of a FAQ folder", "write zh/returns.md")
    return text


def _lines(value: Any) -> str:
    return "\n".join(line.rstrip() for line in _text(value).splitlines()).strip("\n")


def _entry(row: Row, number: int, path: Path) -> Entry:
    cells = {_column(key): value for key, value in row.items()}
    question = " ".join(_text(cells.get("question")).split())
    answer = _lines(cells.get("answer"))
    if not question or not answer:
        raise ImportRefused(f"{path}:{number}: the row has no {'question' if not question else 'answer'}", _REMEDY)
    lang = _text(cells.get("lang")).lower()[:2] or detect_language(question)
    if lang not in LANGUAGES:
        raise ImportRefused(f"{path}:{number}: unknown language {lang!r}", "write " + " or ".join(LANGUAGES))
    variants = (" ".join(text.split()) for text in _texts(cells.get("variants")))
    return Entry(
        id=_identifier(_text(cells.get("id")), number),
        question=question,
        answer=answer,
        variants=tuple(dict.fromkeys(text for text in variants if text and text != question)),
        lang=lang,
        category=" ".join(_text(cells.get("category")).split()),
        tags=tuple(dict.fromkeys(" ".join(tag.split()) for tag in _texts(cells.get("tags")) if tag.strip())),
        **_facts(cells, f"{path}:{number}"),
    )


def _column(name: Any) -> str:
    plain = str(name).strip().lower()
    return _NAMES.get(plain, plain)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value).replace("\r\n", "\n").replace("\r", "\n")
    return "".join(char for char in text if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs"))


def _texts(value: Any) -> list[str]:
    if isinstance(value, list):
        return [_text(item) for item in value]
    text = _text(value).strip()
    if text.startswith("["):
        try:
            items = json.loads(text)
        except ValueError:
            items = None
        if isinstance(items, list):
            return [_text(item) for item in items]
    return _SPLIT.split(_text(value))


def _identifier(given: str, number: int) -> str:
    return clean_id(given) or f"imported-{number:04d}"


def clean_id(given: str) -> str:
    """The id that import makes of a given one: itself where it can be an id; empty when nothing of it can."""
    text = given.strip()
    return text if IDENTIFIER.fullmatch(text) else _NOT_ID.sub("-", text).strip("-._")[:80]
