"""HTTP edge of the action server: rasa-sdk's executor at /webhook, /understand for the gateway, health checks."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import logging
import time
import zlib
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection, ActionMissingDomainException, ActionNotFoundException

from actions import editing, forgetting, registry, understand, wiring
from actions.errors import NotReadyError
from actions.policy.live import PolicyWatch
from actions.settings import Settings
from actions.wiring import Services, current
from knowledge_base.errors import KnowledgeBaseError

logger = logging.getLogger(__name__)
MAX_BODY = 8 * 1024 * 1024
# Looking through a folder of very many files may take a tenth of the time, and is done once a second all the same.
LOOK_SHARE, SLOWEST_LOOK = 10.0, 1.0


def create_app(settings: Settings, services: Services | None = None) -> FastAPI:
    """The server. Loads its services in the background unless they are given; /health/ready tells when they are in."""
    executor = ActionExecutor()
    for action in registry.ACTIONS:
        executor.register_action(action)
    app = FastAPI(title="Baton actions", lifespan=_lifespan(settings, services), docs_url=None, redoc_url=None)
    guarded = [Depends(_guard(settings.shared_secret))]
    _add_errors(app)

    @app.post("/webhook", dependencies=guarded)
    async def webhook(request: Request) -> JSONResponse:
        return await _run_action(executor, await _json_body(request))

    @app.post("/understand", dependencies=guarded)
    async def read(body: understand.Request) -> understand.Response:
        return await understand.answer(body, current.get())

    app.include_router(editing.router(guarded))
    app.include_router(forgetting.router(guarded))

    @app.get("/health/live")
    async def live() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/health/ready")
    async def ready() -> dict[str, Any]:
        return {"status": "ok", "entries": len(current.get().faq.base.entries)}

    return app


def _lifespan(settings: Settings, given: Services | None) -> Any:
    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if given is not None:
            current.set(given)
        tasks = [asyncio.create_task(_serve_faq(settings, given))]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    return lifespan


async def _serve_faq(settings: Settings, given: Services | None) -> None:
    """Load the services, then look for a changed FAQ or policy file for as long as the server runs."""
    watch = PolicyWatch(settings.policy_file)
    try:
        services = given if given is not None else await asyncio.to_thread(wiring.load, settings)
    except Exception as error:  # any part may fail in its own way; the reason must reach /health/ready
        current.failed(f"{type(error).__name__}: {error}")
        logger.error("the action server cannot become ready: %s", error)
        return
    current.set(services)
    logger.info("ready with %d FAQ entries", len(services.faq.base.entries))
    pause = settings.faq_poll
    while True:
        await asyncio.sleep(pause)
        begun = time.perf_counter()
        policy = await asyncio.to_thread(watch.changed)
        if policy is not None:
            current.set(replace(current.get(), policy=policy))
        try:
            await asyncio.to_thread(services.faq.look)
        except Exception:
            logger.exception("looking for FAQ changes failed; the index stays as it is")
        pause = max(settings.faq_poll, min(LOOK_SHARE * (time.perf_counter() - begun), SLOWEST_LOOK))


def _guard(secret: str) -> Any:
    expected = secret.encode()

    async def check(x_baton_secret: Annotated[str, Header()] = "") -> None:
        if not hmac.compare_digest(x_baton_secret.encode(), expected):
            raise HTTPException(401, "The header X-Baton-Secret is missing or does not match BATON_SHARED_SECRET.")

    return check


async def _json_body(request: Request) -> dict[str, Any]:
    body = await request.body()
    if len(body) > MAX_BODY:
        raise HTTPException(413, f"The body has {len(body)} bytes; at most {MAX_BODY} are read.")
    try:
        if request.headers.get("content-encoding") == "deflate":
            body = zlib.decompress(body)
        call = json.loads(body)
    except (ValueError, zlib.error) as error:
        raise HTTPException(400, f"The body is not JSON: {error}") from error
    if not isinstance(call, dict):
        raise HTTPException(400, "The body must be a JSON object.")
    return call


async def _run_action(executor: ActionExecutor, call: dict[str, Any]) -> JSONResponse:
    """Statuses and bodies as rasa-sdk's own server gives them; Rasa reads them."""
    name = call.get("next_action")
    if not name or not isinstance(call.get("tracker"), dict):
        raise HTTPException(400, "An action call needs next_action and tracker.")
    call.setdefault("domain", {})  # Rasa leaves it out on our wish, and no action of ours reads it
    try:
        result = await executor.run(call)
    except ActionExecutionRejection as error:
        return JSONResponse({"error": error.message, "action_name": error.action_name}, 400)
    except ActionNotFoundException as error:
        return JSONResponse({"error": error.message, "action_name": error.action_name}, 404)
    except ActionMissingDomainException as error:
        return JSONResponse({"error": error.message, "action_name": error.action_name}, 449)
    except NotReadyError:
        raise
    except Exception as error:
        logger.exception("action %s failed", name)
        return JSONResponse({"error": f"{type(error).__name__} in action {name}", "action_name": name}, 500)
    return JSONResponse(result.model_dump() if result else None)


def _add_errors(app: FastAPI) -> None:
    def body(code: str, message: str) -> dict[str, Any]:
        return {"error": {"code": code, "message": message, "retry_after": None}}

    @app.exception_handler(NotReadyError)
    async def not_ready(_: Request, error: NotReadyError) -> JSONResponse:
        return JSONResponse(body("not_ready", error.reason), 503)

    @app.exception_handler(KnowledgeBaseError)
    async def bad_faq(_: Request, error: KnowledgeBaseError) -> JSONResponse:
        return JSONResponse(body("bad_faq", str(error)), 422)

    @app.exception_handler(HTTPException)
    async def refused(_: Request, error: HTTPException) -> JSONResponse:
        codes = {401: "wrong_secret", 413: "too_large"}
        return JSONResponse(body(codes.get(error.status_code, "bad_request"), str(error.detail)), error.status_code)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"][1:]) or "body"
        return JSONResponse(body("bad_request", f"{where}: {first['msg']}"), 422)
