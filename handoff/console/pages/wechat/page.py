"""The page ``/console/wechat``: every connected account, how it is, and a test of its keys."""

from __future__ import annotations

import asyncio
from typing import Any

from handoff.console.pages.elements import Part
from handoff.console.pages.fields import text_of
from handoff.console.pages.shell import Frame, Shell
from handoff.console.services import WechatAccounts
from handoff.console.words import Words, html_lang
from handoff.errors import BatonError
from handoff.store.wechat_accounts import AccountHealth

Data = dict[str, Any]
REFRESH = 15.0


class WechatSheet(Part, component="wechat.js"):
    """Emits ``test`` with the account's id."""

    def tested(self) -> None:
        """The platform has answered."""
        self.run_method("tested")


def add_wechat_page(shell: Shell, accounts: WechatAccounts) -> None:
    """Register the page for administrators."""

    async def build(frame: Frame) -> None:
        sheet = WechatSheet(t=frame.words, lang=html_lang(frame.lang), accounts=[])
        page = _WechatPage(frame, sheet, accounts)
        await page.refresh()
        frame.client.on_delete(asyncio.create_task(page.follow(), name="wechat-page").cancel)

    shell.add_page("wechat", build)


class _WechatPage:
    def __init__(self, frame: Frame, sheet: WechatSheet, accounts: WechatAccounts) -> None:
        self._frame, self._sheet, self._accounts = frame, sheet, accounts
        sheet.hear("test", self._test)

    async def follow(self) -> None:
        """Keep the figures fresh until cancelled."""
        await self._frame.client.connected()
        while True:
            await asyncio.sleep(REFRESH)
            try:
                await self.refresh()
            except BatonError:
                self._frame.tell(self._frame.words["error"]["refresh"])

    async def refresh(self) -> None:
        words = self._frame.words
        self._sheet.show(accounts=[account_line(one, words) for one in await self._accounts.health()])

    async def _test(self, data: Data) -> None:
        async def work() -> None:
            app_id = text_of(data, "id")
            result = await self._accounts.test(self._frame.agent, app_id)
            self._frame.tell(test_text(result.name, result.code, self._frame.words), good=result.code == 0)
            await self.refresh()

        await self._frame.attempt(work)
        self._sheet.tested()


def account_line(health: AccountHealth, words: Words) -> Data:
    """One account in words; times are epoch seconds."""
    told = words["wechat_page"]
    left = health.token_left
    token = told["token_none"] if left is None else told["token_left"].format(minutes=max(0, round(left / 60)))
    state = "unverified" if not health.verified else "passive" if health.passive else "verified"
    return {
        "id": health.app_id,
        "name": health.name,
        "kind": told[f"kind_{health.kind}"],
        "state": told[state],
        "state_good": state == "verified",
        "mode": told["secure" if health.sealed else "plain"],
        "mode_good": health.sealed,
        "callback": health.callback,
        "last_callback": health.last_callback,
        "token": token,
        "people": health.people,
        "waiting": health.waiting,
        "quota_errors": health.quota_errors,
        "last_error": health.last_error or "",
        "can_test": health.verified,
    }


def test_text(name: str, code: int | None, words: Words) -> str:
    """What a test came to: ``code`` 0 is good, None that the platform cannot be reached."""
    told = words["wechat_page"]
    if code is None:
        return str(told["test_away"].format(name=name))
    if code == 0:
        return str(told["test_good"].format(name=name))
    hint = told.get(f"hint_{code}", told["hint_none"])
    return str(told["test_refused"].format(name=name, code=code, hint=hint))
