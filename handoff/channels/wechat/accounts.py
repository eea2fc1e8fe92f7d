"""The Official Accounts and mini programs of this installation, from a file that stays outside the database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from handoff.channels.wechat.accounts_file import Section, bad_file, read_sections
from handoff.channels.wechat.crypto import Box
from handoff.delivery import SendBlocked, SendRefused
from handoff.store.wechat_accounts import SWITCHED_OFF

CHANNEL = "wechat"
PAGE = "设置与开发 > 基本配置"

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


class Switchable(Protocol):
    """An account that the console's page can switch off."""

    @property
    def enabled(self) -> bool: ...


T = TypeVar("T", bound=Switchable)


class Credentials(Protocol):
    """What asking the platform for an access token takes."""

    @property
    def name(self) -> str: ...
    @property
    def app_id(self) -> str: ...
    @property
    def secret(self) -> str: ...


@dataclass(frozen=True)
class Account:
    """One Official Account, with ``mini`` one mini program, or of another ``channel`` a service account like them.

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
    channel: str = CHANNEL
    enabled: bool = True


# The account of an app id, switched off ones too; None for one that is no longer configured.
AccountOf = Callable[[str], Account | None]


def in_use(account: T | None) -> T:
    """The account to send by: `SendRefused` once it is gone, `SendBlocked` while it is switched off."""
    if account is None:
        raise SendRefused("the account is no longer configured")
    if not account.enabled:
        raise SendBlocked(SWITCHED_OFF, note="account_off")
    return account


def load_accounts(path: str) -> dict[str, Account]:
    """Accounts by name; ``path`` empty means none. `ConfigError` names the account, the entry and the mend."""
    return accounts_of(path, read_sections(path))


def accounts_of(path: str, sections: Sequence[Section]) -> dict[str, Account]:
    """As `load_accounts`, of sections that were read from ``path``."""
    found = {section.name: _account(section) for section in sections if section.kind != "kf"}
    ids = [account.app_id for account in found.values()]
    if len(ids) != len(set(ids)):
        raise bad_file(path, "names the same app_id twice.", "Keep one of the two accounts.")
    return found


def _account(section: Section) -> Account:
    section.known_only(_KNOWN)
    app_id, token, aes_key = section.needed("app_id", PAGE), section.token(PAGE), section.text("aes_key")
    secret, verified = section.text("secret"), section.flag("verified", True)
    if verified and not secret:
        raise section.refuse(
            "has no secret.", "Copy the AppSecret, or write verified = false for an account without it."
        )
    mini = section.kind == "mini"
    if mini and not verified:
        raise section.refuse("is a mini program with verified = false.", "A mini program cannot answer in callbacks.")
    menu = section.table.get("menu", {})
    if not isinstance(menu, dict) or not all(isinstance(word, str) for word in menu.values()):
        raise section.refuse(
            "has a menu that is no table of texts.", 'Write [shop.menu] and lines such as KEY = "转人工".'
        )
    return Account(
        name=section.name,
        app_id=app_id,
        original_id=section.text("original_id"),
        verified=verified,
        lang=section.lang(),
        welcome=section.text("welcome"),
        menu=menu,
        mini=mini,
        token=token,
        secret=secret,
        aes_key=aes_key,
        box=_box(section, aes_key, app_id),
        enabled=section.enabled,
    )


def _box(section: Section, aes_key: str, app_id: str) -> Box | None:
    allow_plain = section.flag("allow_plain", False)
    if aes_key:
        return section.box(aes_key, app_id)
    if not allow_plain:
        raise section.refuse(
            "has no aes_key, so anybody who sees one address of ours could forge messages.",
            "Choose the secure mode (安全模式) and copy the EncodingAESKey, or write allow_plain = true.",
        )
    return None
