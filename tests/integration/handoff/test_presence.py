"""Being there: a lease by the database's clock, kept by the console, ended by signing out, honoured by the queue."""

from handoff.conversation import Agent, Mode, PresenceState
from tests.integration.handoff.conftest import PASSWORD, World


async def state(world: World, agent: Agent) -> PresenceState | None:
    found = await world.team.presence(agent)
    return found.state if found else None


async def test_the_lease_runs_out_and_a_beat_brings_back_what_was_said(world: World) -> None:
    lin = await world.colleague("lin", here=False)
    assert await state(world, lin) is None
    assert (await world.team.heartbeat(lin)).state is PresenceState.ONLINE
    await world.pass_time(46, keep_here=False)
    assert await state(world, lin) is PresenceState.OFFLINE
    assert (await world.team.heartbeat(lin)).state is PresenceState.ONLINE
    await world.team.set_presence(lin, PresenceState.AWAY, "lunch")
    await world.pass_time(46, keep_here=False)
    back = await world.team.heartbeat(lin)
    assert (back.state, back.reason) == (PresenceState.AWAY, "lunch")


async def test_offline_stays_offline_but_keeps_what_it_holds(world: World) -> None:
    lin = await world.colleague("lin")
    conv = await world.held(lin)
    await world.team.set_presence(lin, PresenceState.OFFLINE)
    assert (await world.team.heartbeat(lin)).state is PresenceState.OFFLINE
    await world.pass_time(170)
    await world.team.heartbeat(lin)
    await world.dispatcher.once()
    assert (await world.now(conv)).owner_agent == lin.id
    await world.pass_time(13 * 3600, keep_here=False)
    assert (await world.team.heartbeat(lin)).state is PresenceState.ONLINE


async def test_signing_out_of_the_last_browser_ends_it_at_once(world: World) -> None:
    lin = await world.agent("lin")
    await world.team.heartbeat(lin)
    sessions = [(await world.sign_in.login("lin", PASSWORD, "here"))[1] for _ in range(2)]
    await world.sign_in.logout(sessions[0])
    assert await state(world, lin) is PresenceState.ONLINE
    await world.sign_in.logout(sessions[1])
    assert await state(world, lin) is PresenceState.OFFLINE


async def test_a_disabled_agent_is_gone_and_their_customers_wait(world: World) -> None:
    lin = await world.colleague("lin")
    conv = await world.held(lin)
    await world.accounts.disable("lin")
    assert (await world.now(conv)).mode is Mode.QUEUED
    assert await state(world, lin) is PresenceState.OFFLINE
    assert (await world.team.service()).state == "nobody"


async def test_everybody_sees_who_is_here_and_how_loaded(world: World) -> None:
    lin = await world.colleague("lin", skills=["payments"], cap=2)
    await world.colleague("wang", here=False)
    await world.held(lin)
    seen = {c.name: (c.state, c.load, c.free) for c in await world.team.colleagues()}
    assert seen == {"lin": (PresenceState.ONLINE, 1, 1), "wang": (PresenceState.OFFLINE, 0, 5)}
    assert await world.team.skills() == ["payments"]
