"""The page ``/console/widget``: how the chat on the sites looks and speaks, with the real widget beside it."""

from __future__ import annotations

from typing import Any

from handoff import texts
from handoff.console.pages.elements import Part
from handoff.console.pages.fields import number_of
from handoff.console.pages.shell import Frame, Shell
from handoff.console.words import html_lang
from handoff.errors import BatonError
from handoff.texts import error_text
from handoff.widget import LookError, WidgetDesk, parse_look
from handoff.widget.contrast import contrast_of, is_colour
from handoff.widget.look import LANGS, MAX_GREETING, MAX_QUESTION, MAX_QUESTIONS, MAX_TITLE

Data = dict[str, Any]


class WidgetSheet(Part, component="widget.js"):
    """Emits ``check`` with a draft, and ``save`` with a draft and the version it began from."""

    def checked(self, found: Data) -> None:
        """What the server thinks of the draft."""
        self.run_method("checked", found)

    def saved(self) -> None:
        """The draft is in force."""
        self.run_method("saved")


def add_widget_page(shell: Shell, widget: WidgetDesk) -> None:
    """Register the page for supervisors and administrators."""

    async def build(frame: Frame) -> None:
        base = frame.request.base_url
        sheet = WidgetSheet(
            t=frame.words,
            lang=html_lang(frame.lang),
            ui=frame.lang,
            origin=f"{base.scheme}://{base.netloc}",
            usual={lang: dict(texts.catalogue(lang)["widget_start"]) for lang in LANGS},
            limits={"title": MAX_TITLE, "greeting": MAX_GREETING, "question": MAX_QUESTION, "questions": MAX_QUESTIONS},
            secrets=widget.secrets,
            fixed_sites=list(widget.environment_sites),
            look=None,
            version=0,
            versions=[],
        )
        await _WidgetPage(frame, sheet, widget).refresh()

    shell.add_page("widget", build)


class _WidgetPage:
    def __init__(self, frame: Frame, sheet: WidgetSheet, widget: WidgetDesk) -> None:
        self._frame, self._sheet, self._widget = frame, sheet, widget
        sheet.hear("check", self._check)
        sheet.hear("save", self._save)

    async def refresh(self) -> None:
        current = await self._widget.current()
        self._sheet.show(
            look=_plain(current.body),
            version=current.version,
            versions=[
                {"version": one.version, "author": one.author, "at": one.at, "look": _plain(one.body)}
                for one in await self._widget.history()
            ],
        )

    async def _check(self, data: Data) -> None:
        self._sheet.checked(self._look_at(data.get("look")))

    async def _save(self, data: Data) -> None:
        found = self._look_at(data.get("look"))
        if found["place"]:
            self._sheet.checked(found)
            self._frame.tell(found["problem"])
            return

        async def work() -> None:
            await self._widget.save(self._frame.agent, data.get("look"), number_of(data, "version"))
            await self.refresh()
            self._sheet.saved()
            self._frame.tell(self._frame.words["widget"]["saved"], good=True)

        await self._frame.attempt(work)

    def _look_at(self, draft: Any) -> Data:
        """The first mistake in words with its place (empty: none), and how the colour reads."""
        colour = str(draft.get("color", "")).lower() if isinstance(draft, dict) else ""
        contrast = contrast_of(colour) if is_colour(colour) else None
        found: Data = {"place": "", "problem": "", "ratio": None, "better": ""}
        if contrast:
            found |= {"ratio": contrast.ratio, "better": "" if contrast.enough else contrast.better}
        try:
            parse_look(draft, kept_avatar=self._widget.look.avatar)
        except LookError as error:
            words = self._frame.words["widget"][f"bad_{error.fields['problem']}"]
            found |= {"place": error.fields["place"], "problem": words.format(value=error.fields["value"])}
        except BatonError as error:
            found |= {"place": "avatar", "problem": error_text(error, self._frame.lang)}
        return found


def _plain(body: Data) -> Data:
    """Settings as the form has them; what was never set is as by default."""
    avatar = str(body.get("avatar") or "")
    found = parse_look(body, kept_avatar=avatar).plain()
    return found | {"sites": list(found["sites"])}
