"""The page ``/console/editor``: one element, which speaks to the editor's API."""

from __future__ import annotations

from pathlib import Path

from nicegui import ui
from nicegui.dependencies import register_esm

from handoff.console.pages.elements import Part
from handoff.console.pages.shell import Frame, Shell
from handoff.console.words import html_lang

LIB = Path(__file__).parent / "vue" / "lib"
# Answers are drawn by the widget's own code, so that the preview cannot differ from what customers see.
WIDGET = Path(__file__).parents[3] / "channels" / "web" / "static" / "widget"
for name, folder in (("baton-editor", LIB), ("baton-widget", WIDGET)):
    register_esm(name, folder, max_time=max(file.stat().st_mtime for file in folder.glob("*.js")))


class EditorDeskPart(Part, component="vue/desk.js"):
    """The whole desk: list, form, preview, gate, gaps, search, outcomes."""


def add_editor_page(shell: Shell) -> None:
    """Register the page with the console's frame."""

    async def build(frame: Frame) -> None:
        ui.add_head_html('<link rel="stylesheet" href="static/editor.css">')
        EditorDeskPart(t=frame.words, csrf=frame.session.csrf, lang=html_lang(frame.lang))

    shell.add_page("editor", build, full=True)
