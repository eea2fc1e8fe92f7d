"""Tells an editor everything that is wrong with the FAQ files, with the line and the remedy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from knowledge_base.errors import FaqError
from knowledge_base.lint_language import said_in
from knowledge_base.lint_place import Spot, TextOf, folder_texts, placed
from knowledge_base.lint_words import word_problems
from knowledge_base.markdown import ParsedFile, double_id, faq_files, parse_file
from knowledge_base.models import Entry, Status
from knowledge_base.refused import refused_questions
from knowledge_base.text import detect_language, normalise

MAX_ANSWER = 1500
MAX_WORDING = 200
# One message of the platform; what is longer is sent in parts, and parts are limited in number.
WECHAT_BYTES = 2048
REVIEW_EVERY = timedelta(days=365)
CATEGORIES = frozenset(
    {
        *("account", "complaints", "coupons", "delivery", "general", "hours", "invoices", "membership"),
        *("orders", "payment", "privacy", "products", "refunds", "returns", "safety", "warranty"),
    }
)


class Level(StrEnum):
    """An error keeps the file from being published; a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Finding:
    """One remark about one place; `spot` tells where in the entry it is, for `lint_place`."""

    level: Level
    problem: FaqError
    entry_id: str | None = None
    spot: Spot | None = None

    def in_language(self, lang: str) -> FaqError:
        """The problem with its message and remedy in ``zh`` or ``en``."""
        p = self.problem
        return FaqError(p.path, p.line, said_in(lang, p.message), said_in(lang, p.remedy), p.source)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        p = self.problem
        return {
            "level": self.level.value,
            "path": p.path,
            "line": p.line,
            "id": self.entry_id,
            "message": p.message,
            "source": p.source,
            "remedy": p.remedy,
        }


def lint_folder(folder: Path, *, today: date | None = None) -> list[Finding]:
    """All findings of a FAQ folder, by file and line; raises FaqFolderMissing when there is no folder."""
    files = [parse_file(path, folder) for path in faq_files(folder)]
    entries = [entry for parsed in files for entry in parsed.entries]
    found = [*lint_files(files, today or date.today(), folder_texts(folder)), *_refused(folder, entries)]
    return sorted(found, key=_place)


def lint_files(files: Sequence[ParsedFile], today: date, text_of: TextOf | None = None) -> list[Finding]:
    """All findings of parsed files, by file and line; with `text_of` each at its own line inside the entry."""
    findings = [Finding(Level.ERROR, problem) for parsed in files for problem in parsed.errors]
    findings += [Finding(Level.WARNING, problem) for parsed in files for problem in parsed.warnings]
    entries = [entry for parsed in files for entry in parsed.entries]
    findings += _double_ids(entries)
    findings += _dead_followups(entries, today, complete=not any(parsed.errors for parsed in files))
    findings += _dead_likenesses(entries)
    findings += _shared_wordings(entries)
    for entry in entries:
        findings += _own_findings(entry, today)
    findings += [
        _warning(None, FaqError(parsed.path, 1, "the file holds no entry", "add one, or delete the file"))
        for parsed in files
        if not parsed.entries and not parsed.errors
    ]
    if text_of is not None:
        findings = placed(findings, entries, text_of)
    return sorted(findings, key=_place)


def _place(finding: Finding) -> tuple[str, int, Level]:
    return finding.problem.path, finding.problem.line, finding.level


def _refused(folder: Path, entries: Sequence[Entry]) -> Iterator[Finding]:
    """Questions not to be answered that an entry answers after all, and files of them that cannot be read."""
    answered = {normalise(text): entry.id for entry in entries for text in entry.wordings}
    try:
        refused = refused_questions(folder)
    except FaqError as error:
        yield Finding(Level.ERROR, error)
        return
    for question in refused:
        entry_id = answered.get(normalise(question.text))
        if entry_id is not None:
            message = f"not to be answered, but a wording of `{entry_id}`"
            problem = FaqError(question.path, question.line, message, "keep it in one of the two places", question.text)
            yield _warning(None, problem)


def _double_ids(entries: Sequence[Entry]) -> Iterator[Finding]:
    first: dict[str, Entry] = {}
    for entry in entries:
        if entry.id in first:
            yield Finding(Level.ERROR, double_id(entry, first[entry.id]), entry.id)
        first.setdefault(entry.id, entry)


def _dead_followups(entries: Sequence[Entry], today: date, *, complete: bool) -> Iterator[Finding]:
    """Follow-ups that lead nowhere; only a warning while broken files may hide the entry meant."""
    known = {entry.id: entry for entry in entries}
    for entry in entries:
        for target in entry.followups:
            spot = Spot("followups", target)
            if target not in known:
                level = Level.ERROR if complete else Level.WARNING
                problem = _at(entry, f"the follow-up `{target}` does not exist", "correct the id or remove it")
                yield Finding(level, problem, entry.id, spot)
            elif target == entry.id:
                problem = _at(entry, "the entry is its own follow-up", "remove it from `followups`")
                yield _warning(entry, problem, spot)
            elif known[target].lang != entry.lang:
                message = f"the follow-up `{target}` is in another language ({known[target].lang})"
                yield _warning(entry, _at(entry, message, "name the entry of the same language"), spot)
            elif entry.is_live(today):
                yield from _hidden_followup(entry, known[target], today)


