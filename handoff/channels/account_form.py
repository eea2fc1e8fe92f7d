"""The entries of a WeChat account between the console's form and the accounts file: each checked, mistakes named."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from handoff.account_errors import WechatAccountRefused
from handoff.channels.wechat.accounts_file import KINDS, NAME, SECRETS, TOKEN, Section
from handoff.channels.wechat.crypto import Box
from handoff.store.wechat_accounts import AccountForm

LONGEST_WELCOME = 600
LONGEST_SECRET = 128
MOST_FACES = 50
_APP_ID = re.compile(r"wx[0-9a-f]{16}")
# Companies of before 2017 have ids that begin as those of Official Accounts do.
_CORP_ID = re.compile(r"(ww|wx|wp)[0-9A-Za-z]{16}")
_OPEN_KFID = re.compile(r"wk[0-9A-Za-z_-]{4,62}")
_ORIGINAL_ID = re.compile(r"gh_[0-9a-z]{12}")


def check_form(form: AccountForm, known: Section | None) -> None:
    """`WechatAccountRefused` names the first entry that cannot be used; ``known`` is the account that is changed."""
    if known is None:
        _demand(NAME.fullmatch(form.name), "name", "name")
        _demand(form.kind in KINDS, "kind", "kind")
        _check_id(form)
    else:
        _demand((form.kind, form.app_id) == (form_of(known).kind, form_of(known).app_id), "app_id", "fixed")
    _demand(form.lang in ("zh", "en"), "lang", "kind")
    _demand(len(form.welcome) <= LONGEST_WELCOME, "welcome", "long")
    _demand(not form.original_id or _ORIGINAL_ID.fullmatch(form.original_id), "original_id", "original_id")
    if form.kind == "kf":
        sound = 0 < len(form.open_kfids) <= MOST_FACES and all(map(_OPEN_KFID.fullmatch, form.open_kfids))
        _demand(sound and len(set(form.open_kfids)) == len(form.open_kfids), "open_kfids", "open_kfids")
    _demand(form.verified or form.kind == "official", "verified", "verified")
    _demand(form.sealed or form.kind != "kf", "sealed", "sealed")
    _check_secrets(form, known)


def _check_id(form: AccountForm) -> None:
    if form.kind == "kf":
        _demand(_CORP_ID.fullmatch(form.app_id), "app_id", "corp_id")
    else:
        _demand(_APP_ID.fullmatch(form.app_id), "app_id", "app_id")


def _check_secrets(form: AccountForm, known: Section | None) -> None:
    kept = {key for key in SECRETS if known is not None and known.table.get(key)}
    _demand(form.token or "token" in kept, "token", "missing")
    _demand(not form.token or TOKEN.fullmatch(form.token), "token", "token")
    if form.sealed:
        _demand(form.aes_key or "aes_key" in kept, "aes_key", "missing")
        _demand(not form.aes_key or _is_key(form), "aes_key", "aes_key")
    _demand(form.secret or "secret" in kept or not form.verified, "secret", "missing")
    sound = form.secret.isascii() and form.secret.isprintable() and " " not in form.secret
    _demand(not form.secret or (sound and len(form.secret) <= LONGEST_SECRET), "secret", "secret")
    for key in SECRETS:
        _demand(not getattr(form, key).startswith("env:"), key, "environment")


def _is_key(form: AccountForm) -> bool:
    try:
        Box(form.aes_key, form.app_id)
    except ValueError:
        return False
    return True


def _demand(good: object, field: str, reason: str) -> None:
    if not good:
        raise WechatAccountRefused(f"The entry {field} cannot be used: {reason}.", field=field, reason=reason)


def entries_of(form: AccountForm) -> dict[str, Any]:
    """The section of the file that says the same; secrets that were not told are not in it."""
    kf = form.kind == "kf"
    entries: dict[str, Any] = {"kind": form.kind, "corp_id" if kf else "app_id": form.app_id}
    if kf:
        entries["open_kfids"] = list(form.open_kfids)
    else:
        entries |= {"original_id": form.original_id, "verified": form.verified, "allow_plain": not form.sealed}
    entries |= {"lang": form.lang, "welcome": form.welcome}
    told = {key: getattr(form, key) for key in SECRETS if getattr(form, key)}
    if not form.sealed:
        told.pop("aes_key", None)
    return entries | told


def form_of(section: Section) -> AccountForm:
    """The account as the form shows it: without its secrets."""
    table, kf = section.table, section.kind == "kf"
    return AccountForm(
        name=section.name,
        kind=section.kind,
        app_id=section.text("corp_id" if kf else "app_id"),
        verified=section.flag("verified", True),
        sealed=bool(table.get("aes_key")),
        lang=section.lang(),
        welcome=section.text("welcome"),
        original_id="" if kf else section.text("original_id"),
        open_kfids=tuple(table.get("open_kfids", ())) if kf else (),
    )


def version_of(section: Section) -> str:
    """Differs after each change here. No secret is part of it, so nobody can try guesses at one on it."""
    shown = {key: value for key, value in section.table.items() if key not in SECRETS}
    return hashlib.sha256(json.dumps(shown, sort_keys=True, default=str).encode()).hexdigest()[:16]
