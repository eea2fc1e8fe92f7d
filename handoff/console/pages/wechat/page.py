"""The page ``/console/wechat``: every connected account, how it is, and connecting, changing and testing them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from nicegui import ui
from nicegui.dependencies import register_esm

from handoff.account_errors import WechatAccountRefused
from handoff.console.pages.elements import Part
from handoff.console.pages.fields import text_of, texts_of
from handoff.console.pages.refreshing import keep_fresh
from handoff.console.pages.shell import Frame, Shell
from handoff.console.pages.wechat.view import page_view, test_text
from handoff.console.services import WechatAccounts
from handoff.console.words import html_lang
from handoff.store.wechat_accounts import AccountForm

LIB = Path(__file__).parent / "lib"
register_esm("baton-wechat", LIB, max_time=max(file.stat().st_mtime for file in LIB.glob("*.js")))

Data = dict[str, Any]
SWEEP = 10.0
BURST = 0.5
# Poked by the channels, which the console does not know: `handoff.channels.account_book.ACCOUNTS`.
TOPIC = "wechat-accounts"


class WechatSheet(Part, component="wechat.js"):
    """Emits ``save``, ``switch``, ``remove``, ``test`` and ``retry``; the secrets of a form go one way only."""

    def tested(self) -> None:
        """The platform has answered."""
        self.run_method("tested")

    def saved(self, name: str) -> None:
        """The account is in the file: what the platform has to be told is shown."""
        self.run_method("saved", name)

    def refused(self, field: str, words: str) -> None:
        """An entry cannot be used; the form stays, with all that was typed."""
        self.run_method("refused", field, words)

    def done(self) -> None:
        """What was asked for has happened: the window closes."""
        self.run_method("done")


def add_wechat_page(shell: Shell, accounts: WechatAccounts) -> None:
    """Register the page for administrators."""

    async def build(frame: Frame) -> None:
        ui.add_head_html('<link rel="stylesheet" href="static/wechat.css">')
        sheet = WechatSheet(
            t=frame.words, lang=html_lang(frame.lang), view=page_view(await accounts.overview(), frame.words)
        )
        page = _WechatPage(frame, sheet, accounts)
        fresh = keep_fresh(frame, page.refresh, TOPIC, every=SWEEP, pause=BURST)
        frame.client.on_delete(asyncio.create_task(fresh, name="wechat-page").cancel)

    shell.add_page("wechat", build)


class _WechatPage:
    def __init__(self, frame: Frame, sheet: WechatSheet, accounts: WechatAccounts) -> None:
        self._frame, self._sheet, self._accounts = frame, sheet, accounts
        sheet.hear("save", self._save)
        sheet.hear("switch", self._switch)
        sheet.hear("remove", self._remove)
        sheet.hear("test", self._test)
        sheet.hear("retry", self._retry)

    async def refresh(self) -> None:
        self._sheet.show(view=page_view(await self._accounts.overview(), self._frame.words))

    async def _save(self, data: Data) -> None:
        async def work() -> None:
            form, version = form_of(data), text_of(data, "version")
            try:
                if version:
                    await self._accounts.change(self._frame.agent, form, version)
                else:
                    await self._accounts.add(self._frame.agent, form)
            except WechatAccountRefused as error:
                reason = self._frame.words["wechat_page"][f"bad_{error.fields['reason']}"]
                self._sheet.refused(error.fields["field"], reason)
                return
            await self.refresh()
            self._sheet.saved(form.name)
            self._tell("saved", form.name)
            if form.verified:
                await self._ask_platform(form.open_kfids[0] if form.open_kfids else form.app_id)

        if not await self._frame.attempt(work):
            self._sheet.refused("", "")

    async def _switch(self, data: Data) -> None:
        async def work() -> None:
            name, on = text_of(data, "name"), data.get("on") is True
            await self._accounts.switch(self._frame.agent, name, text_of(data, "version"), on=on)
            self._tell("switched_on" if on else "switched_off", name)

        await self._do(work)

    async def _remove(self, data: Data) -> None:
        async def work() -> None:
            name = text_of(data, "name")
            await self._accounts.remove(self._frame.agent, name, text_of(data, "version"))
            self._tell("removed", name)

        await self._do(work)

    async def _retry(self, data: Data) -> None:
        async def work() -> None:
            count = await self._accounts.try_again(self._frame.agent, text_of(data, "id"))
            self._frame.tell(self._frame.words["wechat_page"]["retried"].format(count=count), good=True)

        await self._do(work)

    async def _test(self, data: Data) -> None:
        await self._frame.attempt(lambda: self._ask_platform(text_of(data, "id")))
        self._sheet.tested()

    async def _ask_platform(self, app_id: str) -> None:
        result = await self._accounts.test(self._frame.agent, app_id)
        overview = await self._accounts.overview()
        health = next((one for line in overview.lines for one in line.health if one.app_id == app_id), None)
        address = health.our_address if health else None
        words = self._frame.words
        self._frame.tell(test_text(result.name, result.code, words, address), good=result.code == 0)
        self._sheet.show(view=page_view(overview, words))

    async def _do(self, work: Callable[[], Awaitable[None]]) -> None:
        if await self._frame.attempt(work):
            self._sheet.done()
        await self._frame.attempt(self.refresh)

    def _tell(self, said: str, name: str) -> None:
        self._frame.tell(self._frame.words["wechat_page"][said].format(name=name), good=True)


def form_of(data: Data) -> AccountForm:
    """What was entered; `InvalidRequest` for anything that no form of ours sends."""
    texts = {key: text_of(data, key).strip() for key in ("name", "kind", "app_id", "lang", "original_id")}
    secrets = {key: text_of(data, key).strip() for key in ("token", "aes_key", "secret")}
    faces = tuple(one.strip() for one in texts_of(data, "open_kfids") if one.strip())
    return AccountForm(
        **texts,
        **secrets,
        welcome=text_of(data, "welcome").strip(),
        open_kfids=faces if texts["kind"] == "kf" else (),
        verified=data.get("verified") is True or texts["kind"] != "official",
        sealed=data.get("sealed") is True or texts["kind"] == "kf",
    )
