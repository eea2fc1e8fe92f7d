"""The page ``/console/``: three columns made of the console's elements, kept fresh by one task for each browser."""

from __future__ import annotations

import asyncio
import json
import time

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from nicegui import Client, ui

from handoff.console.pages import elements
from handoff.console.pages.preferences import Preferences, cookie_of, preferences
from handoff.console.pages.shared_queue import SharedQueue
from handoff.console.pages.workspace import Parts, Workspace
from handoff.console.services import ConsoleServices
from handoff.console.words import html_lang, words
from handoff.conversation import Role
from handoff.store.agents import AgentSession


def add_console_page(services: ConsoleServices) -> None:
    """Register the page with NiceGUI; who is not signed in is sent to the sign-in page."""

    queue = SharedQueue(services.desk)

    @ui.page("/")
    async def console(request: Request, client: Client) -> Response | None:
        session_id = request.cookies.get(services.cookie_name)
        session = await services.sign_in.session(session_id)
        if session is None or session_id is None:
            return RedirectResponse("login", status_code=303)
        if session.agent.role is Role.EDITOR:
            return RedirectResponse("login?why=role", status_code=303)
        liked = preferences(request, session.agent.id)
        _head(liked)
        conv_id = request.query_params.get("c")
        parts = _columns(session, liked, view="thread" if conv_id else "queue")
        workspace = Workspace(
            services,
            queue,
            client,
            parts,
            agent=session.agent,
            session_id=session_id,
            lang=liked.lang,
            conv_id=conv_id,
        )
        await workspace.refresh_or_tell()
        client.on_delete(_started(workspace).cancel)
        return None


def _started(workspace: Workspace) -> asyncio.Task[None]:
    return asyncio.create_task(workspace.run(), name="console workspace")


def _head(liked: Preferences) -> None:
    theme = "dark" if liked.dark else "light"
    look = json.dumps({"lang": html_lang(liked.lang), "theme": theme})
    ui.page_title(words(liked.lang)["page"]["title"])
    ui.add_head_html(
        '<link rel="stylesheet" href="static/console.css">'
        f"<script>(v=>{{document.documentElement.lang=v.lang;document.documentElement.dataset.theme=v.theme}})({look})"
        "</script>"
    )


def _columns(session: AgentSession, liked: Preferences, view: str) -> Parts:
    agent, told = session.agent, words(liked.lang)
    shell = ui.element("div").classes("baton").props(f"data-view={view}")
    with shell:
        bar = elements.TopBar(
            t=told,
            agent=agent.display_name,
            csrf=session.csrf,
            cookie=cookie_of(agent.id),
            lang=liked.lang,
            dark=liked.dark,
            sound=liked.sound,
            load="",
        )
        with ui.element("nav").classes("column-queue").props(f'aria-label="{told["queue"]["heading"]}"'):
            queue = elements.QueueList(t=told, items=[], selected=None, now=time.time(), sound=liked.sound)
        with (
            ui.element("section")
            .classes("column-thread")
            .props("id=conversation tabindex=-1")
            .props(f'aria-label="{told["thread"]["label"]}"')
        ):
            head = elements.ConversationHead(t=told, head=None)
            thread = elements.Thread(t=told, conv=None, events=[], moods={}, lang=html_lang(liked.lang))
            composer = elements.Composer(t=told, head=None, agent=agent.id, suggestions=[], suggest_state="none")
        with (
            ui.element("aside")
            .classes("column-card")
            .props("tabindex=0")
            .props(f'aria-label="{told["card"]["heading"]}"')
        ):
            card = elements.HandoffCard(t=told, card=None, lang=html_lang(liked.lang))
        toasts = elements.Toasts(t=told)
    return Parts(shell, bar, queue, head, thread, composer, card, toasts)
