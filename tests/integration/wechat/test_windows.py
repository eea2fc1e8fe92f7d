"""What the agent is told of WeChat's limits, and what the database keeps of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import Connection, select, update

from handoff.channels.wechat.channel import _warn_of_closing
from handoff.store import tables as t
from handoff.store import wechat
from handoff.store.clock import now
from tests.integration.wechat.conftest import Wechat, until

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_card_says_how_much_may_be_sent(world: Wechat) -> None:
    person, agent = world.person(), await world.agent()
    await world.people.say(person, "你好")
    await world.told(person)
    conversation = await world.held(person, agent)
    await world.told(person, 2)

    async def left() -> int:
        card = (await world.services.desk.thread(agent, conversation.id)).card
        assert card.sending is not None and card.sending.waiting == 0
        return card.sending.left

    await until(lambda: _equals(left, person.message.left))


async def _equals(left: Callable[[], Awaitable[int]], expected: int) -> bool:
    return bool(await left() == expected)


async def test_an_agent_is_warned_once_before_the_window_shuts(world: Wechat) -> None:
    person, agent = world.person(), await world.agent()
    await world.people.say(person, "你好")
    await world.told(person)
    conversation = await world.held(person, agent)
    assert await world.services.db.write(_warn_of_closing) == []
    soon = update(t.wechat_contact).values(message_until=now() + 1800)
    await world.services.db.write(lambda conn: conn.execute(soon))
    assert await world.services.db.write(_warn_of_closing) == [conversation.id]
    assert await world.services.db.write(_warn_of_closing) == []
    assert "window_closing" in await world.notes(person)


async def test_a_window_that_opened_meanwhile_is_not_shut(world: Wechat) -> None:
    person = world.person()
    await world.people.say(person, "你好")
    await world.told(person)
    conversation = await world.conversation(person)

    def race(conn: Connection) -> list[int]:
        customer = conversation.customer_id
        old = wechat.reserve(conn, customer)
        assert old is not None
        wechat.open_window(conn, customer, 5, click=False)
        wechat.close_window(conn, customer, old)
        wechat.give_back(conn, customer, old)
        return list(conn.execute(select(t.wechat_contact.c.message_left)).scalars())

    assert await world.services.db.write(race) == [5]


async def test_a_click_opens_three_for_a_minute(world: Wechat) -> None:
    person = world.person()
    await world.people.event(person, "SCAN", "1")
    conversation = await world.conversation(person)

    def spend(conn: Connection) -> list[str]:
        found = [wechat.reserve(conn, conversation.customer_id) for _ in range(4)]
        return [reserved.kind if reserved else "none" for reserved in found]

    assert await world.services.db.write(spend) == ["click", "click", "click", "none"]
