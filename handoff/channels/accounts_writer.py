"""Writes the accounts file of WeChat: one section changed, everything else as it was, whole or not at all."""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import ParseError

from handoff.account_errors import AccountsFileBroken, AccountsFileUnwritable, WechatAccountExists
from handoff.channels.account_book import check_text
from handoff.channels.wechat.accounts_file import SECRETS
from handoff.errors import ConfigError, NotFound

MODE = 0o600


@dataclass(frozen=True)
class Change:
    """The file before and after; ``before`` is None where there was none."""

    before: bytes | None
    after: bytes


class AccountsWriter:
    """Comments and the order of what people wrote by hand stay. Blocking: call it from a thread."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def may_write(self) -> bool:
        """Whether a change could be saved."""
        place = self._place()
        folder = place.parent
        while not folder.exists() and folder != folder.parent:
            folder = folder.parent
        return os.access(folder, os.W_OK) and (not place.exists() or os.access(place, os.R_OK))

    def add(self, name: str, entries: Mapping[str, Any]) -> Change:
        """A new section at the end; `WechatAccountExists` when the name or an id is taken."""

        def work(document: tomlkit.TOMLDocument) -> None:
            if name in document or _ids({"": entries}) & _ids(document):
                raise WechatAccountExists()
            table = tomlkit.table()
            _fill(table, entries)
            document[name] = table

        return self._edit(work)

    def change(self, name: str, entries: Mapping[str, Any], dropped: tuple[str, ...]) -> Change:
        """Put ``entries`` into the section and take ``dropped`` out; `NotFound` when it has gone."""

        def work(document: tomlkit.TOMLDocument) -> None:
            if name not in document:
                raise NotFound()
            others = {key: table for key, table in document.items() if key != name}
            if _ids({"": entries}) & _ids(others):
                raise WechatAccountExists()
            table: Any = document[name]
            for key in dropped:
                table.pop(key, None)
                table.get("set_at", {}).pop(key, None)
            _fill(table, entries)

        return self._edit(work)

    def remove(self, name: str) -> Change:
        """Take the section out."""

        def work(document: tomlkit.TOMLDocument) -> None:
            if document.pop(name, None) is None:
                raise NotFound()

        return self._edit(work)

    def put_back(self, change: Change) -> None:
        """The file as it was before, if nobody has changed it since."""
        with self._alone():
            if self._bytes() != change.after:
                return
            if change.before is None:
                self._place().unlink(missing_ok=True)
            else:
                self._replace(change.before)

    def _edit(self, work: Callable[[tomlkit.TOMLDocument], None]) -> Change:
        with self._alone():
            before = self._bytes()
            try:
                document = tomlkit.parse((before or b"").decode("utf-8"))
                work(document)
                text = tomlkit.dumps(document)
                check_text(str(self._file), text)
            except (ParseError, UnicodeDecodeError) as error:
                raise AccountsFileBroken(f"The accounts file is not TOML: {error}.", file=str(self._file)) from error
            except ConfigError as error:
                raise AccountsFileBroken(error.message, remedy=error.remedy, file=str(self._file)) from error
            self._replace(text.encode())
            return Change(before, text.encode())

    def _replace(self, content: bytes) -> None:
        place = self._place()
        with self._named_troubles():
            handle, scratch = tempfile.mkstemp(prefix=f".{place.name}.", suffix=".part", dir=place.parent)
            try:
                with os.fdopen(handle, "wb") as stream:
                    os.fchmod(stream.fileno(), MODE)
                    stream.write(content)
                    stream.flush()
                    os.fsync(stream.fileno())
                os.replace(scratch, place)
                _sync_folder(place.parent)
            finally:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(scratch)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """One writer at a time, also among several gateways that share the file."""
        place = self._place()
        with self._named_troubles():
            place.parent.mkdir(parents=True, exist_ok=True)
            stream = open(place.with_name(f".{place.name}.lock"), "a")  # noqa: SIM115  # closed below, with the lock
        with stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            yield

    @contextlib.contextmanager
    def _named_troubles(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise AccountsFileUnwritable(
                f"The accounts file {self._file} cannot be written: {why}.", file=str(self._file), why=why
            ) from error

    def _bytes(self) -> bytes | None:
        with self._named_troubles():
            try:
                return self._place().read_bytes()
            except FileNotFoundError:
                return None

    def _place(self) -> Path:
        """Where the file really lies: a symbolic link is not replaced by a file."""
        return self._file.resolve()


def _fill(table: Any, entries: Mapping[str, Any]) -> None:
    for key, value in entries.items():
        if value == "" and key not in table:
            continue
        if table.get(key) != value:
            table[key] = value
    told = [key for key in SECRETS if entries.get(key)]
    if told:
        if "set_at" not in table:
            table["set_at"] = tomlkit.inline_table()
        for key in told:
            table["set_at"][key] = int(time.time())


def _ids(tables: Mapping[str, Any]) -> set[str]:
    """AppIDs, companies and service accounts in these sections."""
    found: set[str] = set()
    for table in tables.values():
        if isinstance(table, Mapping):
            found |= {str(one) for one in table.get("open_kfids", ())}
            found |= {str(table.get("app_id", "")), str(table.get("corp_id", ""))}
    return found - {""}


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
