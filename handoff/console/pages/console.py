"""The page ``/console/``: three columns made of the console's elements, kept fresh by one task for each browser."""

from __future__ import annotations

import asyncio
import time

from nicegui import ui

from handoff.console.pages import elements
from handoff.console.pages.commands import Commands
from handoff.console.pages.shared_queue import SharedQueue
from handoff.console.pages.shell import Frame, Shell
from handoff.console.pages.workspace import Parts, Workspace
from handoff.console.services import ConsoleServices
from handoff.console.words import html_lang
from handoff.wording import may_overrule


def add_console_page(shell: Shell, services: ConsoleServices) -> None:
    """Register the agents' workspace."""

    queue = SharedQueue(services.desk)

    async def build(frame: Frame) -> None:
        conv_id = frame.request.query_params.get("c")
        parts = _columns(frame, view="thread" if conv_id else "queue")
        workspace = Workspace(frame, queue, parts, conv_id=conv_id)
        Commands(frame, parts, workspace)
        await workspace.refresh_or_tell()
        await workspace.refresh_texts()
        frame.client.on_delete(_started(workspace).cancel)

    shell.add_page("workspace", build, full=True)


def _started(workspace: Workspace) -> asyncio.Task[None]:
    return asyncio.create_task(workspace.run(), name="console workspace")


def _columns(frame: Frame, view: str) -> Parts:
    agent, told, lang = frame.agent, frame.words, html_lang(frame.lang)
    columns = ui.element("div").classes("baton").props(f"data-view={view}")
    with columns:
        with ui.element("nav").classes("column-queue").props(f'aria-label="{told["queue"]["heading"]}"'):
            queue = elements.QueueList(t=told, items=[], selected=None, now=time.time(), sound=frame.liked.sound)
        with (
            ui.element("section")
            .classes("column-thread")
            .props("id=conversation tabindex=-1")
            .props(f'aria-label="{told["thread"]["label"]}"')
        ):
            head = elements.ConversationHead(t=told, head=None, colleagues=[], skills=[])
            thread = elements.Thread(t=told, conv=None, events=[], moods={}, lang=lang, typing="", read=0, mine=False)
            composer = elements.Composer(
                t=told,
                head=None,
                agent=agent.id,
                csrf=frame.session.csrf,
                lang=lang,
                overrules=may_overrule(agent),
                suggestions=[],
                suggest_state="none",
                replies=[],
                rules=[],
                values={},
                sending=None,
                mood="unknown",
            )
        with (
            ui.element("aside")
            .classes("column-card")
            .props("tabindex=0")
            .props(f'aria-label="{told["card"]["heading"]}"')
        ):
            card = elements.HandoffCard(t=told, card=None, lang=lang)
    return Parts(columns, queue, head, thread, composer, card)
