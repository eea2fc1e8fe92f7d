"""The editor's API: everything the editor's page can do, for programs; roles editor, supervisor and admin only."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, StringConstraints

from handoff.accounts import SignIn
from handoff.console.auth import Guard
from handoff.console.sections import EDITING
from handoff.conversation import Agent
from handoff.editor.desk import EditorDesk, Published, Rehearsal, findings_of
from handoff.editor.drafts import Checked, Draft
from handoff.editor.errors import FaqRefused, FaqUnreadable
from handoff.errors import Forbidden, InvalidRequest
from handoff.http import problems
from handoff.settings import Settings
from knowledge_base.lint_language import said_in
from knowledge_base.models import Entry, Status

Path = Annotated[str, StringConstraints(min_length=1, max_length=300)]
EntryId = Annotated[str, StringConstraints(min_length=1, max_length=80)]
Words = Annotated[str, StringConstraints(max_length=2000)]
Days = Annotated[float, Query(gt=0, le=3650)]


Line = Annotated[str, StringConstraints(max_length=2000)]
Lines = Annotated[list[Line], Field(max_length=200)]
Text = Annotated[str, StringConstraints(max_length=50_000)]


class FieldsIn(BaseModel):
    """An entry as a form holds it; see docs/editing-faq.md for the fields."""

    id: Line
    question: Line
    answer: Text
    variants: Lines = []
    lang: Literal["zh", "en"] = "zh"
    category: Line = ""
    tags: Lines = []
    valid_from: date | None = None
    valid_until: date | None = None
    owner: Line = ""
    reviewed: date | None = None
    status: Status = Status.PUBLISHED
    followups: Lines = []
    sensitive: bool = False
    answer_wechat: Text = ""
    images: Lines = []
    links: Lines = []
    buttons: Lines = []
    alike: Lines = []

    def entry(self) -> Entry:
        values = self.model_dump()
        for key, value in values.items():
            if isinstance(value, list):
                lines = (" ".join(item.split()) for item in value)
                values[key] = tuple(dict.fromkeys(item for item in lines if item))
            elif isinstance(value, str) and key not in ("answer", "answer_wechat", "status"):
                values[key] = " ".join(value.split())
        return Entry(**values)


class DraftIn(BaseModel):
    """A draft: `section` is Markdown, or `fields` the filled form. `version` null makes a new file."""

    path: Path
    entry_id: EntryId | None = None
    section: Annotated[str, StringConstraints(max_length=100_000)] | None = None
    fields: FieldsIn | None = None
    version: str | None = None


class PublishIn(DraftIn):
    """A draft to write; `override` says why a closed gate must not stop it."""

    override: Words = ""
    confirmed: Annotated[list[Words], Field(max_length=50)] = []


class SearchIn(BaseModel):
    """A customer's words."""

    text: Words
    lang: Annotated[str, StringConstraints(pattern="^(zh|en)$")] | None = None


class GapIn(BaseModel):
    """The wordings of a gap."""

    questions: Annotated[list[Words], Field(min_length=1, max_length=2000)]
    undo: bool = False


class SavedIn(BaseModel):
    """A question and the entry that answers it; null: none does."""

    question: Words
    entry_id: EntryId | None


def router(desk: EditorDesk, sign_in: SignIn, settings: Settings) -> APIRouter:
    """Routes under ``/api/v1/editor``."""
    guard = Guard(sign_in, settings)

    async def editor(request: Request) -> Agent:
        agent = (await guard.session(request)).agent
        if agent.role not in EDITING:
            raise Forbidden()
        return agent

    routes = APIRouter(prefix="/api/v1/editor", tags=["editor"], dependencies=[Depends(editor)])
    _entry_routes(routes, desk)
    _draft_routes(routes, desk, editor)
    _insight_routes(routes, desk, editor)
    return routes


def _entry_routes(routes: APIRouter, desk: EditorDesk) -> None:
    @routes.get("/overview")
    async def overview(request: Request) -> dict[str, Any]:
        """Every entry in short, the files and all findings."""
        found = await desk.overview()
        return found | {"findings": _findings(found["findings"], problems.caller_lang(request))}

    @routes.get("/entries/{entry_id}")
    async def entry(entry_id: EntryId, request: Request) -> dict[str, Any]:
        """An entry as it is on disk, with its Markdown."""
        opened = await desk.open(entry_id)
        draft = Draft(opened.entry.path, entry_id, opened.section, opened.version)
        checked = await desk.check(draft)
        return {"path": opened.entry.path} | await _shown(desk, draft, checked, problems.caller_lang(request))

    @routes.get("/entries/{entry_id}/history")
    async def history(entry_id: EntryId) -> dict[str, Any]:
        """Earlier versions of the entry from git; `kept` says why there are none."""
        return asdict(await desk.history(entry_id))

    @routes.post("/search")
    async def search(body: SearchIn) -> dict[str, Any]:
        """What a customer's words find, with every view of the score."""
        return await desk.search(body.text, body.lang)


