"""Turns connected accounts into what the accounts page shows: two lights for each, in words, and never a secret."""

from __future__ import annotations

from typing import Any

from handoff.console.words import Words
from handoff.store.wechat_accounts import AccountHealth, AccountLine, AccountsOverview

Data = dict[str, Any]
SECRETS = ("secret", "token", "aes_key")


def page_view(overview: AccountsOverview, words: Words) -> Data:
    """The whole page; times are epoch seconds."""
    return {
        "accounts": [account_view(line, words) for line in overview.lines],
        "file": overview.file,
        "writable": overview.writable,
        "trouble": overview.trouble,
        "platforms": [] if overview.real else list(dict.fromkeys(overview.platforms)),
    }


def account_view(line: AccountLine, words: Words) -> Data:
    """One account of the file, with its parts: one, or for 微信客服 one for each service account."""
    told, form = words["wechat_page"], line.form
    return {
        **form.told(),
        "kind_words": told[f"kind_{form.kind}"],
        "enabled": line.enabled,
        "variables": list(line.variables),
        "version": line.version,
        "callback": f"/{'wecom' if form.kind == 'kf' else 'wechat'}/{form.name}",
        "secrets": [{"key": key, "at": line.set_at.get(key)} for key in SECRETS if key in line.secrets],
        "parts": [part_view(one, words) for one in line.health],
    }


def part_view(health: AccountHealth, words: Words) -> Data:
    """One id that customers write to, and how it is."""
    told = words["wechat_page"]
    state = "unverified" if not health.verified else "passive" if health.passive else "verified"
    return {
        "id": health.app_id,
        "state": told[state],
        "state_good": state == "verified",
        "keys": keys_light(health, words),
        "calls": calls_light(health, words),
        "can_test": health.verified,
        "people": health.people,
        "waiting": health.waiting,
        "put_off": health.put_off,
        "given_up": health.given_up,
        "quota_errors": health.quota_errors,
        "token_errors": health.token_errors,
        "last_error": health.last_error or "",
        "error_at": health.error_at,
    }


def keys_light(health: AccountHealth, words: Words) -> Data:
    """Whether the platform takes our keys: ``state`` is good, bad, wait or off."""
    told = words["wechat_page"]
    if not health.verified:
        return {"state": "off", "words": told["keys_unneeded"]}
    if health.last_error:
        hint = hint_of(health.last_error, words, health.our_address)
        if health.last_error == "-":
            return {"state": "bad", "words": told["keys_away"], "at": health.error_at}
        return {
            "state": "bad",
            "words": told["keys_bad"].format(code=health.last_error, hint=hint),
            "at": health.error_at,
        }
    if health.token_left is None:
        return {"state": "wait", "words": told["keys_wait"]}
    age = max(0, round((health.token_age or 0) / 60))
    left = max(0, round(health.token_left / 60))
    return {"state": "good", "words": told["keys_good"].format(age=age, left=left)}


def calls_light(health: AccountHealth, words: Words) -> Data:
    """Whether the platform finds us: ``state`` is good, bad, wait or off; ``at`` is when it last came."""
    told = words["wechat_page"]
    if not health.enabled:
        return {"state": "off", "words": told["calls_off"]}
    if health.refused_at is not None:
        why = told.get(f"refused_{health.refused_why}", told["refused_form"])
        return {"state": "bad", "words": why, "at": health.refused_at}
    if health.last_callback is not None:
        return {"state": "good", "words": told["calls_good"], "at": health.last_callback}
    if health.checked_at is not None:
        return {"state": "good", "words": told["calls_checked"], "at": health.checked_at}
    return {"state": "wait", "words": told["calls_wait"]}


def hint_of(code: str, words: Words, our_address: str | None) -> str:
    """What to do about an errcode of the platform."""
    told = words["wechat_page"]
    hint = told.get(f"hint_{code}", told["hint_none"])
    return hint.format(address=our_address or told["address_unknown"])


def test_text(name: str, code: int | None, words: Words, our_address: str | None = None) -> str:
    """What a test came to: ``code`` 0 is good, None that the platform cannot be reached."""
    told = words["wechat_page"]
    if code is None:
        return str(told["test_away"].format(name=name))
    if code == 0:
        return str(told["test_good"].format(name=name))
    return str(told["test_refused"].format(name=name, code=code, hint=hint_of(str(code), words, our_address)))
