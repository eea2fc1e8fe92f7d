"""The way in: stored once before `success`, by groups in a burst, then sorted in order, whatever one of them holds."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.exc import DataError
from structlog.testing import capture_logs

from handoff.channels.wechat import sorter
from handoff.channels.wechat.accounts import Account
from handoff.channels.wechat.callback import CallbackRefused
from handoff.channels.wechat.inbound import Inbound, Kind
from handoff.channels.wechat.intake import Intake
from handoff.channels.wechat.sorter import Sorter, sort_some
from handoff.conversation import Conversation
from handoff.errors import StorageUnavailable
from handoff.pokes import Pokes
from handoff.settings import Settings
from handoff.store import tables as t
from handoff.store import wechat_intake
from handoff.wechat_sim.people import sealed_post
from tests.integration.wechat.conftest import Wechat, until

pytestmark = pytest.mark.asyncio(loop_scope="module")


def words(number: int, openid: str = "") -> Inbound:
    return Inbound(Kind.TEXT, openid or f"o{number % 7}", "gh_shop", f"msg:{number}", f"第 {number} 句")


async def said(world: Wechat) -> list[str]:
    """Customers' words in conversations, in the order of each."""
    query = select(t.event.c.text).where(t.event.c.author == "customer").order_by(t.event.c.conv_id, t.event.c.seq)
    return list(await world.services.db.read(lambda conn: conn.execute(query).scalars().all()))


@contextlib.asynccontextmanager
async def sorting(world: Wechat) -> AsyncIterator[None]:
    """A sorter of the test's own beside the gateway's, as after a restart."""
    services = world.services
    own = Sorter(services.db, Pokes(), services.settings, services.wechat_book.account, lambda: False, lambda _: None)
    task = asyncio.create_task(own.run())
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_burst_is_stored_once_each(world: Wechat) -> None:
    account = world.services.wechat.accounts["shop"]
    burst = Intake(world.services.db)
    taken = await asyncio.gather(*(burst.take(account, words(n % 60), f"1:{n}") for n in range(120)))
    assert sum(not one.repeat for one in taken) == 60
    assert burst.stormy
    async with sorting(world):
        await world.settled()
    assert len(await said(world)) == 60


async def test_words_of_a_person_keep_their_order(world: Wechat) -> None:
    account = world.services.wechat.accounts["shop"]
    burst = Intake(world.services.db)
    await asyncio.gather(*(burst.take(account, words(n, "o1"), f"1:{n}") for n in range(40)))
    async with sorting(world):
        await world.settled()
    assert await said(world) == [f"第 {n} 句" for n in range(40)]


async def test_what_was_acknowledged_survives_a_restart(world: Wechat) -> None:
    account = world.services.wechat.accounts["shop"]
    kept = Inbound(Kind.TEXT, "o1", "gh_shop", "msg:1", "停电前", choice="c", meta={"type": "voice"})
    assert Inbound.from_json(kept.as_json()) == kept
    await Intake(world.services.db).take(account, kept, "1:1")
    rows = select(func.count()).select_from(t.wechat_waiting)
    # Nobody poked the running sorter: it finds by itself what another process left.
    await until(lambda: _none(world, rows))
    assert await said(world) == ["停电前"]


async def _none(world: Wechat, rows: object) -> bool:
    return not await world.services.db.read(lambda conn: conn.execute(rows).scalar())  # type: ignore[call-overload]


async def test_a_nonce_carries_one_message_in_every_process_and_after_a_restart(world: Wechat) -> None:
    account = world.services.wechat.accounts["old"]
    one, two = Intake(world.services.db), Intake(world.services.db)
    assert not (await one.take(account, words(1), "1:n")).repeat
    assert (await two.take(account, words(1), "1:n")).repeat, "the platform's own repeat"
    with pytest.raises(CallbackRefused, match="nonce"):
        await two.take(account, words(2), "1:n")
    both = await asyncio.gather(
        two.take(account, words(3), "1:m"), two.take(account, words(4), "1:m"), return_exceptions=True
    )
    assert [isinstance(result, CallbackRefused) for result in both] == [False, True], "also within one group"
    assert not (await two.take(world.services.wechat.accounts["shop"], words(2), "1:n")).repeat
    await world.settled()
    assert sorted(await said(world)) == ["第 1 句", "第 2 句", "第 3 句"]


async def test_a_signed_address_seen_in_a_log_carries_no_second_message(world: Wechat) -> None:
    person = world.person("old", mode="plain")
    fields = {"ToUserName": "gh", "FromUserName": person.openid, "CreateTime": "1", "MsgType": "text", "MsgId": "7"}
    query, body, _ = sealed_post(person.account, fields | {"Content": "真的"})
    async with httpx.AsyncClient(trust_env=False) as http:
        for content, status in ((body, 200), (body, 200), (body.replace("真的", "伪造").replace(">7<", ">8<"), 200)):
            answer = await http.post(person.account.callback, params=query, content=content)
            assert answer.status_code == status
        forged = body.replace("真的", "伪造").replace("[7]", "[8]")
        answer = await http.post(person.account.callback, params=query, content=forged)
    assert (answer.status_code, answer.content) == (403, b"")
    await world.settled()
    assert await said(world) == ["真的"]


