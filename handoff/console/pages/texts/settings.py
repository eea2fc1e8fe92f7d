"""The page ``/console/settings``: business hours, skills, and words that must not be said to customers."""

from __future__ import annotations

from typing import Any

from handoff.console.pages.elements import Part
from handoff.console.pages.fields import text_of, texts_of
from handoff.console.pages.shell import Frame, Shell
from handoff.console.pages.texts.hours import add_hours_panel
from handoff.console.pages.texts.skills import add_skills_panel
from handoff.store.wording import WordingRule
from handoff.wording import Wording

Data = dict[str, Any]


class WordingSheet(Part, component="wording.js"):
    """Emits ``save`` and ``drop``."""

    def done(self) -> None:
        """What was asked for has happened: the window closes."""
        self.run_method("done")


def add_settings_page(shell: Shell, wording: Wording) -> None:
    """Register the page for supervisors and administrators."""

    async def build(frame: Frame) -> None:
        await add_hours_panel(frame)
        await add_skills_panel(frame)
        sheet = WordingSheet(t=frame.words, rules=[])
        await _WordingPanel(frame, sheet, wording).refresh()

    shell.add_page("settings", build)


class _WordingPanel:
    def __init__(self, frame: Frame, sheet: WordingSheet, wording: Wording) -> None:
        self._frame, self._sheet, self._wording = frame, sheet, wording
        sheet.hear("save", self._save)
        sheet.hear("drop", self._drop)

    async def refresh(self) -> None:
        self._sheet.show(rules=[rule_line(rule) for rule in await self._wording.rules()])

    async def _save(self, data: Data) -> None:
        async def work() -> None:
            rule = WordingRule(
                text_of(data, "word"),
                text_of(data, "alternative"),
                text_of(data, "reason"),
                tuple(texts_of(data, "allowed_in")),
                text_of(data, "id"),
            )
            await self._wording.save(self._frame.agent, rule)
            await self._happened("saved")

        await self._frame.attempt(work)

    async def _drop(self, data: Data) -> None:
        async def work() -> None:
            await self._wording.delete(self._frame.agent, text_of(data, "id"))
            await self._happened("dropped")

        await self._frame.attempt(work)

    async def _happened(self, said: str) -> None:
        await self.refresh()
        self._sheet.done()
        self._frame.tell(self._frame.words["wording"][said], good=True)


def rule_line(rule: WordingRule) -> Data:
    """One rule for the browser; without ``id`` it belongs to the knowledge base."""
    return {
        "id": rule.id,
        "word": rule.word,
        "alternative": rule.alternative,
        "reason": rule.reason,
        "allowed_in": list(rule.allowed_in),
    }
