"""Writes entries as the Markdown that `markdown` reads: what import makes and an editor can go on with."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from knowledge_base.errors import ImportRefused
from knowledge_base.manifest import write_whole
from knowledge_base.markdown import parse_text
from knowledge_base.models import Entry, Status

_PLAIN = re.compile(r"[A-Za-z0-9_\u4e00-\u9fff][\w\u4e00-\u9fff，。？！、（） .+%/-]*")
_YAML_WORDS = frozenset(["null", "true", "false", "yes", "no", "on", "off", "~"])


def render_entry(entry: Entry, shared: Mapping[str, Any] | None = None) -> str:
    """One section: heading, YAML in a comment, answer.

    `shared` are the values at the top of its file; what equals them is not written again.
    """
    known = {"lang": entry.lang, "status": Status.PUBLISHED, **(shared or {})}
    lines = [f"## {entry.question}", "<!--", f"id: {entry.id}"]
    if not _is_heading_safe(entry.question):
        lines = ["## " + " ".join(entry.question.strip("# ").split()), *lines[1:]]
        lines.append(f"question: {_quote(entry.question)}")
    if entry.lang != known["lang"]:
        lines.append(f"lang: {entry.lang}")
    if entry.variants:
        lines += ["variants:", *(f"  - {_scalar(text)}" for text in entry.variants)]
    if entry.tags and entry.tags != known.get("tags"):
        lines.append(f"tags: [{', '.join(_item(tag) for tag in entry.tags)}]")
    lines += _own_facts(entry, known)
    if entry.followups:
        lines.append(f"followups: [{', '.join(_item(target) for target in entry.followups)}]")
    if entry.sensitive:
        lines.append("sensitive: true")
    for key in ("images", "links", "buttons"):
        items: tuple[str, ...] = getattr(entry, key)
        if items:
            lines += [f"{key}:", *(f"  - {_quote(text)}" for text in items)]
    if entry.alike:
        lines += ["alike:", *(f"  - {_scalar(text)}" for text in entry.alike)]
    if entry.answer_wechat:
        lines.append(f"answer_wechat: {_quote(entry.answer_wechat)}")
    return "\n".join([*lines, "-->", entry.answer.strip("\n"), ""])


def _own_facts(entry: Entry, known: Mapping[str, Any]) -> Iterator[str]:
    """Lines of the keys that the top of a file may give for all its entries."""
    for key in ("valid_from", "valid_until", "reviewed"):
        day: date | None = getattr(entry, key)
        if day and day != known.get(key):
            yield f"{key}: {day.isoformat()}"
    for key in ("category", "owner"):
        text: str = getattr(entry, key)
        if text and text != known.get(key):
            yield f"{key}: {_scalar(text)}"
    if entry.status != known["status"]:
        yield f"status: {entry.status.value}"


def render_file(entries: Sequence[Entry], lang: str) -> str:
    """A whole file of one language; raises ImportRefused when an answer cannot be kept in a section."""
    body = "\n".join(render_entry(entry) for entry in entries)
    text = f"---\nlang: {lang}\n---\n\n{body}"
    check_kept(text, entries)
    return text


def check_kept(text: str, entries: Iterable[Entry]) -> None:
    """Raises ImportRefused when a file's text does not read back as these entries."""
    kept = {entry.id: replace(entry, path="", line=1) for entry in parse_text(text, "rendered.md").entries}
    for entry in entries:
        found, wanted = kept.get(entry.id), replace(entry, path="", line=1)
        if found is None or (found.question, found.answer) != (wanted.question, wanted.answer):
            raise ImportRefused(
                f"`{entry.id}` cannot be kept in one section: its answer holds a line that starts with `## `",
                "use `### ` for headings inside an answer",
            )
        differing = [key for key, value in wanted.to_dict().items() if found.to_dict()[key] != value]
        if differing:
            raise ImportRefused(
                f"`{entry.id}`: `{differing[0]}` cannot be written as Markdown without a change",
                "remove odd characters and repeated items from it",
            )


def write_folder(entries: Iterable[Entry], out: Path) -> list[Path]:
    """Write entries to the files they came from, others to `out/<lang>/<category or imported>.md`.

    Refuses to overwrite a file; on OSError nothing is left behind.
    """
    groups: dict[Path, list[Entry]] = defaultdict(list)
    for entry in entries:
        name = re.sub(r"[^\w-]+", "-", entry.category).strip("-").lower() or "imported"
        groups[out / (entry.path or f"{entry.lang}/{name}.md")].append(entry)
    files = {path: render_file(group, group[0].lang) for path, group in groups.items()}
    for path in files:
        if path.exists():
            raise ImportRefused(f"{path} already exists", "choose another --out folder, or move the file away")
    written: list[Path] = []
    try:
        for path, text in files.items():
            write_whole(path, text.encode())
            written.append(path)
    except OSError:  # a full disk: the next attempt must not find half of the files
        for path in written:
            path.unlink(missing_ok=True)
        raise
    return sorted(files)


def _is_heading_safe(question: str) -> bool:
    return not question.startswith("#") and not question.endswith("#")


def _scalar(text: str) -> str:
    """Plain when YAML reads it back unchanged, else double-quoted."""
    safe = _PLAIN.fullmatch(text) and text.lower() not in _YAML_WORDS and not text.endswith(" ")
    return text if safe else _quote(text)


def _item(text: str) -> str:
    """Like `_scalar`, for a list inside square brackets."""
    return _quote(text) if "," in text else _scalar(text)


def _quote(text: str) -> str:
    # A YAML double-quoted scalar is a superset of a JSON string; `--` must not close the HTML comment early.
    return json.dumps(text, ensure_ascii=False).replace("-->", r"--\x3e")
