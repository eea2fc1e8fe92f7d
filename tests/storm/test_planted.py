"""The suite is no liar: ten mistakes, each planted in a running gateway, are each caught; without them all is well."""

from __future__ import annotations

import pytest

from tests.integration.handoff.gateway_process import GatewayProcess, TurnServer
from tests.storm.drills import CATCHES, Ground
from tests.storm.planted import MISTAKES

# SQLite has one writer, so numbers are committed in order whatever is done to them; two need several.
NEEDS = {"autoincrement_cursor": "postgresql"}
CASES = [pytest.param(NEEDS.get(name, "sqlite"), name, id=name) for name in MISTAKES]


def test_there_is_a_drill_for_each_mistake() -> None:
    assert set(CATCHES) == set(MISTAKES)
    assert len({drill for drill, _ in CATCHES.values()}) == 10


@pytest.mark.long
@pytest.mark.parametrize(("store", "mistake"), CASES, indirect=["store"])
def test_a_sound_gateway_passes_the_drill(gateway: GatewayProcess, rasa: TurnServer, mistake: str) -> None:
    drill, _ = CATCHES[mistake]
    drill(Ground(gateway, rasa))


@pytest.mark.long
@pytest.mark.parametrize(("store", "mistake"), CASES, indirect=["store"])
def test_a_planted_mistake_is_caught(gateway: GatewayProcess, rasa: TurnServer, mistake: str) -> None:
    drill, words = CATCHES[mistake]
    with pytest.raises(AssertionError, match=words):
        drill(Ground(gateway, rasa, mistake))
