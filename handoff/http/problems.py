"""Turns every error into a status and `{"error": {code, message, retry_after}}` in the caller's language."""

from __future__ import annotations

from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from handoff import texts
from handoff.errors import BatonError, InvalidRequest, NotFound, TooManyRequests

log = structlog.get_logger(__name__)

# What programs learn of an error beside its code and words.
_TOLD = {"stale_owner": ("owner",), "wechat_account_refused": ("field", "reason")}


def caller_lang(request: Request) -> str:
    """Language of the texts for this caller, from ``Accept-Language``."""
    return texts.normal_lang(request.headers.get("accept-language"))


def body_of(error: BatonError, lang: str, **more: Any) -> dict[str, Any]:
    """The JSON form of an error."""
    retry_after = error.retry_after if isinstance(error, TooManyRequests) else None
    fields = {"code": error.code, "message": texts.error_text(error, lang), "retry_after": retry_after}
    return {"error": fields | more}


def answer(error: BatonError, lang: str, **more: Any) -> JSONResponse:
    response = JSONResponse(body_of(error, lang, **more), status_code=error.http_status)
    if isinstance(error, TooManyRequests):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def install(app: FastAPI) -> None:
    """Register the handlers: no traceback and no framework message ever reaches a caller."""

    @app.exception_handler(BatonError)
    async def known(request: Request, error: BatonError) -> JSONResponse:
        if error.http_status >= 500:
            log.warning("request_failed", path=request.url.path, code=error.code, error=error.message)
        told = {name: error.fields.get(name) for name in _TOLD.get(error.code, ())}
        return answer(error, caller_lang(request), **told)

    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: RequestValidationError) -> JSONResponse:
        fields = [".".join(str(part) for part in item["loc"]) for item in error.errors()]
        return answer(InvalidRequest(), caller_lang(request), fields=fields)

    @app.exception_handler(HTTPException)
    async def framework(request: Request, error: HTTPException) -> JSONResponse:
        known_error = NotFound() if error.status_code == 404 else InvalidRequest()
        response = answer(known_error, caller_lang(request))
        response.status_code = error.status_code
        return response

    @app.exception_handler(Exception)
    async def unknown(request: Request, error: Exception) -> JSONResponse:
        log.exception("request_crashed", path=request.url.path)
        return answer(BatonError(), caller_lang(request))
