"""What an administrator does with WeChat accounts: add, change, switch off, remove; with a trail of each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection

from handoff.account_errors import WechatAccountFixed
from handoff.channels.account_book import ACCOUNTS, AccountBook
from handoff.channels.account_form import check_form, entries_of, form_of, version_of
from handoff.channels.accounts import ConnectedAccounts
from handoff.channels.accounts_writer import AccountsWriter, Change
from handoff.channels.wechat.accounts_file import SECRETS, Section
from handoff.conversation import Agent, Role
from handoff.errors import Forbidden, NotFound, SettingsConflict
from handoff.pokes import Pokes
from handoff.settings import Settings
from handoff.store import audit, wechat_accounts, wechat_intake
from handoff.store.database import Database
from handoff.store.wechat_accounts import AccountForm, AccountHealth, AccountLine, AccountsOverview, AccountTest

OWN_PLATFORMS = ("https://api.weixin.qq.com", "https://qyapi.weixin.qq.com")


class AccountDesk:
    """Use-cases of the accounts page. Secrets go in and never come out."""

    def __init__(
        self, db: Database, pokes: Pokes, settings: Settings, book: AccountBook, connected: ConnectedAccounts
    ) -> None:
        self._db = db
        self._pokes = pokes
        self._book = book
        self._connected = connected
        self._writer = AccountsWriter(book.file)
        self._platforms = (settings.wechat_api, settings.wecom_api)

    async def overview(self) -> AccountsOverview:
        """Every account of the file and how it is."""
        await self._book.look_again()
        health = await self._connected.everyone()
        lines = [_line(section, health) for section in self._book.reading.sections.values()]
        return AccountsOverview(
            lines=tuple(lines),
            file=str(self._book.file),
            writable=await asyncio.to_thread(self._writer.may_write),
            trouble=self._book.trouble.message if self._book.trouble else "",
            platforms=self._platforms,
            real=self._platforms == OWN_PLATFORMS,
        )

    async def test(self, agent: Agent, app_id: str) -> AccountTest:
        """Ask the platform whether it takes the account's keys; `NotFound` for an unknown account."""
        _demand_admin(agent)
        return await self._connected.test(agent, app_id)

    async def add(self, agent: Agent, form: AccountForm) -> None:
        """Connect it. `WechatAccountRefused` names the entry; `WechatAccountExists`, `AccountsFileUnwritable`."""
        _demand_admin(agent)
        check_form(form, known=None)
        entries = entries_of(form)
        await self._do(agent, "added", form.name, lambda: self._writer.add(form.name, entries), _secrets_in(entries))

    async def change(self, agent: Agent, form: AccountForm, version: str) -> None:
        """Change an account; empty secrets stay as they are. `SettingsConflict` when it was changed meanwhile."""
        section = self._own(agent, form.name, version)
        check_form(form, known=section)
        entries = entries_of(form)
        dropped = () if form.sealed else ("aes_key",)
        changed = sorted(key for key, value in entries.items() if section.table.get(key) != value)
        await self._do(agent, "changed", form.name, lambda: self._writer.change(form.name, entries, dropped), changed)

    async def switch(self, agent: Agent, name: str, version: str, *, on: bool) -> None:
        """Switch an account off: nothing is taken in or sent, everything waits; or on again."""
        self._own(agent, name, version)
        action = "enabled" if on else "disabled"
        await self._do(agent, action, name, lambda: self._writer.change(name, {"enabled": on}, ()))

    async def remove(self, agent: Agent, name: str, version: str) -> None:
        """Take an account out of the file; its people and conversations stay, what waits for them cannot go out."""
        self._own(agent, name, version)
        await self._do(agent, "removed", name, lambda: self._writer.remove(name))

    async def try_again(self, agent: Agent, app_id: str) -> int:
        """Sort the callbacks now that were put off; returns how many."""
        _demand_admin(agent)
        count = await self._db.write(wechat_intake.try_again, app_id)
        self._pokes.poke(ACCOUNTS)
        return count

    def _own(self, agent: Agent, name: str, version: str) -> Section:
        """The section to change, unless it is not ours to change or no longer what the caller saw."""
        _demand_admin(agent)
        section = self._book.reading.sections.get(name)
        if section is None:
            raise NotFound()
        if section.variables:
            raise WechatAccountFixed(variables=", ".join(section.variables))
        if version_of(section) != version:
            raise SettingsConflict()
        return section

    async def _do(
        self, agent: Agent, action: str, name: str, write: Callable[[], Change], entries: list[str] | None = None
    ) -> None:
        """Write the file, then the trail; without a trail the file is put back."""
        before = self._ids(name)
        change = await asyncio.to_thread(write)
        await self._book.look_again()
        told: dict[str, Any] = {"account": name, **({"entries": entries} if entries else {})}

        def note(conn: Connection) -> None:
            audit.record(conn, agent.id, f"wechat_{action}", **told)
            _follow_up(conn, action, before | self._ids(name), entries or [])

        try:
            await self._db.write(note)
        except Exception:
            await asyncio.to_thread(self._writer.put_back, change)
            await self._book.look_again()
            raise
        self._pokes.poke(ACCOUNTS)

    def _ids(self, name: str) -> set[str]:
        reading = self._book.reading
        official, service = reading.official.get(name), reading.service.get(name)
        return ({official.app_id} if official else set()) | (set(service.faces) if service else set())


def _follow_up(conn: Connection, action: str, app_ids: set[str], entries: list[str]) -> None:
    for app_id in sorted(app_ids):
        if action == "removed":
            wechat_accounts.forget_account(conn, app_id)
            continue
        if action in ("added", "enabled"):
            wechat_intake.try_again(conn, app_id)
            wechat_accounts.wake(conn, app_id)
        if {"token", "aes_key"} & set(entries):
            # What came under the old keys says nothing of the new ones.
            wechat_accounts.wait_for_first(conn, app_id)
        if "secret" in entries:
            wechat_accounts.note_error(conn, app_id, None)


def _line(section: Section, health: list[AccountHealth]) -> AccountLine:
    return AccountLine(
        form=form_of(section),
        enabled=section.enabled,
        secrets=frozenset(key for key in SECRETS if section.table.get(key)),
        set_at=section.set_at,
        variables=tuple(section.variables),
        version=version_of(section),
        health=tuple(one for one in health if one.name == section.name),
    )


def _secrets_in(entries: Mapping[str, Any]) -> list[str]:
    return [key for key in SECRETS if entries.get(key)]


def _demand_admin(agent: Agent) -> None:
    if agent.role is not Role.ADMIN:
        raise Forbidden()
