"""A small web channel that speaks the real protocol, so that the widget's tests can break the line where they want."""

from __future__ import annotations

import asyncio
import mimetypes
import socket
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from widget_ledger import Conversation, Frame

from handoff import texts

STATIC = Path(__file__).parents[2] / "handoff" / "channels" / "web" / "static"
CSP = "default-src 'self'; img-src 'self' blob: https:"
API = "/api/v1/web"

UNASKED = ("read", "typing")  # what the widget reports in its own time, between any two steps of a test


class WidgetServer:
    """Runs in a thread; the methods below are called from the test and take effect in the server's loop."""

    def __init__(self) -> None:
        self.conversations: dict[str, Conversation] = {}
        self.frames: list[Frame] = []
        self.posts: list[tuple[str, Frame]] = []
        self.pages_asked: list[int] = []
        self.sockets_allowed = True
        self.down = False
        self.forbidden = ""
        self.silent = False
        self.snapshot_from = 0
        self.asks_recommendation = True
        self.files: dict[str, tuple[Frame, bytes]] = {}
        self.identities: list[str] = []
        self.reports: list[tuple[str, Frame]] = []
        self.refusals: dict[str, Frame] = {}
        self.look: Frame = {lang: texts.catalogue(lang)["widget_start"] for lang in ("zh", "en")}
        self.answer: Callable[[str], Frame | None] = lambda text: {"text": f"收到：{text}"}
        self._loop = asyncio.new_event_loop()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.origin = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        config = uvicorn.Config(
            self._app(), log_level="warning", ws="websockets-sansio", lifespan="off", timeout_graceful_shutdown=0
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, daemon=True)

    # ---- for tests

    def start(self) -> None:
        self._thread.start()
        self.until(lambda: self._server.started)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(10)

    @property
    def only(self) -> Conversation:
        """The newest conversation."""
        return list(self.conversations.values())[-1]

    def refuse(self, post: str, code: str, message: str) -> None:
        """The next `post` (message, identity, attachment or the end of another path) is refused, and nothing else."""
        self.refusals[post] = {"code": code, "message": message}

    def until(self, holds: Callable[[], bool], within: float = 15.0) -> None:
        """Wait for a state; AssertionError when it does not come."""
        end = time.monotonic() + within
        while not holds():
            if time.monotonic() > end:
                raise AssertionError("the state waited for did not come")
            time.sleep(0.02)

    def say(self, text: str, **event: Any) -> Frame:
        """An event that is stored and told to every tab."""
        said: Frame = self._in_loop(self._say(self.only, {"text": text, **event}))
        return said

    def store_quietly(self, text: str, **event: Any) -> Frame:
        """An event that is stored, but whose poke is lost."""
        return self.only.append(text=text, **event)

    def internal_note(self) -> None:
        """Takes a number that no customer ever sees."""
        self.only.top_seq += 1

    def set_status(self, **changes: Any) -> None:
        for name, value in changes.items():
            setattr(self.only, name, value)
        self.send_raw(self.only.status())

    def send_raw(self, frame: Frame) -> None:
        self._in_loop(self._tell(self.only, frame))

    def drop_sockets(self, code: int = 1011) -> None:
        self._in_loop(self._drop(self.only, code))

    def customer_texts(self) -> list[str]:
        return [event["text"] for event in self.only.events if event["author"] == "customer"]

    # ---- inside

    def _in_loop(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._server.serve(sockets=[self._listener]))

    def _app(self) -> Starlette:
        return Starlette(
            routes=[
                Route(f"{API}/session", self._session, methods=["POST"]),
                Route(f"{API}/look", self._looks),
                Route(f"{API}/messages", self._messages, methods=["POST"]),
                Route(f"{API}/handoff", self._handoff, methods=["POST"]),
                Route(f"{API}/handoff/cancel", self._leave_queue, methods=["POST"]),
                Route(f"{API}/rating", self._rating, methods=["POST"]),
                *(
                    Route(f"{API}{path}", self._kept, methods=["POST"])
                    for path in ("/recommendation", "/feedback", "/handoff/message", "/typing", "/read", "/session/end")
                ),
                Route(f"{API}/attachments", self._upload, methods=["POST"]),
                Route(f"{API}/attachments/{{file_id}}", self._download),
                Route(f"{API}/attachments/{{file_id}}/thumbnail", self._download),
                Route(f"{API}/transcript", self._transcript),
                Route(f"{API}/events", self._events),
                WebSocketRoute(f"{API}/socket", self._socket),
                Route("/", lambda request: RedirectResponse("/demo/")),
                Route("/{path:path}", self._file),
            ]
        )

    async def _file(self, request: Request) -> Response:
        path = STATIC / request.path_params["path"]
        path = path / "index.html" if path.is_dir() else path
        if not path.is_file():
            return Response(status_code=404)
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        return Response(path.read_bytes(), media_type=kind, headers={"Content-Security-Policy": CSP})

    def _caller(self, request: Request) -> Conversation | None:
        return self.conversations.get(request.headers.get("authorization", "").removeprefix("Bearer "))

    async def _session(self, request: Request) -> Response:
        if self.down:
            return _error(503, "unavailable", "稍后再试")
        if self.forbidden:
            return _error(403, "cross_site", self.forbidden)
        conversation = self._caller(request)
        if conversation is None and "authorization" in request.headers:
            return _error(401, "token_expired", "会话已过期")
        proof = (await request.json()).get("identity")
        if proof and (refusal := self.refusals.pop("identity", None)):
            return _error(403, refusal["code"], refusal["message"])
        if proof:
            self.identities.append(proof)
        if conversation is None:
            conversation = Conversation()
            self.conversations[conversation.token] = conversation
        return JSONResponse(
            {
                "token": conversation.token,
                "conversation_id": conversation.id,
                "epoch": conversation.epoch,
                "expires_in": 43200,
                "file_limit": 1_000_000,
                "words": texts.catalogue((await request.json())["lang"])["widget"],
            }
        )

    async def _looks(self, request: Request) -> Response:
        return JSONResponse(self.look)

    async def _messages(self, request: Request) -> Response:
        body = await request.json()
        self.posts.append(("messages", body))
        conversation = self._caller(request)
        if self.down or conversation is None:
            return _error(503 if self.down else 401, "unavailable", "稍后再试")
        if refusal := self.refusals.pop("message", None):
            return _error(429, refusal["code"], refusal["message"])
        return JSONResponse(await self._accept(conversation, body))

    async def _handoff(self, request: Request) -> Response:
        body = await request.json()
        self.posts.append(("handoff", body))
        conversation = self._caller(request)
        if conversation is None:
            return _error(401, "token_expired", "会话已过期")
        stored = next((e for e in conversation.events if e["client_msg_id"] == body["client_msg_id"]), None)
        event = stored or await self._say(
            conversation, {"author": "customer", "text": "转人工", "client_msg_id": body["client_msg_id"]}
        )
        conversation.mode, conversation.queue = "queued", {"place": 2, "expected_wait_s": 180}
        await self._say(
            conversation,
            {"kind": "notice", "author": "system", "text": "正在为您接通人工客服。", "meta": {"code": "queued"}},
        )
        await self._tell(conversation, conversation.status())
        return JSONResponse({"client_msg_id": body["client_msg_id"], "seq": event["seq"], "at": event["at"]})

    async def _leave_queue(self, request: Request) -> Response:
        conversation = self._caller(request)
        if conversation is None:
            return _error(401, "token_expired", "会话已过期")
        conversation.mode, conversation.queue = "bot", None
        await self._tell(conversation, conversation.status())
        return JSONResponse(conversation.status())

    async def _rating(self, request: Request) -> Response:
        self.posts.append(("rating", await request.json()))
        return JSONResponse({"ok": True, "ask_recommendation": self.asks_recommendation})

    async def _kept(self, request: Request) -> Response:
        """Whatever else the customer posts: kept under its path, refused once if the test wants it."""
        name = request.url.path.removeprefix(f"{API}/")
        (self.reports if name in UNASKED else self.posts).append((name, await request.json()))
        if refusal := self.refusals.pop(name, None):
            return _error(422, refusal["code"], refusal["message"])
        conversation = self._caller(request)
        if conversation is not None and name == "handoff/message":
            conversation.mode, conversation.queue, conversation.service = "bot", None, None
            await self._tell(conversation, conversation.status())
        return JSONResponse({"ok": True})

    async def _upload(self, request: Request) -> Response:
        content = await request.body()
        name = unquote(request.headers["x-file-name"])
        if refusal := self.refusals.pop("attachment", None):
            return _error(415, refusal["code"], refusal["message"])
        image = name.endswith(".png")
        described = {"id": uuid.uuid4().hex, "name": name, "type": "image/png" if image else "application/pdf"}
        described |= {"size": len(content), "thumbnail": image}
        described |= {"width": 600 if image else None, "height": 400 if image else None}
        self.files[described["id"]] = (described, content)
        return JSONResponse(described)

    async def _download(self, request: Request) -> Response:
        if self._caller(request) is None:
            return _error(401, "token_invalid", "会话无效")
        described, content = self.files[request.path_params["file_id"]]
        return Response(content, media_type=described["type"])

    async def _transcript(self, request: Request) -> Response:
        self.posts.append(("transcript", dict(request.query_params)))
        return Response("<!doctype html><title>对话记录</title>", media_type="text/html")

    async def _events(self, request: Request) -> Response:
        conversation = self._caller(request)
        if self.down or conversation is None:
            return _error(503 if self.down else 401, "token_expired", "会话已过期")
        since, reset = int(request.query_params["since"]), request.query_params["epoch"] != conversation.epoch
        self.pages_asked.append(since)
        since = 0 if reset else since
        end = time.monotonic() + min(float(request.query_params["wait"]), 2.0)
        while conversation.top_seq <= since and time.monotonic() < end and not self.down:
            await asyncio.sleep(0.02)
        events = [event for event in conversation.events if event["seq"] > since]
        return JSONResponse(
            {
                "epoch": conversation.epoch,
                "mode": conversation.mode,
                "top_seq": conversation.top_seq,
                "reset": reset,
                "events": events,
            }
        )

    async def _socket(self, ws: WebSocket) -> None:
        if self.down or not self.sockets_allowed:
            await ws.close()
            return
        await ws.accept()
        conversation: Conversation | None = None
        try:
            hello = await ws.receive_json()
            self.frames.append(hello)
            conversation = self.conversations.get(hello["token"])
            if conversation is None:
                await ws.send_json(
                    {
                        "type": "refused",
                        "client_msg_id": None,
                        "code": "token_expired",
                        "message": "会话已过期",
                        "retry_after": None,
                    }
                )
                await ws.close(4401)
                return
            await self._greet(ws, conversation, hello)
            while True:
                await self._frame(ws, conversation, await ws.receive_json())
        except (WebSocketDisconnect, RuntimeError):
            pass  # the browser left, or the test dropped the line
        finally:
            if conversation and ws in conversation.sockets:
                conversation.sockets.remove(ws)

    async def _greet(self, ws: WebSocket, conversation: Conversation, hello: Frame) -> None:
        ready = {
            "epoch": conversation.epoch,
            "conversation_id": conversation.id,
            "mode": conversation.mode,
            "top_seq": conversation.top_seq,
        }
        await ws.send_json({"type": "ready", "lang": "zh", **ready})
        since = hello["since"]
        if hello["epoch"] not in (None, conversation.epoch):
            since = self.snapshot_from
            await ws.send_json({"type": "reset", "epoch": conversation.epoch, "top_seq": conversation.top_seq})
        for event in conversation.events:
            if event["seq"] > since:
                await ws.send_json({"type": "event", **event})
        conversation.sockets.append(ws)
        await ws.send_json(conversation.status())

    async def _frame(self, ws: WebSocket, conversation: Conversation, frame: Frame) -> None:
        self.frames.append(frame)
        if frame["type"] == "ping":
            await ws.send_json({"type": "heartbeat", "top_seq": conversation.top_seq})
        if frame["type"] != "message" or self.silent:
            return
        if refusal := self.refusals.pop("message", None):
            await ws.send_json(
                {"type": "refused", "client_msg_id": frame["client_msg_id"], "retry_after": None, **refusal}
            )
            return
        await self._accept(conversation, frame, ack=ws)

    async def _accept(self, conversation: Conversation, sent: Frame, ack: WebSocket | None = None) -> Frame:
        message_id, text = sent["client_msg_id"], sent["text"]
        stored = next((e for e in conversation.events if e["client_msg_id"] == message_id), None)
        carried = [self.files[file_id][0] for file_id in sent.get("attachments", [])]
        event = stored or conversation.append(
            author="customer",
            text=text or "[文件]",
            client_msg_id=message_id,
            attachments=carried,
            meta={} if text else {"wordless": True},
        )
        receipt = {"client_msg_id": message_id, "seq": event["seq"], "at": event["at"]}
        if ack is not None:
            await ack.send_json({"type": "ack", **receipt})
        if stored is None:
            await self._tell(conversation, {"type": "event", **event})
            reply = self.answer(text) if conversation.mode == "bot" else None
            if reply:
                await self._say(conversation, {"author_name": None, **reply})
        return receipt

    async def _say(self, conversation: Conversation, event: Frame) -> Frame:
        stored = conversation.append(**event)
        await self._tell(conversation, {"type": "event", **stored})
        return stored

    async def _tell(self, conversation: Conversation, frame: Frame) -> None:
        for ws in list(conversation.sockets):
            await ws.send_json(frame)

    async def _drop(self, conversation: Conversation, code: int) -> None:
        for ws in list(conversation.sockets):
            await ws.close(code)


def _error(status: int, code: str, message: str) -> JSONResponse:
    return JSONResponse({"error": {"code": code, "message": message, "retry_after": None}}, status)
