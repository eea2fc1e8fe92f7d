"""Writes entries as the Markdown that `markdown` reads: what import makes and an editor can go on with."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from knowledge_base.errors import ImportRefused
from knowledge_base.markdown import parse_text
from knowledge_base.models import Entry, Status

_PLAIN = re.compile(r"[A-Za-z0-9_\u4e00-\u9fff][\w\u4e00-\u9fff，。？！、（） .+%/-]*")
_YAML_WORDS = frozenset(["null", "true", "false", "yes", "no", "on", "off", "~"])


def render_entry(entry: Entry) -> str:
    """One section: heading, YAML in a comment, answer."""
    lines = [f"## {entry.question}", "<!--", f"id: {entry.id}"]
    if not _is_heading_safe(entry.question):
        lines = ["## " + " ".join(entry.question.strip("# ").split()), *lines[1:]]
        lines.append(f"question: {_quote(entry.question)}")
    if entry.variants:
        lines += ["variants:", *(f"  - {_scalar(text)}" for text in entry.variants)]
    if entry.tags:
        lines.append(f"tags: [{', '.join(_item(tag) for tag in entry.tags)}]")
    for key in ("valid_from", "valid_until", "reviewed"):
        day: date | None = getattr(entry, key)
        if day:
            lines.append(f"{key}: {day.isoformat()}")
    for key in ("category", "owner"):
        if getattr(entry, key):
            lines.append(f"{key}: {_scalar(getattr(entry, key))}")
    if entry.status is not Status.PUBLISHED:
        lines.append(f"status: {entry.status.value}")
    if entry.followups:
        lines.append(f"followups: [{', '.join(entry.followups)}]")
    if entry.sensitive:
        lines.append("sensitive: true")
    for key in ("images", "links", "buttons"):
        items: tuple[str, ...] = getattr(entry, key)
        if items:
            lines += [f"{key}:", *(f"  - {_quote(text)}" for text in items)]
    if entry.answer_wechat:
        lines.append(f"answer_wechat: {_quote(entry.answer_wechat)}")
    return "\n".join([*lines, "-->", entry.answer.strip("\n"), ""])


def render_file(entries: Sequence[Entry], lang: str) -> str:
    """A whole file of one language; raises ImportRefused when an answer cannot be kept in a section."""
    body = "\n".join(render_entry(entry) for entry in entries)
    text = f"---\nlang: {lang}\n---\n\n{body}"
    parsed = parse_text(text, "rendered.md")
    kept = {entry.id: entry for entry in parsed.entries}
    for entry in entries:
        found = kept.get(entry.id)
        if found is None or (found.question, found.answer) != (entry.question, entry.answer):
            raise ImportRefused(
                f"`{entry.id}` cannot be kept in one section: its answer holds a line that starts with `## `",
                "use `### ` for headings inside an answer",
            )
    return text


def write_folder(entries: Iterable[Entry], out: Path) -> list[Path]:
    """Write entries to `out/<lang>/<category or imported>.md`; refuses to overwrite a file."""
    groups: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        name = re.sub(r"[^\w-]+", "-", entry.category).strip("-").lower() or "imported"
        groups[entry.lang, name].append(entry)
    files = {out / lang / f"{name}.md": render_file(group, lang) for (lang, name), group in groups.items()}
    for path in files:
        if path.exists():
            raise ImportRefused(f"{path} already exists", "choose another --out folder, or move the file away")
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8", newline="\n")
    return sorted(files)


def _is_heading_safe(question: str) -> bool:
    return not question.startswith("#") and not question.endswith("#")


def _scalar(text: str) -> str:
    """Plain when YAML reads it back unchanged, else double-quoted."""
    safe = _PLAIN.fullmatch(text) and text.lower() not in _YAML_WORDS and not text.endswith(" ")
    return text if safe else _quote(text)


def _item(text: str) -> str:
    return _quote(text) if "," in text else _scalar(text)


def _quote(text: str) -> str:
    # A YAML double-quoted scalar is a superset of a JSON string; `--` must not close the HTML comment early.
    return json.dumps(text, ensure_ascii=False).replace("-->", r"--\x3e")