def _draft_routes(routes: APIRouter, desk: EditorDesk, editor: Any) -> None:
    Me = Annotated[Agent, Depends(editor)]

    @routes.post("/check")
    async def check(body: DraftIn, request: Request) -> dict[str, Any]:
        """Findings and preview of a draft; nothing is written."""
        draft = await _draft(desk, body)
        return await _shown(desk, draft, await desk.check(draft), problems.caller_lang(request))

    @routes.post("/rehearse")
    async def rehearse(body: DraftIn, request: Request) -> Any:
        """The publish gate without publishing."""
        try:
            return _gate(await desk.rehearse(await _draft(desk, body)))
        except FaqUnreadable as error:
            return _told(error, request, reason=error.message)

    @routes.post("/publish")
    async def publish(body: PublishIn, request: Request, me: Me) -> Any:
        """Write the draft, if the gate is open or overridden; 409 `edit_conflict`, 422 with the findings."""
        draft = await _draft(desk, body)
        try:
            done = await desk.publish(me, draft, override=body.override, confirmed=body.confirmed)
        except FaqRefused as error:
            lang = problems.caller_lang(request)
            return _told(error, request, findings=_findings(error.fields["findings"], lang))
        except FaqUnreadable as error:
            return _told(error, request, reason=error.message)
        return _published(done)


def _insight_routes(routes: APIRouter, desk: EditorDesk, editor: Any) -> None:
    Me = Annotated[Agent, Depends(editor)]

    @routes.get("/gaps")
    async def gaps(days: Days = 30.0) -> dict[str, Any]:
        """Questions without a good answer, grouped by meaning."""
        found, grouped = await desk.gaps(days)
        return {"grouped": grouped, "gaps": [gap.to_dict() for gap in found]}

    @routes.post("/gaps/dismiss")
    async def dismiss(body: GapIn, me: Me) -> dict[str, bool]:
        """Put a gap aside, or bring it back."""
        await desk.dismiss(me, body.questions, undo=body.undo)
        return {"ok": True}

    @routes.post("/gaps/refuse")
    async def refuse(body: GapIn, request: Request, me: Me) -> Any:
        """Write a gap's wordings down as not to be answered, or take them out; 409 `edit_conflict`."""
        try:
            return asdict(await desk.refuse(me, body.questions, undo=body.undo))
        except FaqUnreadable as error:
            return _told(error, request, reason=error.message)

    @routes.get("/outcomes")
    async def outcomes(days: Days = 30.0) -> list[dict[str, Any]]:
        """What became of each entry's answers."""
        return await desk.outcomes(days)

    @routes.get("/saved")
    async def saved() -> list[dict[str, Any]]:
        """Questions confirmed by agents and editors."""
        return await desk.saved()

    @routes.post("/saved")
    async def confirm(body: SavedIn, me: Me) -> dict[str, bool]:
        """Save a question for the publish gate."""
        await desk.confirm(me, body.question, body.entry_id)
        return {"ok": True}


async def _draft(desk: EditorDesk, body: DraftIn) -> Draft:
    section = body.section
    if section is None:
        if body.fields is None:
            raise InvalidRequest("A draft needs its `section` or its `fields`.")
        section = await desk.render(body.path, body.fields.entry())
    return Draft(body.path, body.entry_id, section, body.version)


async def _shown(desk: EditorDesk, draft: Draft, checked: Checked, lang: str) -> dict[str, Any]:
    return {
        "section": draft.section,
        "fields": checked.entry.to_dict() if checked.entry else None,
        "findings": _findings(findings_of(checked.findings), lang),
        "errors": checked.has_errors,
        "version": checked.version,
        "stale": checked.stale,
        "preview": await desk.preview(checked),
    }


def _gate(rehearsal: Rehearsal) -> dict[str, Any]:
    return {"gate": rehearsal.gate.value, "closed": rehearsal.closed, "report": rehearsal.report}


def _published(done: Published) -> dict[str, Any]:
    return {
        "published": done.version is not None,
        "version": done.version,
        "kept_in_git": done.kept_in_git,
        "live": done.live,
    } | _gate(done.rehearsal)


def _findings(found: Sequence[dict[str, Any]], lang: str) -> list[dict[str, Any]]:
    """Findings in the caller's language."""
    words = ("message", "remedy")
    return [finding | {key: said_in(lang, finding[key]) for key in words} for finding in found]


def _told(error: FaqRefused | FaqUnreadable, request: Request, **more: Any) -> JSONResponse:
    return problems.answer(error, problems.caller_lang(request), **more)
