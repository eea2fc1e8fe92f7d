"""The page ``/console/quality``: draw a sample, score each service beside its transcript, see what it comes to."""

from __future__ import annotations

from typing import Any

from nicegui import ui
from nicegui.element import Element

from handoff.console.pages import elements
from handoff.console.pages.elements import Part
from handoff.console.pages.fields import number_of, text_of
from handoff.console.pages.quality.view import (
    case_view,
    feelings,
    item_line,
    results_view,
    sample_line,
    transcript,
)
from handoff.console.pages.shell import Frame, Shell
from handoff.console.words import html_lang
from handoff.errors import InvalidRequest
from handoff.insight.definitions import definitions
from handoff.insight.history.period import Period
from handoff.quality import QualityDesk
from handoff.quality.service import MOST, Case
from handoff.quality.sheets import DIMENSIONS, Sheet

Data = dict[str, Any]


class QualityList(Part, component="list.js"):
    """Emits ``draw``, ``items`` of a sample, ``open`` a service, and ``results`` of a period."""

    def drawn(self) -> None:
        """The sample is there; the form may draw again."""
        self.run_method("drawn")


class ScoreSheet(Part, component="sheet.js"):
    """Emits ``save`` with the whole sheet, ``open`` another service, and ``leave``."""

    def kept(self, turn: int, *, done: bool) -> None:
        """The sheet that was sent as number ``turn`` is stored, or was refused."""
        self.run_method("kept", turn, done)


def add_quality_page(shell: Shell, quality: QualityDesk) -> None:
    """Register the page for supervisors and administrators."""

    async def build(frame: Frame) -> None:
        ui.add_head_html('<link rel="stylesheet" href="static/quality.css">')
        page = _QualityPage(frame, quality)
        await page.refresh()
        await page.show_results("30d")
        wanted = frame.request.query_params.get("case", "")
        conv_id, _, episode = wanted.partition(":")
        if episode.isdigit():
            await frame.attempt(lambda: page.open(conv_id, int(episode)))

    shell.add_page("quality", build, full=True)


class _QualityPage:
    def __init__(self, frame: Frame, quality: QualityDesk) -> None:
        self._frame, self._quality = frame, quality
        self._sample = ""
        words, lang = frame.words, html_lang(frame.lang)
        defined = {k: one.to_dict() for k, one in definitions(frame.lang).items() if k.startswith("quality_")}
        self._columns: Element = ui.element("div").classes("quality").props("data-view=list")
        with self._columns:
            common = {"t": words, "lang": lang, "dimensions": list(DIMENSIONS)}
            self._list = QualityList(
                **common, samples=[], opened="", items=[], results=None, defined=defined, most=MOST
            )
            with ui.element("div").classes("quality-case"):
                with ui.element("div").classes("quality-thread"):
                    self._thread = elements.Thread(t=words, conv=None, events=[], moods={}, lang=lang, typing="")
                self._sheet = ScoreSheet(**common, case=None)
        self._list.hear("draw", self._draw)
        self._list.hear("items", self._items)
        self._list.hear("open", self._open)
        self._list.hear("results", self._results)
        self._sheet.hear("save", self._save)
        self._sheet.hear("open", self._open)
        self._sheet.hear("leave", self._leave)

    async def refresh(self) -> None:
        """Read the samples, and the services of the one that is open."""
        agent, words, lang = self._frame.agent, self._frame.words, self._frame.lang
        samples = await self._quality.samples(agent)
        if not self._sample and samples:
            self._sample = samples[0].id
        items = await self._quality.items(agent, self._sample) if self._sample else []
        self._list.show(
            samples=[sample_line(one, words) for one in samples],
            opened=self._sample,
            items=[item_line(one, agent, words, lang) for one in items],
        )

    async def open(self, conv_id: str, episode: int) -> None:
        """Show one service with its sheet; refused when it was not drawn."""
        case = await self._quality.open(self._frame.agent, conv_id, episode)
        self._thread.show(conv=f"{conv_id}:{episode}", events=transcript(case), moods=feelings(case, self._frame.words))
        self._show(case)
        self._columns.props("data-view=case")

    async def show_results(self, name: str, first: str = "", last: str = "") -> None:
        """Results of the sheets submitted in a period."""
        period = await self._quality.period(name, first, last)
        found = await self._quality.results(self._frame.agent, period.start, period.end)
        self._list.show(results=results_view(found, self._frame.words, self._frame.lang))

    async def _draw(self, data: Data) -> None:
        async def work() -> None:
            told, wanted = self._frame.words["quality"], number_of(data, "wanted")
            period = await self._period(data)
            drawn = await self._quality.draw(
                self._frame.agent, period.start, period.end, wanted, text_of(data, "kind"), text_of(data, "seed")
            )
            self._sample = drawn.id
            await self.refresh()
            said = told["drawn" if drawn.size == wanted else "drawn_less"]
            self._frame.tell(said.format(count=drawn.size), good=True)

        await self._frame.attempt(work)
        self._list.drawn()

    async def _items(self, data: Data) -> None:
        async def work() -> None:
            self._sample = text_of(data, "id")
            await self.refresh()

        await self._frame.attempt(work)

    async def _open(self, data: Data) -> None:
        await self._frame.attempt(lambda: self.open(text_of(data, "conv"), number_of(data, "episode")))

    async def _results(self, data: Data) -> None:
        async def work() -> None:
            await self.show_results(text_of(data, "period"), text_of(data, "first"), text_of(data, "last"))

        await self._frame.attempt(work)

    async def _save(self, data: Data) -> None:
        turn, submit = number_of(data, "turn"), data.get("submit") is True

        async def work() -> None:
            case = await self._quality.save(
                self._frame.agent, text_of(data, "conv"), number_of(data, "episode"), sheet_from(data), submit=submit
            )
            self._show(case)
            if submit:
                self._frame.tell(self._frame.words["quality"]["submitted"], good=True)

        self._sheet.kept(turn, done=await self._frame.attempt(work))

    async def _leave(self, _data: Data) -> None:
        async def work() -> None:
            self._columns.props("data-view=list")
            await self.refresh()
            await self.show_results("30d")

        await self._frame.attempt(work)

    async def _period(self, data: Data) -> Period:
        return await self._quality.period(text_of(data, "period"), text_of(data, "first"), text_of(data, "last"))

    def _show(self, case: Case) -> None:
        self._sheet.show(case=case_view(case, self._frame.words, self._frame.lang))


def sheet_from(data: Data) -> Sheet:
    """The sheet that the page sent; `InvalidRequest` when it is none."""
    scores, wrong = data.get("scores"), data.get("wrong_seq")
    if not isinstance(scores, dict) or not (wrong is None or (isinstance(wrong, int) and not isinstance(wrong, bool))):
        raise InvalidRequest("The page sent no score sheet.")
    given = {name: number_of(scores, name) for name in DIMENSIONS if scores.get(name) is not None}
    return Sheet(given, text_of(data, "note"), data.get("bot_wrong") is True, wrong)
