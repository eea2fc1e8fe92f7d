"""Several dialogue engines as one: each conversation stays with one of them, chosen by its id."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence

from handoff.breaker import Breaker
from handoff.rasa import Answer, RasaClient, TurnRequest


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
        return await self._clients[self.worker_of(request.sender)].turn(request)

    def worker_of(self, sender: str) -> str:
        """Address of the worker for ``sender`` (``conversation:episode``): its first choice that is not known dead."""
        conversation = sender.rpartition(":")[0] or sender
        choices = sorted(self._urls, key=lambda url: _weight(url, conversation), reverse=True)
        return next((url for url in choices if not self._breakers[url].is_open), choices[0])

    async def healthy(self) -> bool:
        """Whether at least one worker answers."""
        return any(await asyncio.gather(*(client.healthy() for client in self._clients.values())))

    async def close(self) -> None:
        await asyncio.gather(*(client.close() for client in self._clients.values()))


def _weight(url: str, conversation: str) -> bytes:
    return hashlib.blake2b(f"{url} {conversation}".encode(), digest_size=8).digest()