def _hidden_followup(entry: Entry, target: Entry, today: date) -> Iterator[Finding]:
    """A follow-up that customers are not offered now, nor by waiting."""
    expired = target.valid_until is not None and target.valid_until < today
    why = "it is a draft" if target.status is not Status.PUBLISHED else f"it expired on {target.valid_until}"
    if target.status is not Status.PUBLISHED or expired:
        message = f"the follow-up `{target.id}` is not shown to customers: {why}"
        remedy = "publish it, or remove it from `followups`"
        yield _warning(entry, _at(entry, message, remedy), Spot("followups", target.id))


def _dead_likenesses(entries: Sequence[Entry]) -> Iterator[Finding]:
    """Entries in `alike` that are not there, so that the remark does nothing."""
    known = {entry.id for entry in entries}
    for entry in entries:
        for item, target in zip(entry.alike, entry.known_alike, strict=True):
            if target not in known - {entry.id}:
                problem = _at(
                    entry, f"`alike` names `{target}`, which is no other entry", "correct the id or remove it"
                )
                yield _warning(entry, problem, Spot("alike", item))


def _shared_wordings(entries: Sequence[Entry]) -> Iterator[Finding]:
    """The same question in two entries: neither can be preferred."""
    owners: dict[tuple[str, str], Entry] = {}
    for entry in entries:
        for text in entry.wordings:
            owner = owners.setdefault((entry.lang, normalise(text)), entry)
            if owner is not entry and normalise(text):
                message = f"{text!r} is also a wording of `{owner.id}` ({owner.path}:{owner.line})"
                remedy = "keep it in the entry whose answer fits better"
                yield _warning(entry, _at(entry, message, remedy), _wording(entry, text))


def _own_findings(entry: Entry, today: date) -> Iterator[Finding]:
    if not entry.answer.strip():
        problem = _at(entry, f"the entry `{entry.id}` has no answer", "write the answer under the comment")
        yield Finding(Level.ERROR, problem, entry.id)
    if len(entry.answer) > MAX_ANSWER:
        message = f"the answer has {len(entry.answer)} characters, more than {MAX_ANSWER}"
        yield Finding(Level.ERROR, _at(entry, message, "shorten it, or split it into entries"), entry.id)
    size = len(entry.answer_for("wechat").encode())
    if size > WECHAT_BYTES:
        message = f"the WeChat answer has {size} bytes: it goes out in {-(-size // WECHAT_BYTES)} messages"
        yield _warning(entry, _at(entry, message, "shorten it or write an `answer_wechat`"))
    for text in entry.wordings:
        if len(text) > MAX_WORDING:
            message = f"a question of {len(text)} characters finds little"
            yield _warning(entry, _at(entry, message, f"cut it below {MAX_WORDING}"), _wording(entry, text))
        elif not normalise(text):
            problem = _at(entry, f"the wording {text!r} has no letters", "remove it")
            yield _warning(entry, problem, _wording(entry, text))
    if entry.category and entry.category not in CATEGORIES:
        message = f"unknown category `{entry.category}`"
        remedy = "use one of: " + ", ".join(sorted(CATEGORIES))
        yield _warning(entry, _at(entry, message, remedy), Spot("category", entry.category))
    if detect_language(entry.question) != entry.lang and any(char.isalpha() for char in entry.question):
        message = f"the question does not look like `lang: {entry.lang}`"
        yield _warning(entry, _at(entry, message, "correct `lang`, or move the entry to the other folder"))
    for message, remedy, spot in word_problems(entry):
        yield _warning(entry, _at(entry, message, remedy), spot)
    yield from _dates(entry, today)


def _dates(entry: Entry, today: date) -> Iterator[Finding]:
    if entry.status is not Status.PUBLISHED:
        return
    if entry.valid_until and entry.valid_until < today:
        yield _warning(
            entry,
            _at(entry, f"expired on {entry.valid_until}", "set a new `valid_until` or remove the entry"),
            Spot("valid_until", str(entry.valid_until)),
        )
    if entry.reviewed is None:
        yield _warning(entry, _at(entry, "never reviewed", f"check the answer and add `reviewed: {today}`"))
    elif today - entry.reviewed > REVIEW_EVERY:
        message = f"last reviewed on {entry.reviewed}, more than a year ago"
        problem = _at(entry, message, f"check the answer and set `reviewed: {today}`")
        yield _warning(entry, problem, Spot("reviewed", str(entry.reviewed)))
    elif entry.reviewed > today + timedelta(days=1):
        problem = _at(entry, f"reviewed in the future ({entry.reviewed})", "correct the date")
        yield _warning(entry, problem, Spot("reviewed", str(entry.reviewed)))


def _at(entry: Entry, message: str, remedy: str) -> FaqError:
    return FaqError(entry.path, entry.line, message, remedy, f"## {entry.question}")


def _wording(entry: Entry, text: str) -> Spot | None:
    """Where a wording stands; the question stands in the heading itself."""
    return None if text == entry.question else Spot("variants", text)


def _warning(entry: Entry | None, problem: FaqError, spot: Spot | None = None) -> Finding:
    return Finding(Level.WARNING, problem, entry.id if entry else None, spot)
