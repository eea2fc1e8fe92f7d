"""WebSocket side of the web channel: recovery by epoch and seq, then events as they are committed."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import structlog
from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from pydantic import ValidationError

from handoff import texts
from handoff.channels.web.caller import CHANNEL
from handoff.channels.web.models import Hello, MessageIn, ReadIn
from handoff.conversation import Conversation
from handoff.errors import BatonError, InvalidRequest, TextTooLong, TooManyRequests
from handoff.gateway import MAX_BEHIND, Gateway
from handoff.http.origins import Sites, may_carry_widget
from handoff.http.problems import body_of
from handoff.pokes import Pokes, wait_for
from handoff.settings import Settings

log = structlog.get_logger(__name__)

HELLO_WITHIN = 10.0
SEND_WITHIN = 10.0
CLOSE_WITHIN = 1.0
SLOW_READER = 4008
NOT_AUTHENTIC = 4401
BAD_FRAME = 4400
# A reader that is slow holds this many events in our memory, not a whole history.
PAGE = 10
FLOOD_WINDOW = 10.0
FLOOD_FRAMES = 100  # no widget sends a tenth of that


def router(gateway: Gateway, pokes: Pokes, sites: Sites, settings: Settings) -> APIRouter:
    """The socket at ``/api/v1/web/socket``."""
    routes = APIRouter()

    @routes.websocket("/api/v1/web/socket")
    async def socket(websocket: WebSocket) -> None:
        if not may_carry_widget(websocket, sites()):
            await websocket.close(1008)
            return
        await websocket.accept()
        await _Line(websocket, gateway, pokes, settings).serve()

    return routes


class _Line:
    """One open socket: a cursor, a flag, and nothing that can pile up."""

    def __init__(self, websocket: WebSocket, gateway: Gateway, pokes: Pokes, settings: Settings) -> None:
        self._ws = websocket
        self._gateway = gateway
        self._pokes = pokes
        self._settings = settings
        self._lang = texts.normal_lang(websocket.headers.get("accept-language"))
        self._since = 0
        self._status: dict[str, Any] = {}
        self._sending = asyncio.Lock()
        self._token = ""

    async def serve(self) -> None:
        try:
            hello = await self._hello()
            if hello is None:
                return
            conversation = await self._gateway.conversation_of(hello.token, CHANNEL)
            self._token = hello.token
            self._lang = conversation.lang
            await self._follow(conversation, hello)
        except BatonError as error:
            await self._refuse(error)
            await self._ws.close(NOT_AUTHENTIC if error.http_status == 401 else BAD_FRAME)
        except TimeoutError:
            await self._close_quietly(SLOW_READER)
        except KeyError:
            await self._close_quietly(BAD_FRAME)  # a binary frame: this channel speaks text
        except (WebSocketDisconnect, RuntimeError):
            pass  # the browser left; it comes back with its cursor

    async def _hello(self) -> Hello | None:
        try:
            async with asyncio.timeout(HELLO_WITHIN):
                return Hello.model_validate_json(await self._ws.receive_text())
        except (ValidationError, KeyError):
            await self._refuse(InvalidRequest())
            await self._ws.close(BAD_FRAME)
            return None

    async def _follow(self, conversation: Conversation, hello: Hello) -> None:
        # Listen first, read the position second, the data third: nothing falls between.
        with self._pokes.listen(conversation.id) as flag:
            await self._greet(conversation.id, hello)
            try:
                async with asyncio.TaskGroup() as both:
                    both.create_task(self._push(conversation.id, flag))
                    both.create_task(self._receive(conversation.id))
            except ExceptionGroup as ended:
                raise ended.exceptions[0] from None

    async def _greet(self, conv_id: str, hello: Hello) -> None:
        page = await self._gateway.events(conv_id, hello.since, hello.epoch, most=0)
        self._since = hello.since
        conversation = page.conversation
        if page.reset:
            self._since = max(0, conversation.last_seq - MAX_BEHIND)
            await self._send(type="reset", epoch=self._gateway.epoch, top_seq=conversation.last_seq)
        await self._send(
            type="ready",
            epoch=self._gateway.epoch,
            conversation_id=conv_id,
            mode=str(conversation.mode),
            top_seq=conversation.last_seq,
            lang=conversation.lang,
        )

    async def _push(self, conv_id: str, flag: asyncio.Event) -> None:
        while True:
            if not await self._pull(conv_id):
                # A poke without news, or a quiet while: perhaps the token was revoked.
                await self._gateway.conversation_of(self._token, CHANNEL, conv_id)
            if not await wait_for(flag, self._settings.heartbeat):
                page = await self._gateway.events(conv_id, self._since, None, most=0)
                await self._send(type="heartbeat", top_seq=page.conversation.last_seq)

    async def _pull(self, conv_id: str) -> bool:
        before = (self._since, self._status)
        while True:
            page = await self._gateway.events(conv_id, self._since, None, PAGE)
            for event in page.events:
                await self._send(type="event", **event.public())
                self._since = event.seq
            if len(page.events) < PAGE:
                break
        status = await self._gateway.status(conv_id)
        if status != self._status:
            self._status = status
            await self._send(type="status", **status)
        return before != (self._since, self._status)

    async def _receive(self, conv_id: str) -> None:
        loop = asyncio.get_running_loop()
        window, frames = loop.time(), 0
        while True:
            raw = await self._ws.receive_text()
            if loop.time() - window > FLOOD_WINDOW:
                window, frames = loop.time(), 0
            frames += 1
            if frames > FLOOD_FRAMES:
                raise TooManyRequests(retry_after=FLOOD_WINDOW)
            await self._handle(conv_id, raw)

    async def _handle(self, conv_id: str, raw: str) -> None:
        try:
            if len(raw.encode()) > self._settings.max_body:
                raise TextTooLong(limit=self._settings.max_text)
            frame = json.loads(raw)
            kind = frame.get("type") if isinstance(frame, dict) else None
            if kind == "message":
                await self._message(conv_id, frame)
            elif kind == "ping":
                page = await self._gateway.events(conv_id, self._since, None, most=0)
                await self._send(type="heartbeat", top_seq=page.conversation.last_seq)
            elif kind == "typing":
                await self._gateway.typing(conv_id)
            elif kind == "read":
                await self._gateway.read(conv_id, ReadIn.model_validate(frame).seq)
            else:
                raise InvalidRequest()
        except (ValueError, RecursionError):
            await self._refuse(InvalidRequest())
        except InvalidRequest as error:
            await self._refuse(error)

    async def _message(self, conv_id: str, frame: dict[str, Any]) -> None:
        client_msg_id = frame.get("client_msg_id")
        known = client_msg_id if isinstance(client_msg_id, str) else None
        try:
            message = MessageIn.model_validate({**frame, "payload": None})
            # By the token again: it may have been revoked or have run out since the hello.
            event = await self._gateway.accept_from(
                self._token, CHANNEL, message.client_msg_id, message.text, message.attachments, conv_id
            )
        except ValidationError:
            await self._refuse(InvalidRequest(), known)
        except BatonError as error:
            if error.http_status == 401:
                raise
            await self._refuse(error, known)
        else:
            await self._send(type="ack", client_msg_id=event.client_msg_id, seq=event.seq, at=event.at)

    async def _refuse(self, error: BatonError, client_msg_id: str | None = None) -> None:
        problem = body_of(error, self._lang)["error"]
        await self._send(type="refused", client_msg_id=client_msg_id, **problem)

    async def _send(self, **frame: Any) -> None:
        async with self._sending, asyncio.timeout(SEND_WITHIN):
            await self._ws.send_text(json.dumps(frame, ensure_ascii=False))

    async def _close_quietly(self, code: int) -> None:
        try:
            async with asyncio.timeout(CLOSE_WITHIN):  # a reader that is too slow does not take this either
                await self._ws.close(code)
        except (RuntimeError, TimeoutError):
            log.debug("socket_closed_without_goodbye")
