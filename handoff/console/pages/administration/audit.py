"""The page ``/console/audit``: who did what and when, newest first, by person and by action."""

from __future__ import annotations

import json
from typing import Any

from handoff.accounts.trail import TrailPage
from handoff.console.pages.elements import Part
from handoff.console.pages.fields import text_of
from handoff.console.pages.shell import Frame, Shell
from handoff.console.words import Words, html_lang
from handoff.store.audit import AuditEntry

Data = dict[str, Any]


class AuditSheet(Part, component="audit.js"):
    """Emits ``narrow`` with a person and an action, and ``more``."""


def add_audit_page(shell: Shell) -> None:
    """Register the page for supervisors and administrators."""

    async def build(frame: Frame) -> None:
        sheet = AuditSheet(
            t=frame.words,
            lang=html_lang(frame.lang),
            entries=[],
            people=[],
            actions=[],
            more=False,
            actor="",
            action="",
        )
        await _AuditPage(frame, sheet).show()

    shell.add_page("audit", build)


class _AuditPage:
    def __init__(self, frame: Frame, sheet: AuditSheet) -> None:
        self._frame, self._sheet = frame, sheet
        self._actor = self._action = ""
        self._lines: list[Data] = []
        self._last: tuple[float, str] | None = None
        sheet.hear("narrow", self._narrow)
        sheet.hear("more", self._more)

    async def show(self) -> None:
        """Read the next page behind what is shown already."""
        trail = self._frame.services.trail
        page = await trail.page(before=self._last, actor=self._actor, action=self._action)
        if page.entries:
            self._last = (page.entries[-1].at, page.entries[-1].id)
        self._lines = [*self._lines, *(audit_line(one, page, self._frame.words) for one in page.entries)]
        self._sheet.show(
            entries=self._lines,
            more=page.more,
            actor=self._actor,
            action=self._action,
            people=[{"id": i, "name": name} for i, name in sorted(page.names.items(), key=lambda one: one[1])],
            actions=[{"id": one, "name": action_text(one, self._frame.words)} for one in page.actions],
        )

    async def _narrow(self, data: Data) -> None:
        async def work() -> None:
            self._actor, self._action = text_of(data, "actor"), text_of(data, "action")
            self._lines, self._last = [], None
            await self.show()

        await self._frame.attempt(work)

    async def _more(self, _data: Data) -> None:
        await self._frame.attempt(self.show)


def audit_line(entry: AuditEntry, page: TrailPage, words: Words) -> Data:
    """One line of the trail in words; values are shown as text."""
    known = words["audit_actor"]
    return {
        "id": entry.id,
        "at": entry.at,
        "actor": page.names.get(entry.actor) or known.get(entry.actor, entry.actor),
        "action": action_text(entry.action, words),
        "conv": entry.conv_id,
        "details": [
            {"label": words["audit_field"].get(key, key), "value": _plain(page, value)}
            for key, value in entry.data.items()
        ],
    }


def action_text(action: str, words: Words) -> str:
    """The action in words; its name when there are none."""
    return words["audit_action"].get(action, action)


def _plain(page: TrailPage, value: Any) -> str:
    if isinstance(value, str):
        return page.names.get(value, value)
    return json.dumps(value, ensure_ascii=False)
