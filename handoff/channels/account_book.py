"""The WeChat accounts as their file has them now: read at the start, and again by every process when it changes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import structlog

from handoff.channels.wechat.accounts import Account, accounts_of
from handoff.channels.wechat.accounts_file import Section, read_sections, sections_of
from handoff.channels.wecom.accounts import KfAccount, kf_accounts_of
from handoff.errors import ConfigError
from handoff.pokes import Pokes, wait_for
from handoff.settings import Settings

log = structlog.get_logger(__name__)

# Told to all gateways: something about the accounts is different.
ACCOUNTS = "wechat-accounts"
# Within this process: the file was read anew.
_READ = "wechat-accounts-read"
LOOK_EVERY = 1.0

Stamp = tuple[int, int, int]


@dataclass(frozen=True)
class Reading:
    """One whole and faultless reading of the file; accounts by name, switched off ones too."""

    sections: Mapping[str, Section]
    official: Mapping[str, Account]
    service: Mapping[str, KfAccount]

    def account(self, app_id: str) -> Account | None:
        """The Official Account or mini program with this id."""
        return next((one for one in self.official.values() if one.app_id == app_id), None)

    def kf_account(self, open_kfid: str) -> KfAccount | None:
        """The account that this service account belongs to."""
        return next((one for one in self.service.values() if open_kfid in one.faces), None)


def read_accounts(path: str) -> Reading:
    """`ConfigError` names the account, the entry and the mend."""
    return _reading(path, read_sections(path))


def check_text(path: str, text: str) -> None:
    """`ConfigError` unless the file at ``path`` could be taken over with this text."""
    _reading(path, sections_of(path, text))


def _reading(path: str, sections: list[Section]) -> Reading:
    return Reading({one.name: one for one in sections}, accounts_of(path, sections), kf_accounts_of(path, sections))


class AccountBook:
    """What the channels look accounts up in. ``trouble`` says why the file as it is now could not be taken over."""

    def __init__(self, settings: Settings, pokes: Pokes) -> None:
        self.file: Path = settings.wechat_file
        self._named = bool(settings.wechat_accounts)
        self._pokes = pokes
        self.trouble: ConfigError | None = None
        self._stamp = self._look_at_file()
        self.reading = self._read()

    @property
    def official(self) -> Mapping[str, Account]:
        """Official Accounts and mini programs that are switched on, by name."""
        return {name: one for name, one in self.reading.official.items() if one.enabled}

    @property
    def service(self) -> Mapping[str, KfAccount]:
        """Accounts of 微信客服 that are switched on, by name."""
        return {name: one for name, one in self.reading.service.items() if one.enabled}

    def account(self, app_id: str) -> Account | None:
        return self.reading.account(app_id)

    def kf_account(self, open_kfid: str) -> KfAccount | None:
        return self.reading.kf_account(open_kfid)

    async def run(self) -> None:
        """Take over changes of the file until cancelled, whoever made them."""
        with self._pokes.listen(ACCOUNTS) as flag:
            while True:
                await self.look_again()
                await wait_for(flag, LOOK_EVERY)

    async def look_again(self) -> None:
        """Read the file if it changed; one that cannot be used leaves the accounts as they were."""
        stamp = await asyncio.to_thread(self._look_at_file)
        if stamp == self._stamp:
            return
        try:
            reading = await asyncio.to_thread(self._read)
        except ConfigError as error:
            self.trouble = error
            log.error("wechat_accounts_not_taken_over", error=error.message, remedy=error.remedy)
        else:
            self.trouble, self.reading = None, reading
            log.info("wechat_accounts_read", accounts=len(reading.sections))
        self._stamp = stamp
        self._pokes.poke_here(_READ, ACCOUNTS)

    async def changes(self) -> AsyncIterator[Reading]:
        """The accounts as they are, and again each time they were read anew."""
        with self._pokes.listen(_READ) as flag:
            while True:
                flag.clear()
                yield self.reading
                await flag.wait()

    async def connected(self) -> None:
        """Returns as soon as there is an account."""
        async for reading in self.changes():
            if reading.sections:
                return

    def _read(self) -> Reading:
        # Without a setting the file comes into being with the first account; one that is named must be there.
        return read_accounts(str(self.file) if self._named or self._look_at_file() else "")

    def _look_at_file(self) -> Stamp | None:
        try:
            found = self.file.stat()
        except OSError:
            return None
        return (found.st_mtime_ns, found.st_size, found.st_ino)
