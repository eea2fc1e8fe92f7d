"""A burst of callbacks shares transactions; a bad one among them takes no other with it."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import func, select

from handoff.channels.wechat import intake
from handoff.channels.wechat.inbound import Inbound, Kind
from handoff.channels.wechat.intake import Intake
from handoff.errors import StorageUnavailable
from handoff.store import tables as t
from tests.integration.wechat.conftest import Wechat

pytestmark = pytest.mark.asyncio(loop_scope="module")


def words(number: int, openid: str = "") -> Inbound:
    return Inbound(Kind.TEXT, openid or f"o{number % 7}", "gh_shop", f"msg:{number}", f"第 {number} 句")


async def test_a_burst_is_stored_once_each(world: Wechat) -> None:
    account = world.services.wechat.accounts["shop"]
    burst = Intake(world.services.db, world.services.settings)
    taken = await asyncio.gather(*(burst.take(account, words(number % 60)) for number in range(120)))
    assert sum(not received.repeat for received in taken) == 60
    count = select(func.count()).where(t.event.c.author == "customer")
    assert await world.services.db.read(lambda conn: conn.execute(count).scalar()) == 60


async def test_a_bad_one_spoils_no_other(world: Wechat, monkeypatch: pytest.MonkeyPatch) -> None:
    real = intake.receive

    def breaking(conn: object, account: object, inbound: Inbound, settings: object) -> object:
        received = real(conn, account, inbound, settings)
        if inbound.key == "msg:3":
            raise RuntimeError("after it was written")
        return received

    monkeypatch.setattr(intake, "receive", breaking)
    account = world.services.wechat.accounts["shop"]
    burst = Intake(world.services.db, world.services.settings)
    results = await asyncio.gather(*(burst.take(account, words(n)) for n in range(1, 6)), return_exceptions=True)
    assert [isinstance(result, RuntimeError) for result in results] == [False, False, True, False, False]
    keys = await world.services.db.read(lambda conn: conn.execute(select(t.inbox.c.source_key)).scalars().all())
    assert "msg:3" not in keys and len(keys) == 4


async def test_a_full_disk_is_told_to_each(world: Wechat, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(*_: object) -> None:
        raise StorageUnavailable("disk full")

    burst = Intake(world.services.db, world.services.settings)
    monkeypatch.setattr(burst, "_db", type("Full", (), {"write": staticmethod(full)})())
    account = world.services.wechat.accounts["shop"]
    results = await asyncio.gather(*(burst.take(account, words(n)) for n in range(3)), return_exceptions=True)
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
