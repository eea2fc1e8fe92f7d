"""Reads one mapping of the policy file key by key, so that each mistake is reported with its line and the way out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from actions.policy.errors import PolicyError
from actions.policy.patterns import Patterns

_MENDED = "compare with the policy file shipped with this version"


def compose(path: Path) -> Section:
    """The top mapping of the file. Raises PolicyError for an absent, unreadable or broken file."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise PolicyError(path, None, "the file does not exist", "set BATON_POLICY_FILE to the policy file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(path, None, f"cannot read it ({error})", "save it as UTF-8, readable") from error
    try:
        node = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + 1 if mark is not None else None
        raise PolicyError(path, line, f"not valid YAML: {error.problem}", "check indents, quotes, colons") from error
    except YAMLError as error:
        raise PolicyError(path, None, f"not valid YAML: {error}", "remove characters that are not text") from error
    if not isinstance(node, MappingNode):
        raise PolicyError(path, 1, "the file holds no settings", _MENDED)
    return Section(path, "", node)


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1


def _value(node: ScalarNode) -> Any:
    """The plain Python value of a scalar, by the tag YAML resolved for it."""
    kind, text = str(node.tag).rpartition(":")[2], str(node.value)
    try:
        if kind == "int":
            return int(text.replace("_", ""), 0)
        if kind == "float":
            return float(text)
    except ValueError:
        return text
    if kind == "bool":
        return text.lower() in ("true", "yes", "on")
    return None if kind == "null" else text


class Section:
    """One mapping. Each getter marks its key as known; `finish` refuses what is left."""

    def __init__(self, path: Path, name: str, node: MappingNode) -> None:
        self.path = path
        self.name = name
        self.line = _line(node)
        self._nodes: dict[str, Node] = {}
        self._lines: dict[str, int] = {}
        self._known: set[str] = set()
        for key_node, value in node.value:
            key = str(key_node.value)
            if key in self._nodes:
                raise self.error(_line(key_node), f"{self._full(key)} is given twice", "keep one of the two")
            self._nodes[key] = value
            self._lines[key] = _line(key_node)

    def error(self, line: int | None, message: str, remedy: str) -> PolicyError:
        """A PolicyError in this file."""
        return PolicyError(self.path, line, message, remedy)

    def names(self) -> list[str]:
        """Keys in the order of the file."""
        return list(self._nodes)

    def _full(self, key: str) -> str:
        return f"`{self.name}.{key}`" if self.name else f"`{key}`"

    def _take(self, key: str) -> Node | None:
        self._known.add(key)
        return self._nodes.get(key)

    def section(self, key: str) -> Section:
        """A mapping below this one; it must be there."""
        node = self._take(key)
        if node is None:
            raise self.error(self.line, f"the section {self._full(key)} is missing", _MENDED)
        if not isinstance(node, MappingNode):
            raise self.error(_line(node), f"{self._full(key)} must hold settings", f"indent its keys under `{key}:`")
        return Section(self.path, f"{self.name}.{key}" if self.name else key, node)

    def number(self, key: str, default: float, low: float = 0.0, high: float = 1.0) -> float:
        """A number from `low` to `high`; `default` when the key is absent."""
        node = self._take(key)
        if node is None:
            return default
        value = self._scalar(key, node)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
            raise self._wrong(key, node, value, f"a number from {low:g} to {high:g}", f"for example {default:g}")
        return float(value)

    def whole(self, key: str, default: int, low: int = 0, high: int = 100) -> int:
        """A whole number from `low` to `high`; `default` when the key is absent."""
        node = self._take(key)
        if node is None:
            return default
        value = self._scalar(key, node)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self._wrong(key, node, value, f"a whole number from {low} to {high}", f"for example {default}")
        return value

    def switch(self, key: str, default: bool) -> bool:
        """true or false; `default` when the key is absent."""
        node = self._take(key)
        if node is None:
            return default
        value = self._scalar(key, node)
        if not isinstance(value, bool):
            raise self._wrong(key, node, value, "true or false", f"for example {str(default).lower()}")
        return value

    def word(self, key: str, default: str) -> str:
        """A name; `default` when the key is absent."""
        node = self._take(key)
        if node is None:
            return default
        value = self._scalar(key, node)
        if not isinstance(value, str) or not value.strip():
            raise self._wrong(key, node, value, "a name", f"for example {default or 'complaints'}")
        return value.strip()

    def optional_word(self, key: str) -> str | None:
        """A name, or None when the key is absent or null."""
        node = self._take(key)
        if node is None or self._scalar(key, node) is None:
            return None
        return self.word(key, "")

    def words(self, key: str, *, needed: bool = True) -> tuple[str, ...]:
        """A list of texts; absent means empty unless `needed`."""
        return tuple(text for text, _ in self._items(key, needed))

    def patterns(self, key: str, *, needed: bool = True) -> Patterns:
        """A list of regular expressions, compiled; absent means empty unless `needed`."""
        return Patterns(tuple(self._compiled(key, text, line) for text, line in self._items(key, needed)))

    def _compiled(self, key: str, text: str, line: int) -> re.Pattern[str]:
        try:
            pattern = re.compile(text, re.IGNORECASE)
        except re.error as error:
            message = f"{self._full(key)} holds an expression that does not read: {text!r} ({error})"
            remedy = "put a backslash before ( ) [ ] ? * + . when meant as themselves"
            raise self.error(line, message, remedy) from error
        if pattern.search(""):
            raise self.error(line, f"{self._full(key)}: {text!r} matches every text", "make it match at least one word")
        return pattern

    def _items(self, key: str, needed: bool) -> list[tuple[str, int]]:
        node = self._take(key)
        if node is None:
            if needed:
                raise self.error(self.line, f"the list {self._full(key)} is missing", _MENDED)
            return []
        if not isinstance(node, SequenceNode):
            raise self.error(_line(node), f"{self._full(key)} must be a list", "write each item on a line after `- `")
        items = []
        for item in node.value:
            if not isinstance(item, ScalarNode) or not str(item.value).strip():
                raise self.error(_line(item), f"{self._full(key)} holds an item that is no text", "quote the item: '…'")
            items.append((str(item.value), _line(item)))
        return items

    def _scalar(self, key: str, node: Node) -> Any:
        if not isinstance(node, ScalarNode):
            raise self.error(_line(node), f"{self._full(key)} must be one value", "write it on the line of its key")
        return _value(node)

    def _wrong(self, key: str, node: Node, value: Any, wanted: str, example: str) -> PolicyError:
        return self.error(_line(node), f"{self._full(key)} is {value!r}, not {wanted}", f"write {wanted}, {example}")

    def finish(self) -> None:
        """Refuse keys nobody asked for (most often a typing slip)."""
        for key, line in self._lines.items():
            if key not in self._known:
                known = ", ".join(sorted(self._known))
                raise self.error(line, f"{self._full(key)} is not a setting", f"use one of: {known}")
