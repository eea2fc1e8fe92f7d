"""Several dialogue engines: one conversation stays with one, and leaves it only while it is known to be dead."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from handoff.errors import BotUnavailable
from handoff.rasa import TurnRequest
from handoff.rasa_workers import RasaWorkers
from handoff.settings import Settings

URLS = ("http://127.0.0.1:9", "http://127.0.0.1:19", "http://127.0.0.1:29")


def request(conversation: str) -> TurnRequest:
    return TurnRequest(f"{conversation}:1", "turn", "hi", "en", False, "web")


def test_a_conversation_stays_over_its_episodes() -> None:
    workers = RasaWorkers(URLS, "secret", timeout=1)
    for number in range(50):
        assert len({workers.worker_of(f"conv{number}:{episode}") for episode in range(1, 9)}) == 1


def test_every_gateway_sends_a_conversation_to_the_same_worker() -> None:
    """Nothing is agreed upon: the id alone decides, in whatever order each gateway lists the workers."""
    one, two = RasaWorkers(URLS, "secret", timeout=1), RasaWorkers(URLS[::-1], "secret", timeout=1)
    names = [f"conv{number}:1" for number in range(300)]
    assert [one.worker_of(name) for name in names] == [two.worker_of(name) for name in names]


def test_conversations_are_spread() -> None:
    workers = RasaWorkers(URLS, "secret", timeout=1)
    counts = Counter(workers.worker_of(f"conv{number}:1") for number in range(900))
    assert min(counts.values()) > 200


def test_one_more_worker_moves_only_its_share() -> None:
    two, three = RasaWorkers(URLS[:2], "secret", timeout=1), RasaWorkers(URLS, "secret", timeout=1)
    names = [f"conv{number}:1" for number in range(600)]
    moved = [name for name in names if two.worker_of(name) != three.worker_of(name)]
    assert {three.worker_of(name) for name in moved} == {URLS[2]}
    assert 120 < len(moved) < 280


async def test_while_one_is_dead_only_its_conversations_go_elsewhere() -> None:
    workers = RasaWorkers(URLS, "secret", timeout=1)
    names = [f"conv{number}" for number in range(60)]
    before = {name: workers.worker_of(f"{name}:1") for name in names}
    dead = before[names[0]]
    victims = [name for name in names if before[name] == dead]
    for _ in range(5):
        with pytest.raises(BotUnavailable):
            await workers.turn(request(victims[0]))
    after = {name: workers.worker_of(f"{name}:1") for name in names}
    assert all(after[name] != dead for name in victims)
    assert all(after[name] == before[name] for name in names if name not in victims)
    assert await workers.healthy() is False
    await asyncio.wait_for(workers.close(), 5)


def test_the_setting_may_list_several() -> None:
    settings = Settings(rasa_url="http://a:1/, http://b:2")
    assert settings.rasa_urls == ("http://a:1", "http://b:2")
    with pytest.raises(ValueError, match="http://"):
        Settings(rasa_url="http://a:1,ftp://b:2")
