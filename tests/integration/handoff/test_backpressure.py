"""More than can be done at once: customers are told, nothing is dropped, offenders are refused, stopping is clean."""

import asyncio

import pytest
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from handoff.conversation import Mode
from handoff.errors import BotTimeout, TooManyRequests
from handoff.http.socket_limit import SocketLimit
from handoff.rasa import Answer, TurnRequest
from handoff.settings import Settings
from handoff.store.turns import claim_turns
from handoff.throttle import Throttle
from tests.integration.handoff.conftest import ON_BOTH, World, echo


@ON_BOTH
async def test_a_slow_bot_is_told_of_and_a_person_offered_once(world: World) -> None:
    conv = await world.customer()
    await world.say(conv, "在吗")
    await world.say(conv, "有人吗")
    await world.pass_time(11)
    await world.runner._tell_backlog()
    await world.runner._tell_backlog()
    assert await world.notices(conv) == ["busy"]
    busy = (await world.events(conv))[-1]
    assert [button["title"] for button in busy.payload["buttons"]] == ["转人工"]
    async with world.running():
        events = await world.settled(conv, 5)
    assert [e.text for e in events if e.author == "bot"] == ["echo 在吗", "echo 有人吗"]


@ON_BOTH
async def test_who_asks_for_a_person_by_the_button_does_not_wait_for_the_bot(world: World) -> None:
    conv = await world.customer()
    await world.say(conv, "在吗")
    await world.say(conv, "转人工")
    assert (await world.now(conv)).mode is Mode.QUEUED
    assert (await world.notices(conv))[-1] == "queued"
    assert await world.db.write(claim_turns, 30.0, 8) == []


async def test_a_quick_bot_hears_the_words_itself(world: World) -> None:
    conv = await world.customer()
    await world.say(conv, "转人工")
    assert (await world.now(conv)).mode is Mode.BOT


@ON_BOTH
async def test_a_runner_that_stops_gives_its_turn_back_at_once(world: World) -> None:
    conv = await world.customer()
    started = asyncio.Event()

    async def never(request: TurnRequest) -> Answer:
        started.set()
        await asyncio.Event().wait()
        raise AssertionError

    world.bot.script = never
    async with world.running():
        await world.say(conv, "在吗")
        await started.wait()
    world.bot.script = echo
    [turn] = await world.db.write(claim_turns, 30.0, 8)
    assert turn is not None and turn.attempt == 2
    assert [request.turn_id for request in world.bot.asked] == [turn.id]


async def test_timeouts_halve_what_runs_at_once_and_answers_bring_it_back() -> None:
    throttle = Throttle(8)
    throttle.timed_out()
    throttle.timed_out()
    assert throttle.limit == 2
    await throttle.acquire()
    await throttle.acquire()
    third = asyncio.create_task(throttle.acquire())
    await asyncio.sleep(0)
    assert not third.done()
    throttle.release()
    await third
    for _ in range(100):
        throttle.went_well()
    assert throttle.limit == 8
    for _ in range(10):
        throttle.timed_out()
    assert throttle.limit == 1


async def test_a_timeout_of_the_bot_reaches_the_throttle(world: World) -> None:
    conv = await world.customer()

    async def late(request: TurnRequest) -> Answer:
        raise BotTimeout()

    world.bot.script = late
    async with world.running():
        await world.say(conv, "在吗")
        await world.settled(conv, 2)
    assert world.runner._free.limit == 4
    assert (await world.now(conv)).mode is Mode.QUEUED


async def hold(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("open")
    await socket.receive_text()


@pytest.mark.parametrize(("address", "allowed"), [("203.0.113.5", 2), ("127.0.0.1", 4)])
def test_an_address_has_so_many_sockets(address: str, allowed: int) -> None:
    app = SocketLimit(Starlette(routes=[WebSocketRoute("/api/line", hold)]), per_address=2, in_all=4)
    with TestClient(app, client=(address, 5000)) as client:
        lines = [client.websocket_connect("/api/line") for _ in range(allowed)]
        for line in lines:
            assert line.__enter__().receive_text() == "open"
        with pytest.raises(WebSocketDisconnect), client.websocket_connect("/api/line"):
            pass
        lines[0].send_text("bye")
        lines.pop(0).__exit__(None, None, None)
        with client.websocket_connect("/api/line") as again:
            assert again.receive_text() == "open"
            again.send_text("bye")
        for line in lines:
            line.send_text("bye")
            line.__exit__(None, None, None)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"turn_retries": 0, "max_unanswered": 3, "message_burst": 1000})


async def test_limits_refuse_before_anything_is_stored(world: World) -> None:
    conv = await world.customer()
    for number in range(3):
        await world.say(conv, f"消息 {number}")
    with pytest.raises(TooManyRequests) as refused:
        await world.say(conv, "再一条")
    assert refused.value.retry_after > 0
    assert (await world.now(conv)).last_seq == 3
