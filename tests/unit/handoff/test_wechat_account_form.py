"""Entries of a WeChat account: each mistake is named by its field; what is kept says the same as what was entered."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from handoff.account_errors import WechatAccountRefused
from handoff.channels.account_form import check_form, entries_of, form_of, version_of
from handoff.channels.wechat.accounts_file import Section
from handoff.channels.wechat.token import our_address
from handoff.store.wechat_accounts import AccountForm

KEY = "A" * 43
SHOP = AccountForm("shop", "official", "wx0123456789abcdef", token="abc", aes_key=KEY, secret="s" * 32)
DESK = AccountForm(
    "desk", "kf", "ww0123456789abcdef", open_kfids=("wkAJ2GCAAA01",), token="abc", aes_key=KEY, secret="s" * 43
)


@pytest.mark.parametrize(
    "good",
    [
        SHOP,
        DESK,
        replace(SHOP, verified=False, secret=""),
        replace(SHOP, kind="mini"),
        replace(SHOP, sealed=False, aes_key=""),
        replace(SHOP, original_id="gh_0123456789ab", welcome="欢迎"),
        replace(DESK, app_id="wx5823bf96d3bd56c7"),
    ],
)
def test_what_platforms_give_out_is_taken_and_read_back(good: AccountForm) -> None:
    check_form(good, known=None)
    read = form_of(Section("file", good.name, entries_of(good)))
    assert read == replace(good, token="", aes_key="", secret="")
    assert not any(secret in repr(good) for secret in (KEY, good.secret or "s" * 32))


@pytest.mark.parametrize(
    ("field", "reason", "change"),
    [
        ("name", "name", {"name": "Shop"}),
        ("name", "name", {"name": "../up"}),
        ("kind", "kind", {"kind": "bank"}),
        ("app_id", "app_id", {"app_id": "wx123"}),
        ("app_id", "corp_id", {"kind": "kf"}),
        ("lang", "kind", {"lang": "fr"}),
        ("welcome", "long", {"welcome": "哈" * 601}),
        ("original_id", "original_id", {"original_id": "shop"}),
        ("verified", "verified", {"kind": "mini", "verified": False}),
        ("token", "missing", {"token": ""}),
        ("token", "token", {"token": "a b"}),
        ("token", "token", {"token": "env:TOKEN"}),
        ("aes_key", "missing", {"aes_key": ""}),
        ("aes_key", "aes_key", {"aes_key": "A" * 42}),
        ("aes_key", "aes_key", {"aes_key": "密" * 43}),
        ("secret", "missing", {"secret": ""}),
        ("secret", "secret", {"secret": "with space"}),
        ("secret", "secret", {"secret": "s" * 129}),
        ("secret", "environment", {"secret": "env:SECRET"}),
    ],
)
def test_each_mistake_is_named(field: str, reason: str, change: dict[str, Any]) -> None:
    form = replace(SHOP, **({"app_id": "nobody"} if change.get("kind") == "kf" else {}), **change)
    with pytest.raises(WechatAccountRefused) as caught:
        check_form(form, known=None)
    assert caught.value.fields == {"field": field, "reason": reason}


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("open_kfids", {"open_kfids": ()}),
        ("open_kfids", {"open_kfids": ("xx1",)}),
        ("open_kfids", {"open_kfids": ("wkAJ2GCAAA01",) * 2}),
        ("sealed", {"sealed": False}),
    ],
)
def test_each_mistake_of_a_service_account_is_named(field: str, change: dict[str, Any]) -> None:
    with pytest.raises(WechatAccountRefused) as caught:
        check_form(replace(DESK, **change), known=None)
    assert caught.value.fields["field"] == field


def test_of_a_known_account_secrets_may_stay_and_its_id_must() -> None:
    known = Section("file", "shop", entries_of(SHOP))
    kept = replace(SHOP, token="", aes_key="", secret="")
    check_form(kept, known)
    assert not {"token", "aes_key", "secret"} & set(entries_of(kept))
    with pytest.raises(WechatAccountRefused, match="fixed"):
        check_form(replace(kept, app_id="wx0123456789abcde0"), known)
    other = Section("file", "shop", entries_of(replace(SHOP, secret="other")))
    assert version_of(other) == version_of(known), "nobody can try guesses at a secret on the version"
    assert version_of(Section("file", "shop", entries_of(replace(SHOP, lang="en")))) != version_of(known)


@pytest.mark.parametrize(
    ("answer", "address"),
    [
        (
            {"errcode": 40164, "errmsg": "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist"},
            "203.0.113.7",
        ),
        ({"errcode": 60020, "errmsg": "not allow to access from your ip, from ip: 2001:db8::7"}, "2001:db8::7"),
        ({"errcode": 40164, "errmsg": "not in whitelist"}, None),
        ({"errcode": 40125, "errmsg": "invalid appsecret 1.2.3.4"}, None),
        ("nothing", None),
    ],
)
def test_the_platform_tells_where_it_saw_us(answer: Any, address: str | None) -> None:
    assert our_address(answer) == address
