"""The WeChat accounts of this installation, read from a file that stays outside the database."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from handoff.channels.wechat.crypto import Box
from handoff.errors import ConfigError

log = structlog.get_logger(__name__)

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_TOKEN = re.compile(r"[A-Za-z0-9]{3,32}")
_KNOWN = frozenset(
    (
        "kind",
        "app_id",
        "original_id",
        "token",
        "aes_key",
        "secret",
        "verified",
        "allow_plain",
        "lang",
        "welcome",
        "menu",
    )
)
_ENV = "env:"


@dataclass(frozen=True)
class Account:
    """One Official Account, or with ``mini`` one mini program.

    ``menu`` turns keys of its custom menu into the words the customer means by them.
    """

    name: str
    app_id: str
    original_id: str
    verified: bool
    lang: str
    welcome: str
    menu: dict[str, str]
    mini: bool
    token: str = field(repr=False)
    secret: str = field(repr=False)
    aes_key: str = field(repr=False)
    box: Box | None = field(repr=False)


def load_accounts(path: str) -> dict[str, Account]:
    """Accounts by name; ``path`` empty means none. `ConfigError` names the account, the entry and the mend."""
    if not path:
        return {}
    file = Path(path)
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
        if file.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
            log.warning("wechat_accounts_readable_by_others", file=file.name, remedy="chmod 600")
    except OSError as error:
        raise _bad(path, f"cannot be read: {error.strerror}.", "Correct BATON_WECHAT_ACCOUNTS.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _bad(path, f"is not TOML: {error}.", "Correct that line.") from error
    found = {name: _account(path, name, table) for name, table in tables.items()}
    ids = [account.app_id for account in found.values()]
    if len(ids) != len(set(ids)):
        raise _bad(path, "names the same app_id twice.", "Keep one of the two accounts.")
    return found


def _account(path: str, name: str, table: Any) -> Account:
    def refuse(what: str, mend: str) -> ConfigError:
        return _bad(path, f"[{name}] {what}", mend)

    if not _NAME.fullmatch(name):
        raise refuse("is no usable name.", "Use 1-32 of a-z, 0-9, - and _; it becomes part of the callback address.")
    if not isinstance(table, dict):
        raise refuse("is not an account.", "Write every entry below a heading such as [shop].")
    unknown = sorted(set(table) - _KNOWN)
    if unknown:
        raise refuse(f"has an unknown entry {unknown[0]!r}.", f"Known: {', '.join(sorted(_KNOWN))}.")
    values = {key: _text(refuse, table, key) for key in ("app_id", "original_id", "token", "aes_key", "secret")}
    for key in ("app_id", "token"):
        if not values[key]:
            raise refuse(f"has no {key}.", "Copy it from the platform's page 设置与开发 > 基本配置.")
    if not _TOKEN.fullmatch(values["token"]):
        raise refuse("has a token of the wrong form.", "Use 3-32 letters and digits, the same as on the platform.")
    verified = _flag(refuse, table, "verified", True)
    if verified and not values["secret"]:
        raise refuse("has no secret.", "Copy the AppSecret, or write verified = false for an account without it.")
    kind = table.get("kind", "official")
    if kind not in ("official", "mini"):
        raise refuse(f"has kind {kind!r}.", "Use official or mini.")
    if kind == "mini" and not verified:
        raise refuse("is a mini program with verified = false.", "A mini program cannot answer in callbacks.")
    if table.get("lang", "zh") not in ("zh", "en"):
        raise refuse(f"has lang {table['lang']!r}.", "Use zh or en.")
    menu = table.get("menu", {})
    if not isinstance(menu, dict) or not all(isinstance(word, str) for word in menu.values()):
        raise refuse("has a menu that is no table of texts.", 'Write [shop.menu] and lines such as KEY = "转人工".')
    return Account(
        name=name,
        verified=verified,
        lang=table.get("lang", "zh"),
        welcome=_text(refuse, table, "welcome"),
        menu=menu,
        mini=kind == "mini",
        box=_box(refuse, values, _flag(refuse, table, "allow_plain", False)),
        **values,
    )


def _box(refuse: Any, values: dict[str, str], allow_plain: bool) -> Box | None:
    if not values["aes_key"]:
        if not allow_plain:
            raise refuse(
                "has no aes_key, so anybody who sees one address of ours could forge messages.",
                "Choose the secure mode (安全模式) on the platform and copy the EncodingAESKey, "
                "or write allow_plain = true.",
            )
        return None
    try:
        return Box(values["aes_key"], values["app_id"])
    except ValueError as error:
        raise refuse(f"has an aes_key that cannot be used: {error}.", "Copy the EncodingAESKey again.") from error


def _text(refuse: Any, table: dict[str, Any], key: str) -> str:
    value = table.get(key, "")
    if not isinstance(value, str):
        raise refuse(f"has {key} that is no text.", "Put it in quotes.")
    if value.startswith(_ENV):
        variable = value.removeprefix(_ENV)
        if not os.environ.get(variable):
            raise refuse(f"takes {key} from {variable}, which is not set.", f"Set {variable} in the environment.")
        return os.environ[variable].strip()
    return value.strip()


def _flag(refuse: Any, table: dict[str, Any], key: str, default: bool) -> bool:
    value = table.get(key, default)
    if not isinstance(value, bool):
        raise refuse(f"has {key} = {value!r}.", "Write true or false.")
    return value


def _bad(path: str, what: str, mend: str) -> ConfigError:
    return ConfigError(f"The WeChat accounts in {path} cannot be used: the file {what}", remedy=mend)
