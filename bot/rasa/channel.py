"""Rasa's only input channel: one turn in, one honest answer out (`POST /webhooks/gateway/turn`).

A turn is answered 200 only when it is in the tracker store. Whatever fails, the answer says so and nothing is stored.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from typing import Any, Awaitable, Callable, Dict, List, NoReturn, Optional
from weakref import WeakValueDictionary

from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from rasa.core.tracker_store import FailSafeTrackerStore
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.rasa import reply, validator
from bot.rasa.errors import ChannelError, NotReady, TrackerUnavailable, TurnAborted, TurnNotRecorded, WrongSecret
from bot.rasa.request import Turn, identifier, parse
from bot.rasa.tracker_store import TurnTrackerStore

validator.install()

logger = logging.getLogger(__name__)
SECRET_HEADER = "X-Baton-Secret"
Handler = Callable[[UserMessage], Awaitable[Any]]


class GatewayChannel(InputChannel):
    """The channel named `gateway`. `secret` comes from the credentials file and is never empty."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()
        self._locks: "WeakValueDictionary[str, asyncio.Lock]" = WeakValueDictionary()

    @classmethod
    def name(cls) -> str:
        return "gateway"

    @classmethod
    def from_credentials(cls, credentials: Optional[Dict[str, Any]]) -> "GatewayChannel":
        secret = str((credentials or {}).get("secret") or "")
        if not secret or secret.startswith("${"):
            raise SystemExit("BATON_SHARED_SECRET is not set; `baton run` makes one, or set it in the environment.")
        return cls(secret)

    def blueprint(self, on_new_message: Handler) -> Blueprint:
        routes = Blueprint("gateway_channel", __name__)

        @routes.get("/health")
        async def health(request: Request) -> HTTPResponse:
            return await _answered(self._health(request))

        @routes.post("/turn")
        async def turn(request: Request) -> HTTPResponse:
            return await _answered(self._turn(request, on_new_message))

        @routes.post("/forget")
        async def forget(request: Request) -> HTTPResponse:
            return await _answered(self._forget(request))

        return routes

    async def _health(self, request: Request) -> HTTPResponse:
        _store(request)
        return response.json({"status": "ok"})

    async def _forget(self, request: Request) -> HTTPResponse:
        self._check(request)
        conversation = identifier(_json(request), "conversation")
        store = _store(request)
        try:
            return response.json({"events": store.forget(conversation)})
        except Exception as error:
            _refuse(error)

    def _check(self, request: Request) -> None:
        if not hmac.compare_digest(request.headers.get(SECRET_HEADER, "").encode(), self._secret):
            raise WrongSecret(f"The header {SECRET_HEADER} is missing or does not match BATON_SHARED_SECRET.")

    async def _turn(self, request: Request, on_new_message: Handler) -> HTTPResponse:
        self._check(request)
        turn = parse(_json(request))
        store = _store(request)
        lock = self._locks.setdefault(turn.sender, asyncio.Lock())
        async with lock:
            events = _read(store, turn)
            if events is None:
                await _run(turn, on_new_message)
                events = _read(store, turn)
        if events is None:
            raise TurnNotRecorded("The turn ran but is not in the tracker store. Send it again with the same id.")
        return response.json(reply.build(turn.turn_id, events, _slots(store, turn)), ensure_ascii=False)


async def _answered(work: Awaitable[HTTPResponse]) -> HTTPResponse:
    """Any failure as a status and `{"error": {"code", "message"}}`; texts of customers never reach the log."""
    try:
        return await work
    except ChannelError as error:
        logger.warning("turn refused: %s: %s", error.code, error.message)
        return _error(error.status, error.code, error.message)
    except TurnAborted as error:
        logger.error("turn aborted: %s (%s)", error, error.cause.__cause__ or type(error.cause).__name__)
        return _error(502, "action_failed", f"Action '{error.action}' failed; see the log of the action server.")
    except Exception as error:
        logger.exception("turn failed")
        return _error(500, "internal", f"{type(error).__name__} while handling the turn; see the log of Rasa.")


def _error(status: int, code: str, message: str) -> HTTPResponse:
    return response.json({"error": {"code": code, "message": message}}, status=status)


async def _run(turn: Turn, on_new_message: Handler) -> None:
    message = UserMessage(
        turn.text,
        CollectingOutputChannel(),
        turn.sender,
        input_channel=GatewayChannel.name(),
        message_id=turn.turn_id,
        metadata=turn.metadata,
    )
    token = validator.strict_turn.set(True)
    try:
        await on_new_message(message)
    finally:
        validator.strict_turn.reset(token)


def _json(request: Request) -> Any:
    try:
        return request.json
    except Exception:  # Sanic's own error names its parser, not our contract
        return None


def _store(request: Request) -> TurnTrackerStore:
    """The store behind Rasa's fail-safe wrapper, whose silent fall back to memory is switched off here."""
    agent = getattr(request.app.ctx, "agent", None)
    if agent is None or not agent.is_ready():
        raise NotReady("Rasa has no model loaded. Train one with `python bot/train.py` and start again.")
    wrapper = agent.tracker_store
    if isinstance(wrapper, FailSafeTrackerStore):
        wrapper._on_tracker_store_error = _refuse
    store = getattr(wrapper, "_tracker_store", wrapper)
    if not isinstance(store, TurnTrackerStore):
        raise TrackerUnavailable("Rasa runs without our tracker store; start it with --endpoints bot/endpoints.yml.")
    return store


def _refuse(error: Exception) -> NoReturn:
    raise TrackerUnavailable(f"The tracker store failed ({type(error).__name__}); the turn was not stored.") from error


def _read(store: TurnTrackerStore, turn: Turn) -> Optional[List[Dict[str, Any]]]:
    try:
        return store.turn(turn.sender, turn.turn_id)
    except Exception as error:
        _refuse(error)


def _slots(store: TurnTrackerStore, turn: Turn) -> Dict[str, Any]:
    try:
        return store.slots(turn.sender)
    except Exception as error:
        _refuse(error)
