"""The server's WebSocket protocol, with one thing more: a peer that does not read is cut off, not waited for.

Closing a connection politely waits until everything written has left. To a peer that has stopped reading it never
does: the connection, its buffers and its place among the address's sockets would stay for as long as it likes.
"""

from __future__ import annotations

from asyncio import BaseTransport

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

CLOSE_WITHIN = 5.0
# What may wait in our memory for a peer before sending to it pauses; the system has buffers of its own.
WAITING_BYTES = 16 * 1024


class CuttingProtocol(WebSocketsSansIOProtocol):
    """Aborts the connection when a ping got no answer, and a while after the application is done with it."""

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)
        self.transport.set_write_buffer_limits(high=WAITING_BYTES)

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self._abort()

    async def run_asgi(self) -> None:
        try:
            await super().run_asgi()
        finally:
            # What a living peer still has to get has left by then.
            self.loop.call_later(CLOSE_WITHIN, self._abort)

    def _abort(self) -> None:
        self.transport.abort()
