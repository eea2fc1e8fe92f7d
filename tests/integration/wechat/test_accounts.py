"""The accounts file: every mistake is named, and no secret is written anywhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from handoff.channels.wechat.accounts import load_accounts
from handoff.channels.wecom.accounts import load_kf_accounts
from handoff.errors import ConfigError
from handoff.wechat_sim.settings import sim_accounts, write_demo_accounts
from tests.integration.wechat.conftest import Wechat

GOOD = {"app_id": "wx1", "token": "abc", "aes_key": "A" * 43, "secret": "s"}


def write(folder: Path, entries: dict[str, object], name: str = "shop") -> str:
    file = folder / "accounts.toml"
    lines = [
        f"{key} = {str(value).lower() if isinstance(value, bool) else repr(value)}" for key, value in entries.items()
    ]
    file.write_text(f"[{name}]\n" + "\n".join(lines), encoding="utf-8")
    return str(file)


def test_none_means_no_wechat() -> None:
    assert load_accounts("") == {}


def test_a_good_file_with_a_secret_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_SECRET", "from-env")
    found = load_accounts(write(tmp_path, GOOD | {"secret": "env:SHOP_SECRET"}))
    assert found["shop"].secret == "from-env"
    assert "from-env" not in repr(found["shop"])


@pytest.mark.parametrize(
    ("entries", "word"),
    [
        ({"token": "abc"}, "app_id"),
        (GOOD | {"token": "a b"}, "token"),
        (GOOD | {"aes_key": "short"}, "aes_key"),
        (GOOD | {"aes_key": ""}, "aes_key"),
        (GOOD | {"secret": ""}, "secret"),
        (GOOD | {"secret": "env:BATON_TEST_NOT_SET"}, "BATON_TEST_NOT_SET"),
        (GOOD | {"secret": 5}, "secret"),
        (GOOD | {"verified": "yes"}, "verified"),
        (GOOD | {"lang": "fr"}, "lang"),
        (GOOD | {"appid": "x"}, "appid"),
        (GOOD | {"menu": "x"}, "menu"),
        (GOOD | {"kind": "bank"}, "kind"),
        (GOOD | {"kind": "mini", "verified": False}, "mini program"),
    ],
)
def test_each_mistake_is_named(tmp_path: Path, entries: dict[str, object], word: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_accounts(write(tmp_path, entries))
    assert word in caught.value.message and caught.value.remedy
    assert "short" not in caught.value.message


KF = {"kind": "kf", "corp_id": "ww1", "token": "abc", "aes_key": "A" * 43, "secret": "s", "open_kfids": ["wk1"]}


def test_service_accounts_are_read_from_the_same_file(tmp_path: Path) -> None:
    path = write(tmp_path, KF)
    assert load_accounts(path) == {}
    (account,) = load_kf_accounts(path).values()
    assert account.faces["wk1"].channel == "wecom" and "'s'" not in repr(account)


@pytest.mark.parametrize("missing", ["corp_id", "token", "aes_key", "secret", "open_kfids"])
def test_each_mistake_of_a_service_account_is_named(tmp_path: Path, missing: str) -> None:
    with pytest.raises(ConfigError, match=missing):
        load_kf_accounts(write(tmp_path, {key: value for key, value in KF.items() if key != missing}))
    with pytest.raises(ConfigError, match="appid"):
        load_kf_accounts(write(tmp_path, KF | {"appid": "x"}))


def test_a_missing_or_broken_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_accounts(str(tmp_path / "none.toml"))
    broken = tmp_path / "b.toml"
    broken.write_text("[shop\n")
    with pytest.raises(ConfigError, match="not TOML"):
        load_accounts(str(broken))
    with pytest.raises(ConfigError, match="no usable name"):
        load_accounts(write(tmp_path, GOOD, name='"a/b"'))


def test_the_demo_file_can_be_used(tmp_path: Path) -> None:
    file = tmp_path / "data" / "demo.toml"
    write_demo_accounts(file)
    assert file.stat().st_mode & 0o077 == 0
    shop, club, mini, service = sim_accounts(str(file), "http://127.0.0.1:8080")
    assert (shop.verified, club.verified) == (True, False)
    assert mini.mini and not shop.mini
    assert shop.callback == "http://127.0.0.1:8080/wechat/shop"
    assert service.corp_id and service.callback == "http://127.0.0.1:8080/wecom/service"


@pytest.mark.asyncio(loop_scope="module")
async def test_no_secret_reaches_log_or_database(
    world: Wechat, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    person = world.person()
    await world.people.say(person, "你好")
    await world.told(person)
    world.platform.revoke_tokens("wxshop")
    await world.people.say(person, "再来")
    await world.told(person, 2)
    await world.people.say(world.person("shop", mode="plain"), "伪造")
    written = capsys.readouterr()
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]
    stored = b"".join(file.read_bytes() for file in world.services.settings.data_dir.glob("baton.db*"))
    for secret in ("shop-app-secret", "shoptoken", "A" * 43):
        assert secret not in written.out + written.err + "\n".join(ours)
        assert secret.encode() not in stored
    assert person.openid not in written.out + written.err
