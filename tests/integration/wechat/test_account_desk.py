"""Accounts that an administrator connects, changes, switches off and removes while everything runs."""

from __future__ import annotations

import asyncio
import os
import tomllib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import Connection, func, select
from structlog.testing import capture_logs

from handoff.account_errors import AccountsFileUnwritable
from handoff.channels.account_book import AccountBook
from handoff.channels.accounts_writer import AccountsWriter
from handoff.conversation import Role
from handoff.errors import ConfigError, StorageUnavailable
from handoff.pokes import Pokes
from handoff.settings import Settings
from handoff.store import agents, audit, wechat_accounts
from handoff.store import tables as t
from handoff.wechat_sim.platform import SimAccount
from handoff.wechat_sim.registration import new_account
from tests.integration.wechat.conftest import ACCOUNTS, Wechat, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

KEY = "E" * 42 + "A"
NEW = {"name": "xindian", "token": "thenewtoken", "aes_key": KEY, "secret": "new-app-secret-4711"}


@dataclass
class Desk:
    """An administrator at the agent API, beside the world."""

    world: Wechat
    http: httpx.AsyncClient
    file: Path

    async def call(self, method: str, path: str = "", **body: Any) -> httpx.Response:
        return await self.http.request(method, f"/api/v1/agent/wechat{path}", json=body or None)

    async def ok(self, method: str, path: str = "", **body: Any) -> dict[str, Any]:
        answer = await self.call(method, path, **body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def refused(self, method: str, path: str = "", **body: Any) -> tuple[int, dict[str, Any]]:
        answer = await self.call(method, path, **body)
        return answer.status_code, answer.json()["error"]

    async def account(self, name: str) -> dict[str, Any]:
        return next(one for one in (await self.ok("GET"))["accounts"] if one["name"] == name)

    async def version(self, name: str) -> str:
        return str((await self.account(name))["version"])

    def registered(self, kind: Any = "official", name: str = "xindian") -> SimAccount:
        """An account of the platform whose server is ours, as soon as it is connected here."""
        way = "wecom" if kind == "kf" else "wechat"
        made = new_account(name, kind)
        known = replace(
            made,
            callback=f"{self.world.gateway_url}/{way}/{name}",
            token=NEW["token"],
            aes_key=KEY,
            secret=NEW["secret"],
        )
        self.world.platform.accounts[known.app_id] = known
        return known


@pytest_asyncio.fixture(loop_scope="module")
async def desk(world: Wechat) -> AsyncIterator[Desk]:
    file = world.services.wechat_book.file
    file.write_text(f"# Written by hand.\n{ACCOUNTS}", encoding="utf-8")
    await world.services.wechat_book.look_again()
    async with await signed_in(world, "root", Role.ADMIN) as http:
        yield Desk(world, http, file)
    # The world of the next test begins with what this file says.
    file.write_text(ACCOUNTS, encoding="utf-8")


async def signed_in(world: Wechat, name: str, role: Role) -> httpx.AsyncClient:
    """A page past the sign-in form, which has tests of its own; hashing a password costs more than most tests."""

    def work(conn: Connection) -> tuple[str, str]:
        agent = agents.insert_agent(conn, name=name, display_name=name, role=role, password_hash="-", cap=5)
        return agents.create_session(conn, agent.id, 600.0)

    session, csrf = await world.services.db.write(work)
    headers = {"Origin": world.gateway_url, "X-CSRF-Token": csrf, "Cookie": f"baton={session}"}
    return httpx.AsyncClient(base_url=world.gateway_url, trust_env=False, headers=headers)


async def test_a_new_account_answers_at_once_and_keeps_its_secrets(desk: Desk) -> None:
    known = desk.registered()
    with capture_logs() as logs:
        added = await desk.call("POST", **NEW, app_id=known.app_id)
        assert added.status_code == 200, added.text
        tested = await desk.ok("POST", "/test", id=known.app_id)
        person = desk.world.platform.person(known)
        await desk.world.people.say(person, "你好")
        assert await desk.world.told(person) == ["echo 你好"]
    assert tested == {"account": "xindian", "code": 0}
    account = await until(lambda: _heard(desk, "xindian"))
    assert set(account["secrets"]) == {"secret", "token", "aes_key"} and all(account["secrets"].values())
    assert account["parts"][0]["token_age"] < 60 and not account["parts"][0]["last_error"]

    told = added.text + str(await desk.ok("GET")) + str(logs)
    trail = await desk.world.services.db.read(lambda conn: audit.trail(conn))
    stored = b"".join(file.read_bytes() for file in desk.world.services.settings.data_dir.glob("baton.db*"))
    for secret in (NEW["token"], NEW["secret"], KEY):
        assert secret not in told + str(trail) and secret.encode() not in stored
    assert [(one.action, one.data.get("account")) for one in trail][:2] == [
        ("wechat_tested", "xindian"),
        ("wechat_added", "xindian"),
    ]


async def _heard(desk: Desk, name: str) -> dict[str, Any] | None:
    account = await desk.account(name)
    return account if account["parts"][0]["last_callback"] else None


async def test_the_file_stays_as_people_wrote_it_and_is_nobody_elses(desk: Desk) -> None:
    desk.file.chmod(0o644)
    await desk.ok("POST", **NEW, app_id=desk.registered().app_id)
    text = desk.file.read_text(encoding="utf-8")
    assert text.startswith("# Written by hand.\n") and desk.file.stat().st_mode & 0o777 == 0o600
    assert {"shop", "club", "mini", "old", "service", "xindian"} == set(tomllib.loads(text))
    assert not list(desk.file.parent.glob("*.part")) + list(desk.file.parent.glob(".*.part"))


async def test_a_service_account_is_read_from_the_moment_it_is_connected(desk: Desk) -> None:
    known = desk.registered("kf")
    body = {**NEW, "kind": "kf", "app_id": known.corp_id, "open_kfids": [known.app_id]}
    await desk.ok("POST", **body)
    person = desk.world.platform.person(known)
    await desk.world.people.say(person, "在吗")
    assert await desk.world.told(person) == ["echo 在吗"]


async def test_the_platforms_check_of_the_address_and_a_wrong_token_are_seen(desk: Desk) -> None:
    known = desk.registered()
    await desk.ok("POST", **NEW, app_id=known.app_id)
    assert not (await desk.account("xindian"))["parts"][0]["checked_at"]
    async with httpx.AsyncClient(trust_env=False) as http:
        sim = desk.world.services.settings.wechat_api
        server = {"id": known.app_id, "url": known.callback, "token": "another", "aes_key": KEY}
        assert (await http.post(f"{sim}/platform/server", json=server)).json() == {"why": "token"}

        async def seen(key: str) -> Any:
            return (await desk.account("xindian"))["parts"][0][key]

        assert await until(lambda: seen("refused_why")) == "signature"
        right = server | {"token": NEW["token"]}
        assert (await http.post(f"{sim}/platform/server", json=right)).json() == {"why": ""}
        assert await until(lambda: seen("checked_at")) and not await seen("refused_why")


async def test_other_keys_are_in_use_at_once_and_the_rest_stays(desk: Desk) -> None:
    known = desk.registered()
    await desk.ok("POST", **NEW, app_id=known.app_id, welcome="欢迎")
    version = await desk.version("xindian")
    changed = {"app_id": known.app_id, "token": "yetanother", "lang": "en", "version": version}
    await desk.ok("PUT", "/xindian", **changed)
    table = tomllib.loads(desk.file.read_text(encoding="utf-8"))["xindian"]
    assert (table["token"], table["secret"], table["lang"]) == ("yetanother", NEW["secret"], "en")
    person = desk.world.platform.person(replace(known, token="yetanother"))
    await desk.world.people.say(person, "hello")
    assert await desk.world.told(person) == ["echo hello"]
    status, error = await desk.refused("PUT", "/xindian", **changed)
    assert (status, error["code"]) == (409, "settings_conflict")


async def test_switched_off_nothing_is_taken_and_what_is_to_go_out_waits(desk: Desk) -> None:
    world, person = desk.world, desk.world.person()
    await world.people.say(person, "你好")
    await world.told(person)
    agent = await world.agent()
    held = await world.held(person, agent)
    await desk.ok("POST", "/shop/disable", version=await desk.version("shop"))
    await world.reply(agent, held, "在的")

    async def waits() -> bool:
        return "account_off" in await world.notes(person)

    await until(waits)
    async with httpx.AsyncClient(trust_env=False) as http:
        assert (await http.post(f"{world.gateway_url}/wechat/shop")).status_code == 404
    assert "在的" not in "\n".join(world.shown(person))
    await desk.ok("POST", "/shop/enable", version=await desk.version("shop"))
    await until(lambda: "在的" in "\n".join(world.shown(person)))


async def test_removed_its_secrets_are_gone_and_people_are_told(desk: Desk) -> None:
    world, person = desk.world, desk.world.person()
    await world.people.say(person, "你好")
    await world.told(person)
    agent = await world.agent()
    held = await world.held(person, agent)
    await desk.ok("POST", "/shop/remove", version=await desk.version("shop"))
    assert "shop-app-secret" not in desk.file.read_text(encoding="utf-8")
    await world.reply(agent, held, "在的")

    async def told() -> bool:
        return "not_delivered" in await world.notes(person)

    await until(told)
    state = await world.services.db.read(wechat_accounts.account_state, "wxshop")
    assert state.sealed_token is None


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"aes_key": "A" * 42}, "wechat_account_refused"),
        ({"name": "shop"}, "wechat_account_exists"),
        ({"app_id": "wxshop0000000000"}, "wechat_account_refused"),
        ({"kind": "bank"}, "invalid_request"),
    ],
)
async def test_what_cannot_be_used_is_named_and_changes_nothing(desk: Desk, change: dict[str, str], code: str) -> None:
    before = desk.file.read_bytes()
    _, error = await desk.refused("POST", **{**NEW, "app_id": desk.registered().app_id, **change})
    assert error["code"] == code and desk.file.read_bytes() == before
    assert not any(secret in str(error) for secret in (NEW["token"], NEW["secret"], KEY))


