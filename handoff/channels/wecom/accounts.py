"""The 微信客服 accounts of this installation, from the same file as the other WeChat accounts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from handoff.channels.wechat.accounts import Account
from handoff.channels.wechat.accounts_file import Section, bad_file, read_sections
from handoff.channels.wechat.crypto import Box

CHANNEL = "wecom"
APP_PAGE = "微信客服 > API > 接收消息"
CORP_PAGE = "我的企业 > 企业信息"

_KNOWN = frozenset(("kind", "corp_id", "open_kfids", "token", "aes_key", "secret", "lang", "welcome"))


@dataclass(frozen=True)
class KfAccount:
    """One app of a company that speaks for its service accounts, ``faces`` by open_kfid.

    ``app_id`` is the company's id: what its access token is asked for with.
    """

    name: str
    app_id: str
    lang: str
    welcome: str
    faces: dict[str, Account]
    token: str = field(repr=False)
    secret: str = field(repr=False)
    aes_key: str = field(repr=False)
    box: Box = field(repr=False)
    enabled: bool = True


# The account that an open_kfid belongs to; None for one that is no longer configured.
KfAccountOf = Callable[[str], KfAccount | None]


def load_kf_accounts(path: str) -> dict[str, KfAccount]:
    """Accounts of kind ``kf`` by name. `ConfigError` names the account, the entry and the mend."""
    return kf_accounts_of(path, read_sections(path))


def kf_accounts_of(path: str, sections: Sequence[Section]) -> dict[str, KfAccount]:
    """As `load_kf_accounts`, of sections that were read from ``path``."""
    found = {section.name: _account(section) for section in sections if section.kind == "kf"}
    ids = [open_kfid for account in found.values() for open_kfid in account.faces]
    if len(ids) != len(set(ids)):
        raise bad_file(path, "names the same open_kfid twice.", "Keep it in one account.")
    return found


def _account(section: Section) -> KfAccount:
    section.known_only(_KNOWN)
    corp_id, token = section.needed("corp_id", CORP_PAGE), section.token(APP_PAGE)
    aes_key, secret = section.needed("aes_key", APP_PAGE), section.needed("secret", APP_PAGE)
    ids = section.table.get("open_kfids")
    if not isinstance(ids, list) or not ids or not all(isinstance(one, str) and one for one in ids):
        raise section.refuse(
            "has no open_kfids.", 'List the ids of its service accounts: open_kfids = ["wk…"] (微信客服 > 客服账号).'
        )
    box, lang, welcome = section.box(aes_key, corp_id), section.lang(), section.text("welcome")
    faces = {
        open_kfid: Account(
            name=section.name,
            app_id=open_kfid,
            original_id="",
            verified=True,
            lang=lang,
            welcome=welcome,
            menu={},
            mini=False,
            token=token,
            secret=secret,
            aes_key=aes_key,
            box=box,
            channel=CHANNEL,
            enabled=section.enabled,
        )
        for open_kfid in ids
    }
    return KfAccount(section.name, corp_id, lang, welcome, faces, token, secret, aes_key, box, section.enabled)
