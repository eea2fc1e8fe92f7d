"""Client of the dialogue engine's turn channel: an answer in full, or one named error."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

import aiohttp
from pydantic import BaseModel, Field, ValidationError

from handoff import failpoints
from handoff.breaker import Breaker
from handoff.errors import BotTimeout, BotUnavailable

MAX_ANSWER = 1_000_000
CONNECT_WITHIN = 1.0
HEALTHY_WITHIN = 2.0
# Shorter than any server's own: a line it is just closing would cost a try.
KEEP_LINE = 4.0


class Button(BaseModel):
    title: str
    payload: str


class Reply(BaseModel):
    text: str = ""
    buttons: list[Button] = Field(default_factory=list)
    meta: dict[str, Any] = Field(default_factory=dict)


class MoodModel(BaseModel):
    valence: float
    anger: float
    urgency: float
    label: str
    spans: list[str] = Field(default_factory=list)


class HandoffModel(BaseModel):
    reason: str
    rule: str = ""
    priority: int = Field(0, ge=0, le=3)
    skill: str | None = None
    last_ask: str = ""
    faq: list[dict[str, Any]] = Field(default_factory=list)
    slots: dict[str, Any] = Field(default_factory=dict)
    ticket: Any = None


class Answer(BaseModel):
    """What the bot says to one turn; see docs/architecture.md, "Gateway → Rasa"."""

    turn_id: str
    messages: list[Reply]
    handoff: HandoffModel | None = None
    slots: dict[str, Any] = Field(default_factory=dict)
    mood: MoodModel | None = None
    intent: dict[str, Any] | None = None
    decision: dict[str, Any] | None = None


@dataclass(frozen=True)
class TurnRequest:
    sender: str
    turn_id: str
    text: str
    lang: str
    vip: bool
    channel: str
    # What an earlier handoff of this conversation found out, so that the bot does not start over.
    carry: dict[str, Any] = field(default_factory=dict)


class Bot(Protocol):
    """Whoever answers turns."""

    async def turn(self, request: TurnRequest) -> Answer:
        """The answer to one customer message, or `BotUnavailable`."""
        ...


class RasaClient:
    """``POST /webhooks/gateway/turn`` with bounded time and size; `BotUnavailable` for everything else.

    By aiohttp, not by httpx as elsewhere: each customer message makes such a call, and it costs a tenth.
    """

    def __init__(self, url: str, secret: str, *, timeout: float, breaker: Breaker | None = None) -> None:
        self._breaker = breaker or Breaker()
        self._url = url
        self._secret = secret
        self._timeout = aiohttp.ClientTimeout(total=timeout, sock_connect=CONNECT_WITHIN)
        self._session: aiohttp.ClientSession | None = None

    @property
    def _http(self) -> aiohttp.ClientSession:
        # Made at the first call, because it belongs to the loop that runs then.
        if self._session is None:
            self._session = aiohttp.ClientSession(
                headers={"X-Baton-Secret": self._secret},
                timeout=self._timeout,
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEP_LINE),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

    async def turn(self, request: TurnRequest) -> Answer:
        """The bot's answer to one customer message.

        `BotUnavailable` when Rasa is dead, refuses, answers nonsense or nothing; `BotTimeout` when it is slow.
        """
        if not self._breaker.allows():
            raise BotUnavailable("The dialogue engine failed repeatedly; waiting before the next try.")
        try:
            failpoints.reached("call.before")
            answer = self._parse(await self._post(request), request.turn_id)
            failpoints.reached("call.after")
        except BotUnavailable:
            self._breaker.failed()
            raise
        self._breaker.succeeded()
        return answer

    async def healthy(self) -> bool:
        """Whether Rasa answers at all."""
        limit = aiohttp.ClientTimeout(total=HEALTHY_WITHIN)
        try:
            async with self._http.get(f"{self._url}/webhooks/gateway/health", timeout=limit) as response:
                return response.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _post(self, request: TurnRequest) -> bytes:
        body = {
            "sender": request.sender,
            "turn_id": request.turn_id,
            "text": request.text,
            "metadata": {
                "lang": request.lang,
                "vip": request.vip,
                "channel": request.channel,
                **({"carry": request.carry} if request.carry else {}),
            },
        }
        try:
            async with self._http.post(f"{self._url}/webhooks/gateway/turn", json=body) as response:
                if response.status != 200:
                    raise BotUnavailable(f"The dialogue engine answered {response.status}.")
                return await _read(response.content)
        except aiohttp.ConnectionTimeoutError as error:
            raise BotUnavailable("The dialogue engine does not accept connections.") from error
        except TimeoutError as error:
            raise BotTimeout() from error
        except aiohttp.ClientError as error:
            raise BotUnavailable(f"The dialogue engine cannot be reached ({type(error).__name__}).") from error

    @staticmethod
    def _parse(body: bytes, turn_id: str) -> Answer:
        try:
            answer = Answer.model_validate_json(body)
        except ValidationError as error:
            raise BotUnavailable("The dialogue engine's answer has another shape than agreed.") from error
        if answer.turn_id != turn_id:
            raise BotUnavailable("The dialogue engine answered another turn.")
        if not answer.messages and answer.handoff is None:
            raise BotUnavailable("The dialogue engine answered nothing.")
        return answer


async def _read(content: aiohttp.StreamReader) -> bytes:
    chunks, size = [], 0
    async for chunk in content.iter_any():
        size += len(chunk)
        if size > MAX_ANSWER:
            raise BotUnavailable(f"The dialogue engine's answer is over {MAX_ANSWER} bytes.")
        chunks.append(chunk)
    return b"".join(chunks)
