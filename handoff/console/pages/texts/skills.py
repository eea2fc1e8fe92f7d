"""The part of ``/console/settings`` about skills: who can be given what, and how customers are given out."""

from __future__ import annotations

from typing import Any

from handoff.console.pages.elements import Part
from handoff.console.pages.fields import number_of, text_of, texts_of
from handoff.console.pages.shell import Frame
from handoff.errors import InvalidRequest

Data = dict[str, Any]
LANGS = ("zh", "en")
MOST_SKILLS, LONGEST = 50, 64


class SkillsPanel(Part, component="skills.js"):
    """Emits ``save`` with one account's skills, languages and capacity."""


async def add_skills_panel(frame: Frame) -> None:
    """Put the panel into the page."""
    await _Skills(frame, SkillsPanel(t=frame.words, team=[], waiting={}, routing="claim")).refresh()


class _Skills:
    def __init__(self, frame: Frame, panel: SkillsPanel) -> None:
        self._frame, self._panel = frame, panel
        panel.hear("save", self._save)

    async def refresh(self) -> None:
        services = self._frame.services
        team, queue = await services.team.colleagues(), await services.desk.queue()
        waiting: dict[str, int] = {}
        for item in queue.items:
            if item.owner_id is None and item.skill:
                waiting[item.skill] = waiting.get(item.skill, 0) + 1
        self._panel.show(
            routing=services.team.routing,
            waiting=waiting,
            team=[
                {
                    "name": one.name,
                    "display_name": one.display_name,
                    "state": str(one.state),
                    "skills": list(one.skills),
                    "langs": list(one.langs),
                    "cap": one.cap,
                    "load": one.load,
                }
                for one in team
            ],
        )

    async def _save(self, data: Data) -> None:
        async def work() -> None:
            skills = list(dict.fromkeys(one.strip()[:LONGEST] for one in texts_of(data, "skills") if one.strip()))
            capacity = number_of(data, "cap")
            if not 1 <= capacity <= 100 or len(skills) > MOST_SKILLS:
                raise InvalidRequest("A capacity is 1 to 100, and nobody has more than 50 skills.")
            langs = [one for one in texts_of(data, "langs") if one in LANGS]
            await self._frame.services.team.set_routing(
                self._frame.agent, text_of(data, "name"), skills, langs, capacity
            )
            self._frame.tell(self._frame.words["skills"]["saved"], good=True)

        await self._frame.attempt(work)
        await self.refresh()
