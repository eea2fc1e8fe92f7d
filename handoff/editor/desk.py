"""What editors can do: look, try, edit, publish through the gate, look back, and work off the gaps."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

import structlog

from handoff.conversation import Agent
from handoff.editor.cases import SavedCases
from handoff.editor.drafts import Checked, Draft, DraftBoard, Opened, titles
from handoff.editor.encoder import FaqEncoder
from handoff.editor.errors import EditConflict, FaqFolderUnusable, FaqRefused, FaqUnreadable
from handoff.editor.folder import FaqFolder
from handoff.editor.history import FaqHistory, History
from handoff.editor.preview import Plain, preview
from handoff.editor.refusals import Refusal, RefusalFiles
from handoff.errors import ActionsUnavailable, BatonError, InvalidRequest
from handoff.insight.faq_gap_list import GapItem, gap_list, questions_to_group, ungrouped
from handoff.insight.faq_gaps import missed_since
from handoff.insight.faq_outcomes import outcomes_since
from handoff.insight.faq_refused import refused_keys
from handoff.store import audit, saved_questions
from handoff.store.database import Database
from knowledge_base.lint import Finding, lint_files
from knowledge_base.metadata import IDENTIFIER
from knowledge_base.models import Entry
from knowledge_base.text import normalise
from knowledge_base.writing import render_entry

log = structlog.get_logger(__name__)

DAY = 86400.0
MIN_REASON = 4
WARM_EVERY = 600.0


class Gate(StrEnum):
    """What the rehearsal of a draft says."""

    OPEN = "open"
    REGRESSIONS = "regressions"
    NOT_ASKED = "not_asked"  # the draft was not and will not be shown to customers
    UNAVAILABLE = "unavailable"  # the action server could not rehearse it


@dataclass(frozen=True)
class Rehearsal:
    """The gate with the changed answers (`knowledge_base.rehearsal.Rehearsed.to_dict`)."""

    gate: Gate
    report: dict[str, Any]

    @property
    def closed(self) -> bool:
        return self.gate in (Gate.REGRESSIONS, Gate.UNAVAILABLE)


@dataclass(frozen=True)
class Published:
    """``version`` is the file's new one; None when the gate kept the draft back.

    ``kept_in_git``: None where nobody asked for it. ``live``: customers are answered by it already; else the action
    server takes it over at its next look.
    """

    rehearsal: Rehearsal
    version: str | None
    kept_in_git: bool | None = None
    live: bool = False


class EditorDesk:
    """Use-cases of the editor's page and API; the Markdown files are the truth."""

    def __init__(
        self,
        db: Database,
        folder: FaqFolder,
        encoder: FaqEncoder,
        cases: SavedCases,
        wechat_text: Plain,
        *,
        commit: bool = False,
    ) -> None:
        self._db = db
        self._folder = folder
        self._board = DraftBoard(folder)
        self._refusals = RefusalFiles(db, folder)
        self._encoder = encoder
        self._cases = cases
        self._wechat_text = wechat_text
        self._history = FaqHistory(folder.root)
        self._commit = commit
        self._warmed = -WARM_EVERY
        self._warming: asyncio.Task[None] | None = None

    async def overview(self) -> dict[str, Any]:
        """Every entry in short, every finding of the folder, and the files there are; `FaqFolderUnusable`.

        Whoever asks is about to edit: the saved questions are asked beforehand, beside this.
        """
        if time.monotonic() - self._warmed > WARM_EVERY:
            self._warmed = time.monotonic()
            self._warming = asyncio.create_task(self._warm())
        return await asyncio.to_thread(self._overview)

    async def _warm(self) -> None:
        with contextlib.suppress(BatonError):  # whatever it is, a rehearsal will say so where it matters
            cases = await self._cases.all(await asyncio.to_thread(self._board.entries))
            await self._encoder.warm(cases)

    def _overview(self) -> dict[str, Any]:
        files = self._board.files()
        today = date.today()
        findings = lint_files(files, today)
        count: dict[str | None, int] = {}
        for finding in findings:
            count[finding.entry_id] = count.get(finding.entry_id, 0) + 1
        entries = [_short(entry, today, count.get(entry.id, 0)) for file in files for entry in file.entries]
        return {
            "entries": entries,
            "files": [file.path for file in files],
            "findings": [finding.to_dict() for finding in findings],
        }

    async def open(self, entry_id: str) -> Opened:
        """An entry with its Markdown; `UnknownEntry` when it is not in the folder."""
        return await asyncio.to_thread(self._board.open, entry_id)

    async def render(self, path: str, entry: Entry) -> str:
        """The Markdown section of an entry filled in as a form, without what the top of its file says already."""
        return await asyncio.to_thread(self._render, path, entry)

    def _render(self, path: str, entry: Entry) -> str:
        answer = entry.answer.replace("\r\n", "\n")
        return render_entry(replace(entry, answer=answer), self._board.defaults(path))

    async def check(self, draft: Draft) -> Checked:
        """What is wrong with the draft as it stands; nothing is written."""
        return await asyncio.to_thread(self._board.check, draft, date.today())

    async def preview(self, checked: Checked) -> dict[str, Any] | None:
        """How the draft will look; None while it gives no entry."""
        if checked.entry is None:
            return None
        followups = titles(checked.entry, await asyncio.to_thread(self._board.entries))
        try:
            predicted = await self._encoder.predicted(checked.entry)
        except (ActionsUnavailable, FaqUnreadable):
            predicted = []
        return preview(checked.entry, followups, predicted, self._wechat_text)

    async def rehearse(self, draft: Draft) -> Rehearsal:
        """Ask the saved questions of the live index and of one with the draft."""
        return await self._rehearse(draft, await self.check(draft))

    async def _rehearse(self, draft: Draft, checked: Checked) -> Rehearsal:
        today = date.today()
        shown = [entry for entry in (checked.before, checked.entry) if entry is not None and entry.is_live(today)]
        if not shown:
            return Rehearsal(Gate.NOT_ASKED, {})
        cases = await self._cases.all(await asyncio.to_thread(self._board.entries))
        try:
            report = await self._encoder.rehearse({draft.path: checked.text}, cases)
        except ActionsUnavailable as error:
            log.warning("faq_not_rehearsed", error=error.message)
            return Rehearsal(Gate.UNAVAILABLE, {})
        return Rehearsal(Gate.REGRESSIONS if report["regressions"] else Gate.OPEN, report)

    async def publish(
        self, agent: Agent, draft: Draft, *, override: str = "", confirmed: Sequence[str] = ()
    ) -> Published:
        """Write the draft into its file, if the gate is open or ``override`` says why it must not stop this.

        ``confirmed`` are customers' words that this entry answers; they join the saved questions. `FaqRefused` while
        there are errors, `EditConflict` when the file was saved by somebody else since the draft was opened.
        """
        checked = await self.check(draft)
        if checked.stale:
            raise EditConflict(path=draft.path)
        if checked.has_errors or checked.entry is None:
            raise FaqRefused([finding.to_dict() for finding in checked.findings])
        rehearsal = await self._rehearse(draft, checked)
        reason = " ".join(override.split())
        if rehearsal.closed and len(reason) < MIN_REASON:
            return Published(rehearsal, None)
        written = await asyncio.to_thread(self._folder.write, draft.path, checked.text, draft.version)
        _, kept, live = await asyncio.gather(
            self._record(agent, draft, checked.entry, rehearsal, reason, written.version),
            self._keep(agent, draft.path, checked.entry.id),
            self._take_over(),
        )
        for question in confirmed:
            with contextlib.suppress(InvalidRequest):  # one that may name a customer is not kept
                await self._cases.confirm(question, checked.entry.id, "editor", agent.name)
        return Published(rehearsal, written.version, kept, live)

    async def _keep(self, agent: Agent, path: str, changed: str) -> bool | None:
        if not self._commit:
            return None
        return await asyncio.to_thread(self._history.keep, path, agent.display_name, f"faq: {changed}")

    async def _take_over(self) -> bool:
        try:
            await self._encoder.refresh()
        except ActionsUnavailable as error:
            log.warning("faq_not_yet_live", error=error.message)
            return False
        return True

    async def _record(
        self, agent: Agent, draft: Draft, entry: Entry, rehearsal: Rehearsal, reason: str, version: str
    ) -> None:
        facts = {
            "path": draft.path,
            "entry": entry.id,
            "was": draft.entry_id,
            "status": entry.status.value,
            "before": draft.version,
            "after": version,
            "gate": rehearsal.gate.value,
            "regressions": rehearsal.report.get("regressions", 0),
            "override": reason if rehearsal.closed else "",
        }
        await self._db.write(lambda conn: audit.record(conn, agent.name, "faq_published", **facts))

    async def search(self, text: str, lang: str | None) -> dict[str, Any]:
        """What a customer's words find in the live index, with every view of the score."""
        return await self._encoder.explain(text, lang)

    async def history(self, entry_id: str) -> History:
        """Earlier versions of the entry."""
        opened = await self.open(entry_id)
        return await asyncio.to_thread(self._history.of, opened.entry.path, entry_id)

    async def gaps(self, days: float) -> tuple[list[GapItem], bool]:
        """Gaps of the last days, most asked first; False beside them when they could not be grouped by meaning.

        Wordings that stand among the questions not to be answered count as put aside; `gap_list` says when a gap is
        refused. A file of them that cannot be read counts as empty.
        """
        missed = await self._db.read(missed_since, time.time() - days * DAY)
        dismissed = await self._db.read(saved_questions.dismissed_keys)
        refused = await asyncio.to_thread(refused_keys, self._folder.root)
        questions = questions_to_group(missed)
        try:
            return gap_list(missed, await self._encoder.group(questions), dismissed, refused), True
        except (ActionsUnavailable, FaqUnreadable):
            return gap_list(missed, ungrouped(questions), dismissed, refused), False

    async def dismiss(self, agent: Agent, questions: Sequence[str], *, undo: bool = False) -> None:
        """Put the wordings of a gap aside, or bring them back."""
        keyed = {normalise(question): question for question in questions if normalise(question)}
        if undo:
            await self._db.write(saved_questions.restore, list(keyed))
        else:
            await self._db.write(saved_questions.dismiss, keyed.items(), agent.name)

    async def refuse(self, agent: Agent, questions: Sequence[str], *, undo: bool = False) -> Refusal:
        """Write a gap's wordings down as not to be answered, or take them out again.

        `NothingToRefuse` when none of them can be; `FaqUnreadable` names a file of such questions that cannot be read.
        """
        change = self._refusals.taken_out if undo else self._refusals.written_down
        planned = await asyncio.to_thread(change, questions)
        kept = []
        for file in planned.files:
            await self._refusals.write(agent, file, undo=undo)
            kept.append(await self._keep(agent, file.path, file.path))
        live = await self._take_over()
        paths = tuple(file.path for file in planned.files)
        return Refusal(paths, planned.questions, planned.left_out, all(kept) if self._commit else None, live)

    async def outcomes(self, days: float) -> list[dict[str, Any]]:
        """What became of each entry's answers in the last days."""
        found = await self._db.read(outcomes_since, time.time() - days * DAY)
        return [outcome.to_dict() for outcome in found]

    async def saved(self) -> list[dict[str, Any]]:
        """Questions somebody confirmed, the latest first."""
        with contextlib.suppress(FaqFolderUnusable):  # what agents confirmed since is found another time
            await self._cases.collect(await asyncio.to_thread(self._board.entries))
        return [asdict(question) for question in await self._db.read(saved_questions.list_saved)]

    async def confirm(self, agent: Agent, question: str, entry_id: str | None) -> None:
        """Save a question with the entry that answers it (None: that none does)."""
        if entry_id is not None and not IDENTIFIER.fullmatch(entry_id):
            raise InvalidRequest("There is no such entry.")
        await self._cases.confirm(question, entry_id, "editor", agent.name)


def _short(entry: Entry, today: date, findings: int) -> dict[str, Any]:
    """An entry as a line of the list."""
    keys = ("id", "question", "lang", "category", "tags", "owner", "reviewed", "valid_from", "valid_until", "sensitive")
    data = entry.to_dict()
    state = entry.status.value
    if state == "published" and not entry.is_live(today):
        state = "expired" if entry.valid_until and entry.valid_until < today else "planned"
    words = " ".join([entry.question, *entry.variants, *entry.tags, entry.id])
    return {key: data[key] for key in keys} | {
        "state": state,
        "path": entry.path,
        "findings": findings,
        "words": words,
        "answer": entry.answer[:160],
    }


def findings_of(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """JSON-ready findings."""
    return [finding.to_dict() for finding in findings]
