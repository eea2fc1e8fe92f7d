"""The append transaction: once, in order, or not at all."""

import asyncio
import uuid

import pytest

from handoff.conversation import Draft, Mode
from handoff.errors import IdempotencyConflict, NotFound, StaleOwner, TooManyRequests
from handoff.settings import Settings
from handoff.store.append import append
from handoff.store.database import open_database
from tests.integration.handoff.conftest import ON_BOTH, World, make_world

pytestmark = ON_BOTH


async def test_repeat_returns_the_first_event(world: World) -> None:
    conv = await world.customer()
    first = await world.say(conv, "你好", "message-1")
    assert await world.say(conv, "你好", "message-1") == first
    assert [e.text for e in await world.events(conv)] == ["你好"]


async def test_same_id_with_other_text_is_a_conflict_and_the_first_stays(world: World) -> None:
    conv = await world.customer()
    await world.say(conv, "你好", "message-1")
    with pytest.raises(IdempotencyConflict):
        await world.say(conv, "再见", "message-1")
    assert [e.text for e in await world.events(conv)] == ["你好"]


async def test_same_id_of_another_customer_is_independent(world: World) -> None:
    one, two = await world.customer(), await world.customer()
    await world.say(one, "a", "message-1")
    await world.say(two, "b", "message-1")
    assert [e.text for e in await world.events(two)] == ["b"]


async def test_two_tabs_make_one_gapless_order(world: World) -> None:
    conv = await world.customer()
    await asyncio.gather(*(world.say(conv, f"{tab}{n}") for n in range(50) for tab in "ab"))
    assert [e.seq for e in await world.events(conv)] == list(range(1, 101))


async def test_many_copies_at_once_store_one(world: World) -> None:
    conv = await world.customer()
    events = await asyncio.gather(*(world.say(conv, "hi", "message-1") for _ in range(20)))
    assert {e.seq for e in events} == {1}
    assert (await world.now(conv)).last_seq == 1


async def test_a_stale_fence_writes_nothing(world: World) -> None:
    conv = await world.customer()
    draft = Draft("message", "bot", "late", uuid.uuid4().hex)
    with pytest.raises(StaleOwner):
        await world.db.write(append, conv.id, draft, modes=[Mode.BOT], fence=conv.fence + 1)
    assert await world.events(conv) == []
    assert (await world.now(conv)).last_seq == 0


async def test_unknown_conversation(world: World) -> None:
    draft = Draft("message", "bot", "x", "message-1")
    with pytest.raises(NotFound):
        await world.db.write(append, "nobody", draft)


async def test_limits_are_checked_before_anything_is_stored(settings: Settings) -> None:
    world = make_world(settings.model_copy(update={"message_burst": 3, "messages_per_second": 0.1}))
    conv = await world.customer()
    for n in range(3):
        await world.say(conv, f"m{n}")
    with pytest.raises(TooManyRequests) as caught:
        await world.say(conv, "too many")
    assert caught.value.retry_after >= 1
    assert len(await world.events(conv)) == 3
    world.db.close()


async def test_unanswered_messages_are_bounded(settings: Settings) -> None:
    world = make_world(settings.model_copy(update={"max_unanswered": 2}))
    conv = await world.customer()
    await world.say(conv, "one")
    await world.say(conv, "two")
    with pytest.raises(TooManyRequests):
        await world.say(conv, "three")
    world.db.close()


async def test_the_epoch_survives_a_restart(settings: Settings) -> None:
    first = open_database(settings)
    epoch = first.epoch
    first.close()
    second = open_database(settings)
    assert second.epoch == epoch != ""
    second.close()