async def test_an_id_is_connected_once(desk: Desk) -> None:
    known = desk.registered()
    await desk.ok("POST", **NEW, app_id=known.app_id)
    twice = await desk.refused("POST", **{**NEW, "name": "again", "app_id": known.app_id})
    assert (twice[0], twice[1]["code"]) == (409, "wechat_account_exists")


async def test_an_account_of_the_environment_is_only_shown(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUTSIDE_SECRET", "from-outside")
    section = '\n[outside]\napp_id = "wxoutside"\ntoken = "abc"\nsecret = "env:OUTSIDE_SECRET"\n'
    desk.file.write_text(f'{ACCOUNTS}{section}aes_key = "{KEY}"\n', encoding="utf-8")
    account = await desk.account("outside")
    assert account["from_environment"] == ["OUTSIDE_SECRET"] and "from-outside" not in str(account)
    for method, path, body in (
        ("PUT", "/outside", {"app_id": "wxoutside"}),
        ("POST", "/outside/disable", {}),
        ("POST", "/outside/remove", {}),
    ):
        status, error = await desk.refused(method, path, version=account["version"], **body)
        assert (status, error["code"]) == (409, "wechat_account_fixed") and "OUTSIDE_SECRET" in error["message"]


async def test_a_file_that_cannot_be_written_says_so(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk.world.services.wechat_accounts, "_writer", AccountsWriter(Path("/proc/no/wechat.toml")))
    status, error = await desk.refused("POST", **NEW, app_id=desk.registered().app_id)
    assert (status, error["code"]) == (503, "accounts_file_unwritable") and "/proc/no" in error["message"]
    assert (await desk.refused("POST", "/shop/remove", version=await desk.version("shop")))[0] == 503


async def test_a_platform_that_is_away_is_told_from_one_that_refuses(desk: Desk) -> None:
    known = desk.registered()
    await desk.ok("POST", **{**NEW, "secret": "wrong"}, app_id=known.app_id)
    assert (await desk.ok("POST", "/test", id=known.app_id))["code"] == 40125
    part = (await desk.account("xindian"))["parts"][0]
    assert (part["last_error"], part["token_errors"]) == ("40125", 1)
    await desk.ok("PUT", "/xindian", app_id=known.app_id, secret=NEW["secret"], version=await desk.version("xindian"))
    await desk.world.services.db.write(wechat_accounts.note_error, known.app_id, "45011")
    person = desk.world.platform.person(known)
    await desk.world.people.say(person, "你好")
    await desk.world.told(person)

    async def content() -> bool:
        return not (await desk.account("xindian"))["parts"][0]["last_error"]

    await until(content)
    status, error = await desk.refused("POST", "/test", id="wxnobody")
    assert (status, error["code"]) == (404, "not_found")


async def test_only_administrators(desk: Desk) -> None:
    async with await signed_in(desk.world, "sue", Role.SUPERVISOR) as http:
        assert (await http.get("/api/v1/agent/wechat")).status_code == 403
        assert (await http.post("/api/v1/agent/wechat", json={**NEW, "app_id": "wx1"})).status_code == 403
    async with httpx.AsyncClient(base_url=desk.world.gateway_url, trust_env=False) as http:
        assert (await http.get("/api/v1/agent/wechat")).status_code == 401
    desk.http.headers["X-CSRF-Token"] = "guessed"
    assert (await desk.call("POST", "/shop/remove", version="x")).status_code == 403


async def test_every_process_takes_a_change_over_and_a_broken_file_changes_nothing(desk: Desk) -> None:
    settings = desk.world.services.settings
    other = AccountBook(settings, Pokes())
    following = asyncio.create_task(other.run())
    try:
        await desk.ok("POST", **NEW, app_id=desk.registered().app_id)
        await until(lambda: "xindian" in other.official)
        desk.file.write_text("[shop\n", encoding="utf-8")
        await until(lambda: other.trouble)
        assert "xindian" in other.official and "TOML" in (await desk.ok("GET"))["trouble"]
        status, error = await desk.refused("POST", **{**NEW, "name": "more"}, app_id=desk.registered().app_id)
        assert (status, error["code"]) == (409, "accounts_file_broken")
        desk.file.unlink()
        await until(lambda: "cannot be read" in str(other.trouble))
        assert "xindian" in other.official
    finally:
        following.cancel()
    with pytest.raises(ConfigError):
        AccountBook(settings, Pokes())


async def test_without_a_trail_there_is_no_change(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise StorageUnavailable("full")

    before = desk.file.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(audit, "record", full)
        assert (await desk.refused("POST", **NEW, app_id=desk.registered().app_id))[0] == 503
    assert desk.file.read_bytes() == before and "xindian" not in desk.world.services.wechat.accounts


async def test_put_off_callbacks_are_counted_and_tried_again(desk: Desk) -> None:
    waiting = {"app_id": "wxshop", "openid": "o1", "received_at": 0.0, "place": 0}
    rows = [("a", 2, 4e9), ("b", 8, 1e12)]
    await desk.world.services.db.write(
        lambda conn: conn.execute(
            t.wechat_waiting.insert(),
            [{**waiting, "source_key": k, "attempt": n, "not_before": at, "inbound": {}} for k, n, at in rows],
        )
    )
    part = (await desk.account("shop"))["parts"][0]
    assert (part["put_off"], part["given_up"]) == (1, 1)
    assert await desk.ok("POST", "/retry", id="wxshop") == {"count": 2}


async def test_two_at_once_lose_nothing(desk: Desk) -> None:
    names = [f"shop{number}" for number in range(6)]
    bodies = [{**NEW, "name": name, "app_id": desk.registered(name=name).app_id} for name in names]
    answers = await asyncio.gather(*(desk.call("POST", **body) for body in bodies))
    assert [one.status_code for one in answers] == [200] * 6
    assert set(names) <= set(tomllib.loads(desk.file.read_text(encoding="utf-8")))
    added = select(func.count()).where(t.audit.c.action == "wechat_added")
    assert await desk.world.services.db.read(lambda conn: conn.execute(added).scalar()) == 6


async def test_cut_off_while_writing_the_old_file_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "wechat.toml"
    file.write_text(ACCOUNTS, encoding="utf-8")

    def cut_off(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", cut_off)
        with pytest.raises(AccountsFileUnwritable, match="No space left"):
            AccountsWriter(file).remove("shop")
    assert file.read_text(encoding="utf-8") == ACCOUNTS
    assert [one.name for one in tmp_path.iterdir() if one.suffix == ".part"] == []


async def test_the_first_account_makes_the_file(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "new", shared_secret="s")
    book = AccountBook(settings, Pokes())
    assert not book.official
    AccountsWriter(book.file).add("first", {"app_id": "wx1", "token": "abc", "aes_key": KEY, "secret": "s"})
    await book.look_again()
    assert set(book.official) == {"first"} and book.file == tmp_path / "new" / "wechat.toml"
