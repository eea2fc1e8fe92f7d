"""Reads the accounts file of all WeChat channels: a TOML table for each account, secrets also from the environment."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from handoff.channels.wechat.crypto import Box
from handoff.errors import ConfigError

log = structlog.get_logger(__name__)

KINDS = ("official", "mini", "kf")
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
TOKEN = re.compile(r"[A-Za-z0-9]{3,32}")
_ENV = "env:"
# Entries of every kind: switched on or off, and when the console's page set which secret.
COMMON = frozenset(("enabled", "set_at"))
SECRETS = ("secret", "token", "aes_key")


@dataclass(frozen=True)
class Section:
    """One account as written, with its mistakes named by file, account and mend."""

    path: str
    name: str
    table: dict[str, Any]

    @property
    def kind(self) -> str:
        return str(self.table.get("kind", "official"))

    @property
    def enabled(self) -> bool:
        return self.flag("enabled", True)

    @property
    def variables(self) -> list[str]:
        """Names in the environment that this account takes entries from."""
        named = [value for value in self.table.values() if isinstance(value, str) and value.startswith(_ENV)]
        return [value.removeprefix(_ENV) for value in named]

    @property
    def set_at(self) -> dict[str, float]:
        """When each secret was set by the console's page, in epoch seconds; empty for a section written by hand."""
        table = self.table.get("set_at", {})
        known = table.items() if isinstance(table, dict) else ()
        return {key: float(at) for key, at in known if key in SECRETS and isinstance(at, int | float)}

    def refuse(self, what: str, mend: str) -> ConfigError:
        return bad_file(self.path, f"[{self.name}] {what}", mend)

    def known_only(self, names: frozenset[str]) -> None:
        """`ConfigError` for an entry that this kind of account does not have."""
        unknown = sorted(set(self.table) - names - COMMON)
        if unknown:
            raise self.refuse(f"has an unknown entry {unknown[0]!r}.", f"Known: {', '.join(sorted(names | COMMON))}.")

    def text(self, key: str) -> str:
        """The text of an entry, taken from the environment where it says ``env:NAME``; empty when absent."""
        value = self.table.get(key, "")
        if not isinstance(value, str):
            raise self.refuse(f"has {key} that is no text.", "Put it in quotes.")
        if not value.startswith(_ENV):
            return value.strip()
        variable = value.removeprefix(_ENV)
        if not os.environ.get(variable):
            raise self.refuse(f"takes {key} from {variable}, which is not set.", f"Set {variable} in the environment.")
        return os.environ[variable].strip()

    def needed(self, key: str, where: str) -> str:
        """The text of an entry that must be there; ``where`` names the platform's page it is copied from."""
        value = self.text(key)
        if not value:
            raise self.refuse(f"has no {key}.", f"Copy it from the platform's page {where}.")
        return value

    def flag(self, key: str, default: bool) -> bool:
        value = self.table.get(key, default)
        if not isinstance(value, bool):
            raise self.refuse(f"has {key} = {value!r}.", "Write true or false.")
        return value

    def lang(self) -> str:
        value = self.table.get("lang", "zh")
        if value not in ("zh", "en"):
            raise self.refuse(f"has lang {value!r}.", "Use zh or en.")
        return str(value)

    def token(self, where: str) -> str:
        """The callback token, of the platform's form."""
        value = self.needed("token", where)
        if not TOKEN.fullmatch(value):
            raise self.refuse("has a token of the wrong form.", "Use 3-32 letters and digits, as on the platform.")
        return value

    def box(self, aes_key: str, receiver: str) -> Box:
        try:
            return Box(aes_key, receiver)
        except ValueError as error:
            raise self.refuse(
                f"has an aes_key that cannot be used: {error}.", "Copy the EncodingAESKey again."
            ) from error


def read_sections(path: str) -> list[Section]:
    """Every account of the file; ``path`` empty means none. `ConfigError` for a file that cannot be read."""
    if not path:
        return []
    file = Path(path)
    try:
        text = file.read_text(encoding="utf-8")
        if file.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
            log.warning("wechat_accounts_readable_by_others", file=file.name, remedy="chmod 600")
    except OSError as error:
        raise bad_file(path, f"cannot be read: {error.strerror}.", "Correct BATON_WECHAT_ACCOUNTS.") from error
    except UnicodeDecodeError as error:
        raise bad_file(path, f"is not TOML: {error}.", "Save it as UTF-8.") from error
    return sections_of(path, text)


def sections_of(path: str, text: str) -> list[Section]:
    """The accounts in the ``text`` of the file at ``path``; `ConfigError` where it is no such file."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise bad_file(path, f"is not TOML: {error}.", "Correct that line.") from error
    return [_section(path, name, table) for name, table in tables.items()]


def bad_file(path: str, what: str, mend: str) -> ConfigError:
    return ConfigError(f"The WeChat accounts in {path} cannot be used: the file {what}", remedy=mend)


def _section(path: str, name: str, table: Any) -> Section:
    section = Section(path, name, table if isinstance(table, dict) else {})
    if not NAME.fullmatch(name):
        raise section.refuse(
            "is no usable name.", "Use 1-32 of a-z, 0-9, - and _; it becomes part of the callback address."
        )
    if not isinstance(table, dict):
        raise section.refuse("is not an account.", "Write every entry below a heading such as [shop].")
    if section.kind not in KINDS:
        raise section.refuse(f"has kind {section.kind!r}.", f"Use {', '.join(KINDS)}.")
    return section
