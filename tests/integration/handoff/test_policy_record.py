"""What the policy saw is stored with each turn; `baton policy explain` shows it, `baton policy report` counts it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from actions import cli
from actions.mood.reading import Mood
from actions.mood.state import MoodState
from actions.policy import Memory, PolicyConfig, decide
from actions.replay.errors import ReplayError
from actions.replay.stored import stored_outcomes
from actions.signals import Signals
from handoff.rasa import Answer, TurnRequest
from handoff.verdicts import VerdictDesk
from tests.integration.handoff.conftest import ON_BOTH, World, answer

pytestmark = ON_BOTH
ANGRY = Mood(0.05, 0.95, 0.2, "angry", ("骗子",))


async def judged(request: TurnRequest) -> Answer:
    """Answers as the channel does: the policy's decision, with all it saw."""
    cross = "骗子" in request.text
    mood, config = ANGRY if cross else Mood(), PolicyConfig.load()
    state = MoodState.empty().update(mood, config.mood)
    signals = Signals(request.text, Memory.empty(), intent="ask_faq", mood=mood, mood_state=state, needs={"legal": 0.2})
    decision = decide(signals, config)
    given = answer(request, f"echo {request.text}", handoff="angry" if cross else None)
    given.decision = {**decision.to_dict(), "signals": signals.to_dict()}
    return given


async def talk(world: World) -> str:
    """A conversation that ends with a judged handoff."""
    world.bot.script = judged
    conv = await world.customer()
    async with world.running():
        await world.say(conv, "几点发货")
        await world.settled(conv, 2)
        await world.say(conv, "骗子，还我钱")
        await world.settled(conv, 4)
    lin = await world.agent("lin")
    handoff = await world.handoff_id(conv)
    await world.desk.claim(lin, handoff)
    await VerdictDesk(world.db).give(lin, handoff, "right")
    return conv.id


def run(world: World, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Any:
    monkeypatch.setenv("BATON_DATABASE_URL", world.settings.database_url)
    result = CliRunner().invoke(cli.policy, [*arguments, "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


async def test_explain_and_report_read_what_the_gateway_stored(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    conv_id = await talk(world)
    told = run(world, monkeypatch, "explain", "--conversation", conv_id)
    calm, cross = told["turns"]
    assert (calm["text"], calm["replies"], calm["handoff"]) == ("几点发货", ["echo 几点发货"], None)
    assert calm["needs"]["legal"] == 0.2 and calm["intent"]["name"] == "ask_faq"
    assert (cross["rule"], cross["mood"]["spans"], cross["handoff"]["reason"]) == ("angry", ["骗子"], "angry")
    assert cross["mood_state"]["level"] == "angry"

    found = run(world, monkeypatch, "report")
    assert (found["overall"]["judged"], found["overall"]["precision"]) == (1, 1.0)
    assert list(found["by_reason"]) == ["angry"] and found["proposals"] == []


async def test_an_unknown_conversation_is_named(world: World) -> None:
    with pytest.raises(ReplayError, match="'nobody'"):
        stored_outcomes(world.settings.database_url, "nobody")
