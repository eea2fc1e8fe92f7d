"""The relay worker: sends this gateway's pokes, after their commit and in bundles, and raises those of the others."""

from __future__ import annotations

import asyncio
import secrets

import structlog

from handoff.measures import WORKER_FAILURES
from handoff.periodic import Backoff
from handoff.pokes import Pokes
from handoff.relay.transport import Transport, TransportLost, pack, unpack

log = structlog.get_logger(__name__)

# One bundle per pause: a busy gateway sends fifty payloads a second at most, whatever happens in it.
PAUSE = 0.02
FIRST_WAIT = 0.2
LONGEST_WAIT = 5.0


class Relay:
    """Runs beside the other workers. While the carrier is gone everything works on, at the pace of the sweep."""

    def __init__(self, pokes: Pokes, transport: Transport) -> None:
        self._pokes = pokes
        self._transport = transport
        self._me = secrets.token_hex(6)

    async def run(self) -> None:
        """Run until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._send())
                group.create_task(self._receive())
        finally:
            await self._transport.close()

    async def _send(self) -> None:
        backoff = Backoff(FIRST_WAIT, LONGEST_WAIT)
        with self._pokes.outgoing() as outbox:
            while True:
                topics = await outbox.take()
                try:
                    for payload in pack(self._me, topics):
                        await self._transport.publish(payload)
                except TransportLost as error:
                    self._lost("pokes_not_sent", error, backoff)
                    await backoff.wait()
                    continue
                backoff.reset()
                await asyncio.sleep(PAUSE)

    async def _receive(self) -> None:
        backoff = Backoff(FIRST_WAIT, LONGEST_WAIT)
        while True:
            try:
                async for payload in self._transport.listen():
                    backoff.reset()
                    self._raise(payload)
            except TransportLost as error:
                self._lost("pokes_not_heard", error, backoff)
            await backoff.wait()

    def _lost(self, event: str, error: TransportLost, backoff: Backoff) -> None:
        WORKER_FAILURES.labels("relay").inc()
        if not backoff.failures:
            log.warning(event, carrier=self._transport.name, error=str(error))

    def _raise(self, payload: str) -> None:
        if not payload:
            # Nobody knows what was said while we did not listen: let everybody look.
            self._pokes.poke_here(*self._pokes.topics())
            return
        origin, topics = unpack(payload)
        if origin != self._me:
            self._pokes.poke_here(*topics)
