"""The part of ``/console/settings`` about business hours: a form or the same as YAML, checked as it is written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import yaml

from handoff.console.pages.elements import Part
from handoff.console.pages.fields import text_of
from handoff.console.pages.shell import Frame
from handoff.console.words import Words, html_lang
from handoff.hours.form import body_of, form_of, states, zones
from handoff.hours.parse import WEEKDAYS, HoursError, parse_hours
from handoff.routing.service import Service

Data = dict[str, Any]
_PLACE = re.compile(
    r"calendars\.(?P<name>.+)\.(?P<part>zone|weekly|holidays|extra)(?:\.(?P<day>[a-z-]+))?(?:\[(?P<at>\d+)\])?(?:\.\w+)?"
)


class HoursPanel(Part, component="hours.js"):
    """Emits ``check`` and ``save``, each with the ``form`` or with YAML as ``text``."""

    def checked(self, found: Data) -> None:
        """What the server thinks of the draft."""
        self.run_method("checked", found)

    def saved(self) -> None:
        """The draft is in force."""
        self.run_method("saved")


async def add_hours_panel(frame: Frame) -> None:
    """Put the panel into the page."""
    panel = HoursPanel(
        t=frame.words,
        lang=html_lang(frame.lang),
        text="",
        form=None,
        state="",
        online=0,
        zones=zones(),
        skills=[],
        versions=[],
    )
    await _Hours(frame, panel).refresh()


@dataclass(frozen=True)
class Draft:
    """What a page sent, read: the body, or the first mistake in words."""

    body: Any = None
    problem: str = ""


class _Hours:
    def __init__(self, frame: Frame, panel: HoursPanel) -> None:
        self._frame, self._panel = frame, panel
        panel.hear("check", self._check)
        panel.hear("save", self._save)

    async def refresh(self) -> None:
        team = self._frame.services.team
        current, service = await team.hours(), await team.service()
        self._panel.show(
            text=as_yaml(current.body),
            form=form_of(current.body),
            state=service.state,
            next_open=service.next_open,
            online=service.online,
            holiday=_holiday(service),
            skills=await team.skills(),
            versions=[
                {"version": one.version, "author": one.author, "at": one.at, "text": as_yaml(one.body)}
                for one in await team.hours_history()
            ],
        )

    async def _check(self, data: Data) -> None:
        draft = read_draft(data, self._frame.words)
        if draft.problem:
            self._panel.checked({"problem": draft.problem})
            return
        now = await self._frame.services.team.clock()
        self._panel.checked(
            {
                "problem": "",
                "text": as_yaml(draft.body),
                "form": form_of(draft.body),
                "states": states(parse_hours(draft.body), now),
            }
        )

    async def _save(self, data: Data) -> None:
        draft = read_draft(data, self._frame.words)
        if draft.problem:
            self._panel.checked({"problem": draft.problem})
            self._frame.tell(draft.problem)
            return

        async def work() -> None:
            await self._frame.services.team.set_hours(self._frame.agent, draft.body)
            await self.refresh()
            self._panel.saved()
            self._frame.tell(self._frame.words["hours"]["saved"], good=True)

        await self._frame.attempt(work)


def read_draft(data: Data, words: Words) -> Draft:
    """The hours that a page sent as a form or as YAML, checked."""
    try:
        body = body_of(data["form"]) if isinstance(data.get("form"), dict) else from_yaml(text_of(data, "text"))
        parse_hours(body)
    except HoursError as error:
        return Draft(problem=problem_text(error, words))
    return Draft(body)


def problem_text(error: HoursError, words: Words) -> str:
    """The mistake in the page's language, with its place."""
    known, fields = words["hours_problem"], error.fields
    template = known.get(fields["key"], known["other"])
    return template.format(place=place_text(fields["place"], words), value=fields["value"], problem=fields["problem"])


def place_text(place: str, words: Words) -> str:
    """``calendars.shop.extra[1].hours`` as a reader of the form finds it; anything else as it is."""
    found = _PLACE.fullmatch(place)
    if found is None:
        return place
    known, name, part = words["hours"], found["name"], found["part"]
    if found["day"]:
        days = dict(zip(WEEKDAYS, known["days"].split(","), strict=True))
        return f"{name} · " + "–".join(days.get(day, day) for day in found["day"].split("-"))
    label = {"zone": known["zone"], "holidays": known["holiday"], "extra": known["worked"]}.get(part, known["week"])
    return f"{name} · {label}" + (f" {int(found['at']) + 1}" if found["at"] else "")


def as_yaml(body: Any) -> str:
    """The hours as an operator writes them."""
    return yaml.safe_dump(body, allow_unicode=True, sort_keys=False, default_flow_style=None, width=100)


def from_yaml(text: str) -> Any:
    """The value of the text; `HoursError` names the line that is no YAML."""
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise HoursError(f"line {mark.line + 1}" if mark else "yaml", getattr(error, "problem", "") or "") from error


def _holiday(service: Service) -> str:
    return service.holiday or ""
