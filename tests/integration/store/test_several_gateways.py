"""Several gateways on one PostgreSQL: pokes reach all, a lost carrier makes them slower, never wrong."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
from sqlalchemy import Connection

from handoff.conversation import Agent, Role
from handoff.errors import AlreadyClaimed, StorageUnavailable, TooManyRequests
from handoff.pokes import QUEUE, Pokes
from handoff.rates import Rates
from handoff.relay.choose import transport_for
from handoff.relay.transport import MAX_PAYLOAD, pack, unpack
from handoff.relay.worker import Relay
from handoff.settings import Settings
from handoff.store.agents import agent_by_id, insert_agent
from handoff.store.check import check
from handoff.store.snapshot import snapshot
from handoff.sweeper import Sweeper
from tests.integration.handoff.conftest import World, make_world
from tests.support.fault_proxy import Fault, FaultProxy
from tests.support.valkey import ValkeyServer, valkey_server

ON_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
pytestmark = ON_POSTGRESQL


@pytest.fixture(scope="module")
def valkey() -> Iterator[ValkeyServer]:
    with valkey_server() as server:
        yield server


@contextlib.asynccontextmanager
async def relayed(settings: Settings) -> AsyncIterator[Pokes]:
    """Pokes of one gateway with its relay at work."""
    pokes, transport = Pokes(), transport_for(settings)
    assert transport is not None
    relay = asyncio.create_task(Relay(pokes, transport).run())
    try:
        yield pokes
    finally:
        relay.cancel()
        await asyncio.gather(relay, return_exceptions=True)


def add_agent(conn: Connection, name: str) -> Agent:
    return insert_agent(conn, name=name, display_name=name, role=Role.AGENT, password_hash="none", cap=5)


async def heard(flag: asyncio.Event, again: Callable[[], None]) -> None:
    """Poke until it is heard: a poke may be lost while the lines are being set up."""
    async with asyncio.timeout(20):
        while not flag.is_set():
            again()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(flag.wait(), 0.2)
    flag.clear()


@pytest.mark.parametrize("carrier", ["postgresql", "redis"])
async def test_a_poke_in_one_gateway_is_heard_in_the_other(
    settings: Settings, valkey: ValkeyServer, carrier: str
) -> None:
    redis = valkey.url if carrier == "redis" else ""
    own = settings.model_copy(update={"redis_url": redis})
    async with relayed(own) as one, relayed(own) as two:
        with two.listen("conv-1") as flag:
            await heard(flag, lambda: one.poke("conv-1"))
            one.poke("conv-3")
            await heard(flag, lambda: one.poke("conv-1"))


async def test_redis_killed_is_slower_and_back_by_itself(settings: Settings) -> None:
    with valkey_server() as valkey:
        own = settings.model_copy(update={"redis_url": valkey.url})
        async with relayed(own) as one, relayed(own) as two:
            with two.listen("conv") as flag:
                await heard(flag, lambda: one.poke("conv"))
                valkey.stop(signal.SIGKILL)
                one.poke("conv")
                with one.listen("here") as here:
                    one.poke("here")
                    assert here.is_set()  # in the gateway itself nothing is missing
                valkey.start()
                await heard(flag, lambda: one.poke("conv"))


@pytest.mark.long
@pytest.mark.parametrize(
    "fault",
    [Fault(latency=0.3), Fault(down=2), Fault(down=2, reset=True), Fault(silent=True), Fault(refuse=True)],
    ids=["late", "cut", "reset", "silent", "refused"],
)
async def test_between_gateways_and_redis_every_fault_is_slow_and_none_is_wrong(world: World, fault: Fault) -> None:
    """The carrier fails in every way: messages are acknowledged, the sweep finds them, and pokes come back."""
    with valkey_server() as valkey, FaultProxy(valkey.port) as line:
        own = world.settings.model_copy(update={"redis_url": f"redis://127.0.0.1:{line.port}/0"})
        other = make_world(own)
        conv = await world.customer()
        sweeper = Sweeper(other.db, other.pokes, every=60)
        async with relayed(own) as one, relayed(own) as two:
            with two.listen(conv.id) as flag, other.pokes.listen(conv.id) as swept:
                await heard(flag, lambda: one.poke(conv.id))
                await sweeper.sweep()
                swept.clear()
                line.fault = fault
                await asyncio.to_thread(line.cut)
                one.poke(conv.id)
                event = await world.say(conv, "hi")
                await sweeper.sweep()
                assert swept.is_set()
                assert [seen.seq for seen in await other.events(conv)] == [event.seq]
                line.fault = Fault()
                await asyncio.to_thread(line.cut)
                await heard(flag, lambda: one.poke(conv.id))
        other.db.close()


async def test_without_any_poke_the_sweep_finds_messages_and_queue(world: World) -> None:
    other = make_world(world.settings)
    conv = await world.customer()
    sweeper = Sweeper(other.db, other.pokes, every=60)
    with other.pokes.listen(conv.id) as messages, other.pokes.listen(QUEUE) as queue:
        await sweeper.sweep()
        messages.clear()
        queue.clear()
        await world.say(conv, "hi")
        await sweeper.sweep()
        assert messages.is_set()
        assert not queue.is_set()
        await world.queued()
        await sweeper.sweep()
        assert queue.is_set()
    other.db.close()


async def test_twenty_agents_of_two_gateways_click_at_once(world: World) -> None:
    other = make_world(world.settings)
    agents = [await world.db.write(add_agent, f"agent{number}") for number in range(20)]
    convs = [await world.queued() for _ in range(5)]
    ids = [await world.handoff_id(conv) for conv in convs]

    async def click(number: int, agent: Agent, handoff_id: str) -> object:
        desk = (world if number % 2 else other).desk
        try:
            return await desk.claim(agent, handoff_id)
        except AlreadyClaimed as lost:
            return lost.fields["winner"]

    for handoff_id in ids:
        results = await asyncio.gather(*(click(n, agent, handoff_id) for n, agent in enumerate(agents)))
        assert sum(not isinstance(result, str) for result in results) == 1
        assert len({result for result in results if isinstance(result, str)}) == 1
    loads = [(await world.db.read(agent_by_id, agent.id)).load for agent in agents]
    assert sum(loads) == len(ids)
    other.db.close()
    with snapshot(world.settings.database) as conn:
        assert check(conn).breaches == ()


async def test_turns_run_once_though_two_gateways_look_for_them(world: World) -> None:
    other = make_world(world.settings)
    convs = [await world.customer() for _ in range(6)]
    async with world.running(), other.running():
        for word in "abc":
            await asyncio.gather(*((world if n % 2 else other).say(conv, word) for n, conv in enumerate(convs)))
        for conv in convs:
            events = await world.settled(conv, 6)
            assert [e.text for e in events if e.author == "bot"] == ["echo a", "echo b", "echo c"]
    assert len(world.bot.asked) + len(other.bot.asked) == 18
    other.db.close()


async def test_a_starting_gateway_leaves_the_turns_of_the_others_alone(world: World) -> None:
    from handoff.store.turns import claim_turns, release_all

    await world.say(await world.customer(), "hi")
    assert await world.db.write(claim_turns, 30.0, 1)
    assert await world.db.write(release_all) == 0


async def three_and_no_more(*rates: Rates) -> None:
    for one in (rates * 3)[:3]:
        await one.check("session", "192.0.2.7", amount=3, seconds=60)
    with pytest.raises(TooManyRequests) as refused:
        await rates[-1].check("session", "192.0.2.7", amount=3, seconds=60)
    assert 0 < refused.value.retry_after <= 60


async def test_limits_are_counted_together_and_alone_while_redis_is_gone(settings: Settings) -> None:
    with valkey_server() as valkey:
        one, two = Rates(valkey.url), Rates(valkey.url)
        await three_and_no_more(one, two)
        valkey.stop()
        await three_and_no_more(two)


async def test_limits_are_counted_together_in_the_database_without_redis(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_world(world.settings)
    one, two = Rates(db=world.db), Rates(db=other.db)
    await three_and_no_more(one, two)
    await one.check("session", "192.0.2.8", amount=3, seconds=60)  # another address has its own
    await one.check("quick", "192.0.2.7", amount=20, seconds=1)
    assert await world.db.read(lambda conn: conn.exec_driver_sql("SELECT count(*) FROM rate_limit").scalar_one()) == 3

    async def gone(*_: object, **__: object) -> None:
        raise StorageUnavailable("gone", remedy="wait")

    monkeypatch.setattr(other.db, "write_first", gone)
    await three_and_no_more(two)  # slower, never wrong: alone until the database is back
    other.db.close()


def test_many_topics_travel_in_payloads_that_fit(settings: Settings) -> None:
    topics = {f"{number:032x}" for number in range(1000)}
    payloads = pack("me", topics)
    assert all(len(payload.encode()) <= MAX_PAYLOAD for payload in payloads)
    assert {topic for payload in payloads for topic in unpack(payload)[1]} == topics
    assert {unpack(payload)[0] for payload in payloads} == {"me"}
