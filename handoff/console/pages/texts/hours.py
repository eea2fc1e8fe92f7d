"""The part of ``/console/settings`` about business hours: as YAML with checks, every version kept."""

from __future__ import annotations

from typing import Any

import yaml

from handoff.console.pages.elements import Part
from handoff.console.pages.fields import text_of
from handoff.console.pages.shell import Frame
from handoff.console.words import html_lang
from handoff.hours.parse import HoursError
from handoff.routing.service import Service

Data = dict[str, Any]


class HoursPanel(Part, component="hours.js"):
    """Emits ``save`` with YAML."""


async def add_hours_panel(frame: Frame) -> None:
    """Put the panel into the page."""
    panel = HoursPanel(t=frame.words, lang=html_lang(frame.lang), text="", state="", open=True, versions=[])
    await _Hours(frame, panel).refresh()


class _Hours:
    def __init__(self, frame: Frame, panel: HoursPanel) -> None:
        self._frame, self._panel = frame, panel
        panel.hear("save", self._save)

    async def refresh(self) -> None:
        team = self._frame.services.team
        current, service = await team.hours(), await team.service()
        self._panel.show(
            text=as_yaml(current.body),
            state=service.state,
            next_open=service.next_open,
            online=service.online,
            holiday=_holiday(service),
            versions=[
                {"version": one.version, "author": one.author, "at": one.at, "text": as_yaml(one.body)}
                for one in await team.hours_history()
            ],
        )

    async def _save(self, data: Data) -> None:
        async def work() -> None:
            await self._frame.services.team.set_hours(self._frame.agent, from_yaml(text_of(data, "text")))
            await self.refresh()
            self._frame.tell(self._frame.words["hours"]["saved"], good=True)

        await self._frame.attempt(work)


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
