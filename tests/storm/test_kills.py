"""Kill -9 under load, again and again: nothing acknowledged is lost, nothing is there twice, in one order for all."""

from __future__ import annotations

import pytest

from tests.integration.handoff.gateway_process import GatewayProcess, TurnServer
from tests.storm.revived import Revived, add_agents
from tests.storm.storm import Storm, kills


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
@pytest.mark.timeout(600)
def test_twenty_kills(gateway: GatewayProcess, rasa: TurnServer) -> None:
    storm(gateway, rasa, 20)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_two_hundred_kills(gateway: GatewayProcess, rasa: TurnServer) -> None:
    storm(gateway, rasa, 200)


def storm(gateway: GatewayProcess, rasa: TurnServer, count: int) -> None:
    gateway.start()
    add_agents(Revived(gateway), 2)
    report = Storm(gateway, rasa).run(kills(count))
    assert report.faults == {}, str(report)
    assert report.acknowledged >= 2 * count
