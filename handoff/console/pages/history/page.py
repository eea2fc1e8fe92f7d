"""The page ``/console/history``: one element, which asks the agent API for the figures of the chosen period."""

from __future__ import annotations

from pathlib import Path

from nicegui import ui
from nicegui.dependencies import register_esm
from nicegui.elements import echart

from handoff.console.pages.elements import Part
from handoff.console.pages.shell import Frame, Shell
from handoff.console.words import html_lang
from handoff.insight.definitions import definitions
from handoff.insight.history.figures import DIMENSIONS, FIGURES

LIB = Path(__file__).parent / "lib"
register_esm("baton-history", LIB, max_time=max(file.stat().st_mtime for file in LIB.glob("*.js")))
# Importing the element makes the framework serve its chart library, which the page draws with.
CHARTS = echart.__name__


class HistorySheet(Part, component="history.js"):
    """Period, figures, chart, table, and the conversations behind a figure."""


def add_history_page(shell: Shell) -> None:
    """Register the page for supervisors and administrators."""

    async def build(frame: Frame) -> None:
        ui.add_head_html('<link rel="stylesheet" href="static/history.css">')
        known = definitions(frame.lang)
        HistorySheet(
            t=frame.words,
            lang=html_lang(frame.lang),
            definitions={key: known[key].to_dict() for key in FIGURES},
            dimensions=list(DIMENSIONS),
        )

    shell.add_page("history", build)
