"""The page ``/console/account``: own password, second factor and open sessions."""

from __future__ import annotations

import base64
import io
from typing import Any

import segno

from handoff.console.pages.elements import Part
from handoff.console.pages.fields import text_of
from handoff.console.pages.shell import Frame, Shell
from handoff.console.words import html_lang
from handoff.errors import InvalidRequest
from handoff.store.agent_sessions import OpenSession

Data = dict[str, Any]


class AccountForm(Part, component="account.js"):
    """Emits ``password``, ``begin``, ``confirm``, ``off``, ``revoke`` and ``revoke_others``."""

    def done(self, what: str) -> None:
        """What was asked for has happened: the form empties its fields."""
        self.run_method("done", what)


def add_account_page(shell: Shell) -> None:
    """Register the page; every role has it."""

    async def build(frame: Frame) -> None:
        form = AccountForm(
            t=frame.words,
            lang=html_lang(frame.lang),
            name=frame.agent.name,
            agent=frame.agent.display_name,
            role=frame.words["role"][frame.agent.role],
            factor=False,
            qr="",
            secret="",
            codes=[],
            sessions=[],
        )
        page = _AccountPage(frame, form)
        await page.refresh()

    shell.add_page("account", build)


class _AccountPage:
    def __init__(self, frame: Frame, form: AccountForm) -> None:
        self._frame, self._form = frame, form
        form.hear("password", self._password)
        form.hear("begin", self._begin)
        form.hear("confirm", self._confirm)
        form.hear("off", self._off)
        form.hear("revoke", self._revoke)
        form.hear("revoke_others", self._revoke_others)

    async def refresh(self) -> None:
        services, agent = self._frame.services, self._frame.agent
        sessions = await services.sessions.list(agent.id, self._frame.session_id)
        self._form.show(
            factor=await services.second_factor.is_on(agent), sessions=[session_line(one) for one in sessions]
        )

    async def _password(self, data: Data) -> None:
        async def work() -> None:
            if text_of(data, "new") != text_of(data, "again"):
                raise InvalidRequest()
            await self._frame.services.sessions.change_password(
                self._frame.agent, self._frame.session_id, text_of(data, "old"), text_of(data, "new")
            )
            await self._happened("password", "password_changed")

        await self._frame.attempt(work)

    async def _begin(self, _data: Data) -> None:
        async def work() -> None:
            enrolment = await self._frame.services.second_factor.begin(self._frame.agent)
            self._form.show(qr=qr_picture(enrolment.uri), secret=enrolment.secret, codes=[])

        await self._frame.attempt(work)

    async def _confirm(self, data: Data) -> None:
        async def work() -> None:
            codes = await self._frame.services.second_factor.confirm(self._frame.agent, text_of(data, "code"))
            self._form.show(qr="", secret="", codes=codes)
            await self._happened("confirm", "factor_on")

        await self._frame.attempt(work)

    async def _off(self, data: Data) -> None:
        async def work() -> None:
            await self._frame.services.second_factor.turn_off(self._frame.agent, text_of(data, "code"))
            self._form.show(codes=[])
            await self._happened("off", "factor_off")

        await self._frame.attempt(work)

    async def _revoke(self, data: Data) -> None:
        async def work() -> None:
            await self._frame.services.sessions.revoke(self._frame.agent, self._frame.agent.id, text_of(data, "id"))
            await self._happened("revoke", "session_ended")

        await self._frame.attempt(work)

    async def _revoke_others(self, _data: Data) -> None:
        async def work() -> None:
            await self._frame.services.sessions.revoke_others(self._frame.agent, self._frame.session_id)
            await self._happened("revoke", "sessions_ended")

        await self._frame.attempt(work)

    async def _happened(self, what: str, said: str) -> None:
        await self.refresh()
        self._form.done(what)
        self._frame.tell(self._frame.words["account"][said], good=True)


def qr_picture(uri: str) -> str:
    """A data address of an SVG that an authenticator app reads from the screen."""
    out = io.BytesIO()
    # Dark on white whatever the page's colours are: scanners need it so.
    segno.make(uri, error="m").save(out, kind="svg", scale=5, border=4, dark="#000", light="#fff", xmldecl=False)
    return "data:image/svg+xml;base64," + base64.b64encode(out.getvalue()).decode()


def session_line(session: OpenSession) -> Data:
    """One session for the browser; ``browser`` is what the browser said of itself, shown as text."""
    return {
        "id": session.id,
        "since": session.created_at,
        "seen": session.seen_at,
        "address": session.address,
        "browser": session.browser,
        "current": session.current,
    }