async def test_nonces_are_kept_as_long_as_their_time_is_good(world: Wechat) -> None:
    def age(conn: Connection) -> list[str]:
        for nonce, seconds in (("young", 500), ("old", 601), ("ancient", 2001)):
            row = {"app_id": "wx", "nonce": nonce, "key_hash": "", "seen_at": wechat_intake.now() - seconds}
            conn.execute(insert(t.wechat_nonce).values(row))
        wechat_intake.forget_nonces(conn, 1000.0)
        left = list(conn.execute(select(t.wechat_nonce.c.nonce)).scalars())
        wechat_intake.forget_nonces(conn, 300.0)
        return [*left, *conn.execute(select(t.wechat_nonce.c.nonce)).scalars()]

    assert sorted(await world.services.db.write(age)) == ["old", "young", "young"]


async def test_a_bad_one_stops_nothing_behind_it(world: Wechat, monkeypatch: pytest.MonkeyPatch) -> None:
    real = sorter.settle

    def breaking(conn: Connection, account: Account, inbound: Inbound, settings: Settings) -> Conversation | None:
        found = real(conn, account, inbound, settings)
        if inbound.key == "msg:3":
            raise RuntimeError("after it was written")
        if inbound.key == "msg:5":
            raise DataError("", {}, Exception("the database refuses the words"))
        return found

    monkeypatch.setattr(sorter, "settle", breaking)
    account = world.services.wechat.accounts["shop"]
    burst = Intake(world.services.db)
    await asyncio.gather(*(burst.take(account, words(n, "o1"), f"1:{n}") for n in range(1, 8)))
    with capture_logs() as logs:
        async with sorting(world):
            await world.settled()
    assert await said(world) == [f"第 {n} 句" for n in (1, 2, 4, 6, 7)]
    assert sum(line["event"] == "wechat_put_off" for line in logs) >= 2
    monkeypatch.undo()
    await world.services.db.write(lambda conn: conn.execute(update(t.wechat_waiting).values(not_before=0.0)))
    await world.settled()
    assert len(await said(world)) == 7, "kept, and tried again"


async def test_one_that_can_never_be_sorted_is_kept(world: Wechat) -> None:
    account = world.services.wechat.accounts["shop"]
    gone = Account(**{**vars(account), "app_id": "wxgone"})
    await Intake(world.services.db).take(gone, words(1), "1:1")
    retry = update(t.wechat_waiting).values(not_before=0.0)
    for _ in range(wechat_intake.MAX_ATTEMPTS):
        await world.services.db.write(lambda conn: conn.execute(retry))
        await world.services.db.write(sort_some, {}.get, world.services.settings)
    left = await world.services.db.read(lambda conn: conn.execute(select(t.wechat_waiting)).one())
    assert left.attempt >= wechat_intake.MAX_ATTEMPTS and left.not_before > 1e11


async def test_a_full_disk_is_told_to_each(world: Wechat, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(*_: object) -> None:
        raise StorageUnavailable("disk full")

    burst = Intake(world.services.db)
    monkeypatch.setattr(burst, "_db", type("Full", (), {"write_first": staticmethod(full)})())
    account = world.services.wechat.accounts["shop"]
    results = await asyncio.gather(*(burst.take(account, words(n), "1:1") for n in range(3)), return_exceptions=True)
    assert all(isinstance(result, StorageUnavailable) for result in results)


async def test_a_callback_that_was_not_stored_is_not_acknowledged(
    world: Wechat, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: object) -> None:
        raise StorageUnavailable("disk full")

    person = world.person()
    with monkeypatch.context() as patch:
        patch.setattr(world.services.wechat._intake, "take", full)
        await world.people.say(person, "你好")
    assert "故障" in world.shown(person, "system")[0]


async def test_a_crash_tells_the_caller_nothing(world: Wechat, monkeypatch: pytest.MonkeyPatch) -> None:
    async def crashes(*_: object) -> None:
        raise RuntimeError("shoptoken and other details")

    person = world.person()
    fields = {"ToUserName": "gh_shop", "FromUserName": person.openid, "CreateTime": "1", "MsgType": "text"}
    query, body, _ = sealed_post(person.account, fields | {"Content": "你好", "MsgId": "7"})
    monkeypatch.setattr(world.services.wechat, "take", crashes)
    with capture_logs():
        async with httpx.AsyncClient(trust_env=False) as http:
            answer = await http.post(person.account.callback, params=query, content=body)
    assert (answer.status_code, answer.content) == (500, b"")
