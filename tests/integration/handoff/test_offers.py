"""Offers in turn: the right agent is asked first, for a while; declined, missed or gone, the next one is."""

import pytest

from handoff.conversation import Agent, Conversation, HandoffState, PresenceState, Role
from handoff.errors import OfferedToOther, SkillMissing, StaleOwner
from handoff.settings import Settings
from tests.integration.handoff.conftest import ON_BOTH, World

pytestmark = ON_BOTH


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"routing": "offer"})


async def asked(world: World, conv: Conversation) -> str | None:
    """Display name of the agent the customer is offered to now."""
    await world.dispatcher.once()
    offered_to = (await world.handoff(conv)).offered_to
    team = {colleague.id: colleague.display_name for colleague in await world.team.colleagues()}
    return team.get(offered_to or "")


async def test_the_idle_agent_with_the_skill_is_asked_and_accepts(world: World) -> None:
    await world.colleague("anna", skills=["payments"])
    bert = await world.colleague("bert", skills=["safety"])
    conv = await world.queued(skill="safety")
    assert await asked(world, conv) == "Bert"
    (offer,) = await world.team.offers(bert)
    assert (offer.conv_id, offer.skill) == (conv.id, "safety") and 0 < offer.seconds_left <= 20
    taken = await world.desk.claim(bert, offer.handoff_id)
    assert taken.owner_agent == bert.id
    assert await world.steps(conv) == ["opened", "offered", "claimed"]


async def test_only_the_one_asked_may_claim(world: World) -> None:
    await world.colleague("anna")
    conv = await world.queued()
    assert await asked(world, conv) == "Anna"
    bert = await world.colleague("bert")
    with pytest.raises(OfferedToOther) as refused:
        await world.desk.claim(bert, (await world.handoff(conv)).id)
    assert refused.value.fields["owner"] == "Anna"
    assert (await world.handoff(conv)).state is HandoffState.OFFERED


async def test_declined_goes_to_the_next_and_comes_back_later(world: World) -> None:
    anna = await world.colleague("anna")
    conv = await world.queued()
    assert await asked(world, conv) == "Anna"
    await world.team.decline(anna, (await world.handoff(conv)).id)
    assert await asked(world, conv) is None
    await world.colleague("bert")
    assert await asked(world, conv) == "Bert"
    with pytest.raises(StaleOwner):
        await world.team.decline(await world.colleague("carl"), (await world.handoff(conv)).id)
    assert (await world.steps(conv))[:4] == ["opened", "offered", "declined", "offered"]


async def test_an_unanswered_offer_runs_out_and_two_make_the_agent_away(world: World) -> None:
    anna = await world.colleague("anna")
    conv = await world.queued()
    for _ in range(2):
        assert await asked(world, conv) == "Anna"
        await world.pass_time(21)
        await world.dispatcher.once()
        await world.pass_time(61)
    found = await world.team.presence(anna)
    assert found is not None and (found.state, found.reason) == (PresenceState.AWAY, "missed_offers")
    assert (await world.handoff(conv)).state is HandoffState.QUEUED
    assert (await world.steps(conv)).count("offer_expired") == 2


async def test_an_offer_is_withdrawn_when_the_agent_goes_away(world: World) -> None:
    anna = await world.colleague("anna")
    conv = await world.queued()
    assert await asked(world, conv) == "Anna"
    await world.team.set_presence(anna, PresenceState.AWAY, "lunch")
    assert (await world.handoff(conv)).state is HandoffState.QUEUED


async def test_urgent_first_and_nobody_beyond_their_capacity(world: World) -> None:
    await world.colleague("anna", cap=1)
    routine = await world.queued(priority=0)
    urgent = await world.queued(priority=3)
    assert await asked(world, urgent) == "Anna"
    assert await asked(world, routine) is None


async def test_a_long_wait_outranks_a_little_urgency(world: World) -> None:
    old = await world.queued(priority=0)
    await world.pass_time(400)
    young = await world.queued(priority=1)
    assert [item.conv_id for item in (await world.desk.queue()).items] == [old.id, young.id]


async def test_the_agent_who_knows_the_customer_is_asked_first(world: World) -> None:
    await world.colleague("anna")
    bert = await world.colleague("bert")
    conv = await world.queued()
    await world.desk.claim(await boss(world), (await world.handoff(conv)).id)
    first = await world.desk.transfer(await boss(world), conv.id, (await world.now(conv)).fence, to_agent=bert.id)
    await world.desk.close(bert, conv.id, first.fence)
    await world.gateway.ask_for_person(conv.id, "ask-again-1")
    assert (await world.handoff(conv)).offered_to == bert.id


async def test_nobody_with_the_skill_means_anybody(world: World) -> None:
    await world.colleague("anna", skills=["payments"])
    conv = await world.queued(skill="safety")
    assert await asked(world, conv) == "Anna"


async def test_a_customer_is_left_to_those_who_speak_the_language(world: World) -> None:
    anna = await world.colleague("anna", langs=["zh"])
    conv = await world.queued(lang="en")
    bert = await world.colleague("bert", langs=["en"], cap=1)
    assert await asked(world, conv) == "Bert"
    await world.desk.claim(bert, (await world.handoff(conv)).id)
    second = await world.queued(lang="en")
    with pytest.raises(SkillMissing):
        await world.desk.claim(anna, (await world.handoff(second)).id)
    await world.pass_time(301)
    assert await asked(world, second) == "Anna"


async def boss(world: World) -> Agent:
    if "boss" not in world.agents:
        world.agents["boss"] = await world.colleague("boss", role=Role.SUPERVISOR)
    return world.agents["boss"]
