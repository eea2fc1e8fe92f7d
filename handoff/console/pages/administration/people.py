"""The page ``/console/people``: accounts, roles, what each can be given, passwords, second factors and sessions."""

from __future__ import annotations

from typing import Any

from handoff.console.pages.administration.account import session_line
from handoff.console.pages.elements import Part
from handoff.console.pages.fields import number_of, text_of, texts_of
from handoff.console.pages.shell import Frame, Shell
from handoff.console.words import html_lang
from handoff.conversation import Agent, Role
from handoff.errors import Forbidden, InvalidRequest

Data = dict[str, Any]


class PeopleSheet(Part, component="people.js"):
    """Emits ``add``, ``change``, ``password``, ``state``, ``factor``, ``sessions`` and ``revoke``."""

    def done(self) -> None:
        """What was asked for has happened: the window closes."""
        self.run_method("done")


def add_people_page(shell: Shell) -> None:
    """Register the page for administrators."""

    async def build(frame: Frame) -> None:
        sheet = PeopleSheet(
            t=frame.words, lang=html_lang(frame.lang), me=frame.agent.id, people=[], sessions=[], skills=[]
        )
        await _PeoplePage(frame, sheet).refresh()

    shell.add_page("people", build)


class _PeoplePage:
    def __init__(self, frame: Frame, sheet: PeopleSheet) -> None:
        self._frame, self._sheet = frame, sheet
        self._accounts = frame.services.accounts
        sheet.hear("add", self._add)
        sheet.hear("change", self._change)
        sheet.hear("password", self._password)
        sheet.hear("state", self._state)
        sheet.hear("factor", self._factor)
        sheet.hear("sessions", self._sessions)
        sheet.hear("revoke", self._revoke)

    @property
    def _actor(self) -> str:
        return self._frame.agent.id

    async def refresh(self) -> None:
        people, factors = await self._accounts.list(), await self._accounts.second_factors()
        self._sheet.show(
            people=[person_line(one, one.id in factors) for one in people],
            skills=sorted({skill for one in people for skill in one.skills}),
        )

    async def _add(self, data: Data) -> None:
        async def work() -> None:
            added = await self._accounts.add(
                text_of(data, "name"),
                text_of(data, "display_name"),
                _role(data),
                text_of(data, "password"),
                actor=self._actor,
            )
            await self._route(added.name, data)
            await self._happened("added")

        await self._attempt(work)

    async def _change(self, data: Data) -> None:
        async def work() -> None:
            name, role = text_of(data, "name"), _role(data)
            known = next((one for one in await self._accounts.list() if one.name == name), None)
            if known is None:
                raise InvalidRequest()
            if known.display_name != text_of(data, "display_name"):
                await self._accounts.rename(name, text_of(data, "display_name"), actor=self._actor)
            if known.role is not role:
                await self._accounts.set_role(name, role, actor=self._actor)
            await self._route(name, data)
            await self._happened("changed")

        await self._attempt(work)

    async def _route(self, name: str, data: Data) -> None:
        capacity = number_of(data, "cap")
        if not 1 <= capacity <= 100:
            raise InvalidRequest("A capacity is 1 to 100.")
        await self._frame.services.team.set_routing(
            self._frame.agent,
            name,
            [skill for one in texts_of(data, "skills") if (skill := one.strip()[:64])],
            [lang for lang in texts_of(data, "langs") if lang in ("zh", "en")],
            capacity,
        )

    async def _password(self, data: Data) -> None:
        async def work() -> None:
            await self._accounts.set_password(text_of(data, "name"), text_of(data, "password"), actor=self._actor)
            await self._happened("password_set")

        await self._attempt(work)

    async def _state(self, data: Data) -> None:
        async def work() -> None:
            name = text_of(data, "name")
            if data.get("disabled") is True:
                if name == self._frame.agent.name:
                    raise Forbidden()
                await self._accounts.disable(name, actor=self._actor)
                await self._happened("disabled_done")
            else:
                await self._accounts.enable(name, actor=self._actor)
                await self._happened("enabled_done")

        await self._attempt(work)

    async def _factor(self, data: Data) -> None:
        async def work() -> None:
            await self._accounts.remove_second_factor(text_of(data, "name"), actor=self._actor)
            await self._happened("factor_removed")

        await self._attempt(work)

    async def _sessions(self, data: Data) -> None:
        await self._attempt(lambda: self._show_sessions(text_of(data, "id")))

    async def _revoke(self, data: Data) -> None:
        async def work() -> None:
            person = text_of(data, "person")
            await self._frame.services.sessions.revoke(self._frame.agent, person, text_of(data, "id"))
            await self._show_sessions(person)
            self._frame.tell(self._frame.words["account"]["session_ended"], good=True)

        await self._attempt(work)

    async def _show_sessions(self, person: str) -> None:
        found = await self._frame.services.sessions.list(person, self._frame.session_id)
        self._sheet.show(sessions=[session_line(one) for one in found])

    async def _attempt(self, work: Any) -> None:
        if not await self._frame.attempt(work):
            await self.refresh()

    async def _happened(self, said: str) -> None:
        await self.refresh()
        self._sheet.done()
        self._frame.tell(self._frame.words["people"][said], good=True)


def person_line(agent: Agent, factor: bool) -> Data:
    """One account for the browser."""
    return {
        "id": agent.id,
        "name": agent.name,
        "display_name": agent.display_name,
        "role": str(agent.role),
        "cap": agent.cap,
        "load": agent.load,
        "disabled": agent.disabled,
        "skills": list(agent.skills),
        "langs": list(agent.langs),
        "factor": factor,
    }


def _role(data: Data) -> Role:
    try:
        return Role(text_of(data, "role"))
    except ValueError as error:
        raise InvalidRequest("There is no such role.") from error
