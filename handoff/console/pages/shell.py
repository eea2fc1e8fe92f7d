"""The frame around every page of the console: who may see it, header with navigation, looks, refusals in words.

A page is one call, made while the app is put together (``handoff.console.pages.mount``)::

    async def build(frame: Frame) -> None:
        ui.label(frame.agent.display_name)  # goes into the page's main part

    shell.add_page("wall", build)  # a name of handoff.console.sections.SECTIONS
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from nicegui import Client, ui

from handoff.console.pages import elements
from handoff.console.pages.at_desk import AtDesk
from handoff.console.pages.frame import Frame
from handoff.console.pages.preferences import Preferences, cookie_of, preferences
from handoff.console.sections import ANSWERING, SECTIONS, Section
from handoff.console.services import ConsoleServices
from handoff.console.words import Words, html_lang, words
from handoff.conversation import Role
from handoff.store.agents import AgentSession

__all__ = ["Build", "Frame", "Shell"]

Build = Callable[[Frame], Awaitable[None]]


class Shell:
    """Knows which sections have a page in this app."""

    def __init__(self, services: ConsoleServices) -> None:
        self._services = services
        self._present: set[str] = set()

    def add_page(self, name: str, build: Build, *, full: bool = False) -> None:
        """Serve the section ``name``; ``build`` runs inside the page's main element, once for each browser.

        ``full`` leaves the whole window below the header to the page, which then scrolls by itself.
        """
        section = SECTIONS[name]
        self._present.add(name)

        @ui.page("/" if section.path == "./" else f"/{section.path}")
        async def page(request: Request, client: Client) -> Response | None:
            session_id = request.cookies.get(self._services.cookie_name)
            session = await self._services.sign_in.session(session_id)
            if session is None or session_id is None:
                return RedirectResponse("login", status_code=303)
            if session.agent.role not in section.roles:
                return RedirectResponse(self._first_of(session.agent.role), status_code=303)
            liked = preferences(request, session.agent.id)
            _head(liked, section)
            bar, main, toasts = self._frame(session, liked, section, full)
            frame = Frame(self._services, section, session, session_id, liked, request, client, bar, toasts)
            with main:
                await build(frame)
            if session.agent.role in ANSWERING:
                AtDesk(frame, working=section.path == "./")
            return None

    def navigation(self, role: Role, current: Section, told: Words) -> list[dict[str, str | bool]]:
        """Links of the header for a role, in order."""
        return [
            {"name": s.name, "href": s.path, "text": told["nav"][s.name], "here": s is current}
            for s in SECTIONS.values()
            if s.in_navigation and s.name in self._present and role in s.roles
        ]

    def _first_of(self, role: Role) -> str:
        return next(
            (s.path for s in SECTIONS.values() if s.name in self._present and role in s.roles), "login?why=role"
        )

    def _frame(
        self, session: AgentSession, liked: Preferences, section: Section, full: bool
    ) -> tuple[elements.TopBar, ui.element, elements.Toasts]:
        agent, told = session.agent, words(liked.lang)
        links = self.navigation(agent.role, section, told)
        with ui.element("div").classes("frame" if full else "frame frame-page"):
            bar = elements.TopBar(
                t=told,
                agent=agent.display_name,
                role=told["role"][agent.role],
                csrf=session.csrf,
                cookie=cookie_of(agent.id),
                lang=liked.lang,
                dark=liked.dark,
                sound=liked.sound,
                load="",
                presence="",
                notify=section.path == "./",
                nav=links,
                account="account" if "account" in self._present else None,
            )
            main = ui.element("div").classes("frame-main").props("id=main tabindex=-1")
            toasts = elements.Toasts(t=told)
            elements.CommandPalette(t=told, nav=links)
        return bar, main, toasts


def _head(liked: Preferences, section: Section) -> None:
    told = words(liked.lang)
    theme = "dark" if liked.dark else "light"
    look = json.dumps({"lang": html_lang(liked.lang), "theme": theme})
    title = told["page"]["title"] if section.path == "./" else f"{told['nav'][section.name]} · {told['page']['title']}"
    ui.page_title(title)
    ui.dark_mode(liked.dark)
    ui.add_head_html(
        '<link rel="stylesheet" href="static/theme.css"><link rel="stylesheet" href="static/console.css">'
        f"<script>(v=>{{document.documentElement.lang=v.lang;document.documentElement.dataset.theme=v.theme}})({look})"
        "</script>"
    )
