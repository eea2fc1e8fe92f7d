"""Every row of the errcode table: what a refused message becomes, and what else is learned from the code."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection, select

from handoff.channels.account_book import read_accounts
from handoff.channels.wechat.api import Api
from handoff.channels.wechat.compose import compose
from handoff.channels.wechat.refusals import ALARM_AFTER, BUSY_TRIES, SLOWER_AFTER
from handoff.channels.wechat.sender import WechatSender
from handoff.conversation import Draft
from handoff.delivery import SendBlocked, SendLater, SendRefused
from handoff.settings import Settings
from handoff.store import deliveries, wechat
from handoff.store import tables as t
from handoff.store.append import append
from handoff.store.customers import create_customer, open_conversation
from handoff.store.database import Database, open_database
from handoff.store.deliveries import Batch
from tests.integration.wechat.conftest import ACCOUNTS, migrated_database
from tests.unit.handoff.test_wechat_wording import event

__all__ = ["migrated_database"]

WORDS = "您好。" * 100


@dataclass
class World:
    """A sender whose platform answers the codes of ``codes`` in turn, and 0 when they are used up."""

    db: Database
    sender: WechatSender
    codes: list[int] = field(default_factory=list)
    sent: list[dict[str, Any]] = field(default_factory=list)
    tokens: int = 0

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("stable_token"):
            self.tokens += 1
            return httpx.Response(200, json={"access_token": f"token{self.tokens}", "expires_in": 7200})
        code = self.codes.pop(0) if self.codes else 0
        self.sent.append(json.loads(request.content) | {"code": code, "token": request.url.params["access_token"]})
        return httpx.Response(200, json={"errcode": code, "errmsg": "rid: 1"})

    async def send(self, *, menu: bool = False, attempt: int = 1) -> None:
        """One message to one person with a window of 5."""
        buttons = [{"title": "退货", "payload": "/a"}] if menu else []

        def work(conn: Connection) -> Batch:
            customer = create_customer(conn, channel="wechat")
            wechat.add_contact(conn, customer, "wxshop", "o1")
            wechat.open_window(conn, customer, 5, click=False)
            conversation = open_conversation(conn, customer, "wechat", "zh")
            draft = Draft("message", "bot", "选" if menu else WORDS, "1", payload={"buttons": buttons})
            append(conn, conversation.id, draft)
            batch = deliveries.lease_batch(conn, ["wechat"], 60, lambda _endpoint, events: len(events))
            assert batch is not None
            return Batch(**{**vars(batch), "attempt": attempt})

        async def part_sent(_count: int) -> None: ...

        await self.sender.send(await self.db.write(work), part_sent)

    def one(self, column: Any) -> Any:
        return self.db.read_now(lambda conn: conn.execute(select(column)).scalar())


@pytest.fixture
def platform(tmp_path: Path, migrated_database: Path) -> Iterator[World]:
    shutil.copy(migrated_database, tmp_path / "baton.db")
    accounts = tmp_path / "wechat.toml"
    accounts.write_text(ACCOUNTS, encoding="utf-8")
    db = open_database(Settings(data_dir=tmp_path, shared_secret="s"))
    api = Api("http://platform", db)
    found = World(db, WechatSender(db, api, None, read_accounts(str(accounts)).account))  # type: ignore[arg-type]
    api._http = httpx.AsyncClient(base_url="http://platform", transport=httpx.MockTransport(found.answer))
    api._tokens._http = api._http
    yield found
    db.close()


LEFT = t.wechat_contact.c.message_left
ACCOUNT = t.wechat_account.c


async def test_0_is_sent_and_uses_one(platform: World) -> None:
    await platform.send()
    assert platform.one(LEFT) == 4


@pytest.mark.parametrize("attempt", [1, BUSY_TRIES])
async def test_minus_1_is_tried_again_a_few_times(platform: World, attempt: int) -> None:
    platform.codes = [-1]
    with pytest.raises(SendLater if attempt < BUSY_TRIES else SendRefused):
        await platform.send(attempt=attempt)
    assert platform.one(LEFT) == 5


@pytest.mark.parametrize("code", [40001, 40014, 42001])
async def test_a_bad_token_is_replaced_once_and_the_message_sent_once_more(platform: World, code: int) -> None:
    platform.codes = [code]
    await platform.send()
    assert [call["token"] for call in platform.sent] == ["token1", "token2"]
    platform.codes = [code, code]
    with pytest.raises(SendLater) as later:
        await platform.sender.send(_next_batch(platform), _ignore)
    assert later.value.delay == SLOWER_AFTER and len(platform.sent) == 4, "never in a circle"


async def _ignore(_count: int) -> None: ...


def _next_batch(platform: World) -> Batch:
    conv_id = platform.one(t.conversation.c.id)

    def work(conn: Connection) -> Batch:
        append(conn, conv_id, Draft("message", "bot", "还有", "2"))
        conn.execute(t.delivery.update().where(t.delivery.c.seq == 1).values(state="sent"))
        batch = deliveries.lease_batch(conn, ["wechat"], 60, lambda _endpoint, events: len(events))
        assert batch is not None
        return batch

    return platform.db.write_now(work)


@pytest.mark.parametrize(("code", "reachable"), [(40003, True), (43004, False), (43019, False)])
async def test_a_person_who_cannot_be_reached_is_refused(platform: World, code: int, reachable: bool) -> None:
    platform.codes = [code]
    with pytest.raises(SendRefused, match=str(code)):
        await platform.send()
    assert platform.one(t.wechat_contact.c.reachable) is reachable


async def test_45002_is_split_smaller(platform: World) -> None:
    platform.codes = [45002]
    await platform.send()
    pieces = [call["text"]["content"] for call in platform.sent]
    assert pieces[0] == WORDS and len(pieces) == 3 and "".join(pieces[1:]) == WORDS


@pytest.mark.parametrize("code", [45009, 45011])
async def test_an_api_quota_backs_off_and_is_shown(platform: World, code: int) -> None:
    platform.codes = [code]
    with pytest.raises(SendLater) as later:
        await platform.send()
    assert (later.value.delay, platform.one(ACCOUNT.last_error)) == (SLOWER_AFTER, str(code))
    assert platform.one(LEFT) == 5


@pytest.mark.parametrize("code", [45015, 45047])
async def test_a_shut_window_keeps_it_for_the_next_message(platform: World, code: int) -> None:
    platform.codes = [code]
    with pytest.raises(SendBlocked) as blocked:
        await platform.send()
    assert platform.db.read_now(blocked.value.still)
    assert (platform.one(LEFT), platform.one(ACCOUNT.quota_errors)) == (0, 1)


async def test_40200_falls_back_to_text_and_is_learned(platform: World) -> None:
    platform.codes = [40200]
    await platform.send(menu=True)
    assert [call["msgtype"] for call in platform.sent] == ["msgmenu", "text"]
    assert platform.one(ACCOUNT.menus) is False


async def test_48001_makes_the_account_passive_and_tells_the_admin(platform: World) -> None:
    platform.codes = [48001]
    with pytest.raises(SendBlocked):
        await platform.send()
    assert (platform.one(ACCOUNT.passive), platform.one(ACCOUNT.last_error)) == (True, "48001")


async def test_40164_alarms_the_admin(platform: World) -> None:
    platform.codes = [40164]
    with pytest.raises(SendLater) as later:
        await platform.send()
    assert (later.value.delay, platform.one(ACCOUNT.last_error)) == (ALARM_AFTER, "40164")


async def test_44004_is_refused_and_nothing_empty_is_ever_composed(platform: World) -> None:
    platform.codes = [44004]
    with pytest.raises(SendRefused):
        await platform.send()
    assert compose([event(1, "  ")], "zh") == []


@pytest.mark.parametrize("code", [40013, 40125])
async def test_wrong_keys_are_shown_and_the_message_waits(platform: World, code: int) -> None:
    def refused(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"errcode": code, "errmsg": "invalid appid"})

    api = platform.sender._api
    api._tokens._http = httpx.AsyncClient(base_url="http://platform", transport=httpx.MockTransport(refused))
    with pytest.raises(SendLater):
        await platform.send()
    assert platform.one(ACCOUNT.last_error) == str(code) and platform.one(LEFT) == 5


async def test_no_answer_before_it_left_is_not_sent(platform: World) -> None:
    def down(_request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("down")

    api = platform.sender._api
    api._http = httpx.AsyncClient(base_url="http://platform", transport=httpx.MockTransport(down))
    with pytest.raises(SendLater) as later:
        await platform.send()
    assert later.value.delay is None and platform.one(LEFT) == 5
