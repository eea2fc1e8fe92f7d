"""Reads the YAML of one entry or file into typed values, pointing at the line of every mistake."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from typing import Any

import yaml

from knowledge_base.errors import FaqError
from knowledge_base.models import Status

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# Small letters are the habit; what another system exports keeps its own names.
IDENTIFIER = re.compile(r"\w[\w.-]{0,79}")
_QUOTE = 'put quotes around the text, or use the full-width colon: - "like: this"'
LANGUAGES = ("zh", "en")
_REGION = re.compile(r"(?:zh|en)(?:[-_]\w+)*", re.I | re.A)


@dataclass
class Source:
    """A file being read: collects errors and warnings with their lines."""

    path: str
    lines: list[str]
    errors: list[FaqError] = field(default_factory=list)
    warnings: list[FaqError] = field(default_factory=list)

    def problem(self, line: int, message: str, remedy: str) -> FaqError:
        shown = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        return FaqError(self.path, max(line, 1), message, remedy, shown)

    def fail(self, line: int, message: str, remedy: str) -> None:
        self.errors.append(self.problem(line, message, remedy))

    def warn(self, line: int, message: str, remedy: str) -> None:
        self.warnings.append(self.problem(line, message, remedy))


@dataclass(frozen=True)
class Metadata:
    """Typed values by key, and the 1-based line of each key."""

    values: dict[str, Any]
    lines: dict[str, int]

    def over(self, defaults: Metadata) -> Metadata:
        """These values, completed by those of `defaults`."""
        return Metadata(defaults.values | self.values, defaults.lines | self.lines)


EMPTY = Metadata({}, {})


def read_metadata(text: str, first_line: int, source: Source) -> Metadata:
    """Read a YAML mapping that starts at `first_line` of the file; mistakes go to `source.errors`."""
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = first_line + (mark.line if mark else 0)
        source.fail(min(line, len(source.lines)), f"broken front matter: {error.problem or error.context}", _QUOTE)
        return EMPTY
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        source.fail(first_line, f"broken front matter: {str(error).splitlines()[0]}", "remove odd characters")
        return EMPTY
    if node is None:
        return EMPTY
    if not isinstance(node, yaml.MappingNode):
        line = first_line + node.start_mark.line
        source.fail(
            line,
            "front matter must be lines of the form `key: value`",
            "write for example: id: returns-window",
        )
        return EMPTY
    return _read_keys(node, first_line, source)


def _read_keys(node: yaml.MappingNode, first_line: int, source: Source) -> Metadata:
    values: dict[str, Any] = {}
    lines: dict[str, int] = {}
    for key_node, value_node in node.value:
        line = first_line + key_node.start_mark.line
        key = str(key_node.value).strip().lower() if isinstance(key_node, yaml.ScalarNode) else ""
        reader = _READERS.get(key)
        if reader is None:
            near = get_close_matches(key, _READERS, n=1)
            remedy = f"did you mean `{near[0]}`?" if near else "known keys: " + ", ".join(_READERS)
            source.warn(line, f"unknown key `{key[:60]}`", remedy)
        elif key in lines:
            source.fail(line, f"`{key}` is given twice", f"keep one of the lines {lines[key]} and {line}")
        else:
            lines[key] = line
            try:
                value = reader(value_node)
            except _BadValue as error:
                bad_line = first_line + (error.node or value_node).start_mark.line
                source.fail(bad_line, f"`{key}`: {error.message}", error.remedy)
                continue
            if value is not None:
                values[key] = value
    return Metadata(values, lines)


class _BadValue(Exception):
    """A value of the wrong kind; `node` is its place when that is narrower than the key's value."""

    def __init__(self, message: str, remedy: str, node: yaml.Node | None = None) -> None:
        super().__init__(message)
        self.message, self.remedy, self.node = message, remedy, node


def _text(node: yaml.Node) -> str | None:
    if not isinstance(node, yaml.ScalarNode):
        raise _BadValue("must be one text", _QUOTE, node)
    if node.tag == "tag:yaml.org,2002:null" and node.style is None:
        return None
    return " ".join(str(node.value).split()) or None


def _block(node: yaml.Node) -> str | None:
    """Like `_text`, with its line breaks: written as `answer_wechat: |` and indented lines."""
    if _text(node) is None or not isinstance(node, yaml.ScalarNode):
        return None
    kept = (char for char in str(node.value) if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs"))
    lines = "".join(kept).split("\n")
    return "\n".join(line.rstrip() for line in lines).strip("\n") or None


def _texts(node: yaml.Node) -> tuple[str, ...] | None:
    if isinstance(node, yaml.ScalarNode):
        single = _text(node)
        return None if single is None else (single,)
    if not isinstance(node, yaml.SequenceNode):
        raise _BadValue("must be a list", "write one item per line, each starting with `- `", node)
    items: list[str] = []
    for item in node.value:
        if isinstance(item, yaml.MappingNode):
            raise _BadValue("a colon and a space make YAML read this item as a mapping", _QUOTE, item)
        text = _text(item)
        if text and text not in items:
            items.append(text)
    return tuple(items)


def _date(node: yaml.Node) -> date | None:
    text = _text(node)
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _BadValue(f"{text[:40]!r} is not a date", "write year-month-day, for example 2026-03-31", node) from None


def _flag(node: yaml.Node) -> bool | None:
    text = _text(node)
    if text is None:
        return None
    if text.lower() in ("true", "yes", "on", "是"):
        return True
    if text.lower() in ("false", "no", "off", "否"):
        return False
    raise _BadValue(f"{text[:40]!r} is neither true nor false", "write true or false", node)


def _status(node: yaml.Node) -> Status | None:
    text = _text(node)
    if text is None:
        return None
    try:
        return Status(text.lower())
    except ValueError:
        choices = " or ".join(Status)
        raise _BadValue(f"{text[:40]!r} is not a status", f"write {choices}", node) from None


def _language(node: yaml.Node) -> str | None:
    text = _text(node)
    if text is None or text in LANGUAGES:
        return text
    if _REGION.fullmatch(text):  # zh-CN, en-US
        return text[:2].lower()
    raise _BadValue(f"{text[:40]!r} is not a language", "write " + " or ".join(LANGUAGES), node)


def _identifier(node: yaml.Node) -> str | None:
    text = _text(node)
    if text is None or IDENTIFIER.fullmatch(text):
        return text
    remedy = "use letters, digits, hyphens and dots, at most 80, for example returns-window"
    raise _BadValue(f"{text[:80]!r} cannot be an id", remedy, node)


_READERS: dict[str, Callable[[yaml.Node], Any]] = {
    "id": _identifier,
    "question": _text,
    "variants": _texts,
    "lang": _language,
    "category": _text,
    "tags": _texts,
    "valid_from": _date,
    "valid_until": _date,
    "owner": _text,
    "reviewed": _date,
    "status": _status,
    "followups": _texts,
    "sensitive": _flag,
    "answer_wechat": _block,
    "images": _texts,
    "links": _texts,
    "buttons": _texts,
    "alike": _texts,
}
