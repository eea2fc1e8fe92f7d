"""The way in on both databases; two gateways take in and sort at once: nothing is doubled or mixed up."""

from __future__ import annotations

import asyncio
from pathlib import Path

from sqlalchemy import select

from handoff.channels.wechat.accounts import load_accounts
from handoff.channels.wechat.callback import CallbackRefused
from handoff.channels.wechat.inbound import Inbound, Kind
from handoff.channels.wechat.intake import Intake
from handoff.channels.wechat.sorter import sort_some
from handoff.settings import Settings
from handoff.store import tables as t
from handoff.store import wechat_accounts, wechat_intake
from handoff.store.database import Database, open_database
from tests.integration.handoff.conftest import ON_BOTH, database_url, migrated_database, migrated_postgres
from tests.integration.wechat.conftest import ACCOUNTS

__all__ = ["database_url", "migrated_database", "migrated_postgres"]


@ON_BOTH
async def test_gateways_take_in_and_sort_together(tmp_path: Path, database_url: str) -> None:
    file = tmp_path / "wechat.toml"
    file.write_text(ACCOUNTS, encoding="utf-8")
    accounts = load_accounts(str(file))
    settings = Settings(data_dir=tmp_path, database_url=database_url, shared_secret="s")
    gateways = [open_database(settings) for _ in range(2 if database_url.startswith("postgresql") else 1)]

    async def take(number: int) -> bool:
        said = Inbound(Kind.TEXT, f"o{number % 3}", "gh_shop", f"msg:{number}", f"{number:03d}")
        intakes = [Intake(gateway) for gateway in gateways]
        posts = [intakes[copy % len(intakes)].take(accounts["shop"], said, f"1:{number}") for copy in range(3)]
        return sum(not taken.repeat for taken in await asyncio.gather(*posts)) == 1

    async def sort(gateway: Database) -> None:
        while await gateway.read(wechat_intake.anything_waiting):
            await gateway.write(sort_some, {"wxshop": accounts["shop"]}.get, settings)

    assert all([await take(number) for number in range(20)])
    other = Inbound(Kind.TEXT, "o1", "gh_shop", "msg:forged", "伪造")
    refused = await asyncio.gather(Intake(gateways[-1]).take(accounts["shop"], other, "1:7"), return_exceptions=True)
    assert isinstance(refused[0], CallbackRefused)
    await asyncio.gather(*(sort(gateway) for gateway in gateways))
    query = select(t.event.c.conv_id, t.event.c.text).where(t.event.c.author == "customer").order_by(t.event.c.seq)
    rows = await gateways[0].read(lambda conn: conn.execute(query).all())
    assert sorted(row.text for row in rows) == [f"{number:03d}" for number in range(20)]
    for conv_id in {row.conv_id for row in rows}:
        mine = [row.text for row in rows if row.conv_id == conv_id]
        assert mine == sorted(mine), "each person's words in their order"
    leased = [await gateway.write(wechat_accounts.lease_token, "wxshop", 60.0) for gateway in gateways]
    assert leased == [True, *[False] * (len(gateways) - 1)], "one of them asks for a token"
    for gateway in gateways:
        gateway.close()
