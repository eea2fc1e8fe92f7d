"""Several dialogue engines as one: each conversation stays with one of them, chosen by its id."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass

from handoff.breaker import Breaker
from handoff.errors import BotTimeout, BotUnavailable
from handoff.measures import BOT_TURNS
from handoff.rasa import Answer, RasaClient, TurnRequest
from handoff.traces import span


@dataclass(frozen=True)
class WorkerState:
    """One dialogue engine; ``paused`` says that the circuit breaker of this gateway refuses calls to it now."""

    url: str
    healthy: bool
    paused: bool


class RasaWorkers:
    """A client and a circuit breaker per worker.

    Rendezvous hashing: when a worker's breaker is open its conversations go to their second choice, and only they;
    so the workers must share one tracker store.
    """

    def __init__(self, urls: Sequence[str], secret: str, *, timeout: float) -> None:
        self._urls = tuple(urls)
        self._breakers = {url: Breaker() for url in self._urls}
        self._clients = {
            url: RasaClient(url, secret, timeout=timeout, breaker=self._breakers[url]) for url in self._urls
        }

    async def turn(self, request: TurnRequest) -> Answer:
        """The bot's answer to one customer message; errors as `RasaClient.turn`."""
        url = self.worker_of(request.sender)
        outcome, start = "answered", time.perf_counter()
        with span("bot turn", worker=url, turn=request.turn_id):
            try:
                return await self._clients[url].turn(request)
            except BotUnavailable as error:
                outcome = "timeout" if isinstance(error, BotTimeout) else error.code
                raise
            finally:
                BOT_TURNS.labels(outcome).observe(time.perf_counter() - start)

    def worker_of(self, sender: str) -> str:
        """Address of the worker for ``sender`` (``conversation:episode``): its first choice that is not known dead."""
        conversation = sender.rpartition(":")[0] or sender
        choices = sorted(self._urls, key=lambda url: _weight(url, conversation), reverse=True)
        return next((url for url in choices if not self._breakers[url].is_open), choices[0])

    async def healthy(self) -> bool:
        """Whether at least one worker answers."""
        return any(await asyncio.gather(*(client.healthy() for client in self._clients.values())))

    async def states(self) -> list[WorkerState]:
        """Every worker, in the order of the settings: does it answer, and does this gateway call it?"""
        answers = await asyncio.gather(*(self._clients[url].healthy() for url in self._urls))
        return [
            WorkerState(url, answer, self._breakers[url].is_open)
            for url, answer in zip(self._urls, answers, strict=True)
        ]

    async def close(self) -> None:
        await asyncio.gather(*(client.close() for client in self._clients.values()))


def _weight(url: str, conversation: str) -> bytes:
    return hashlib.blake2b(f"{url} {conversation}".encode(), digest_size=8).digest()
