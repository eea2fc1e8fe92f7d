"""The sign-in page: plain HTML, so that nobody costs the service a live page before the password is right."""

from __future__ import annotations

from html import escape
from pathlib import Path
from string import Template

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from handoff.console.pages.preferences import preferences
from handoff.console.services import ConsoleServices
from handoff.console.words import html_lang, words
from handoff.texts import normal_lang

_TEMPLATE = Path(__file__).parent.parent / "static" / "login.html"
_POLICY = "default-src 'self'; style-src 'self'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'"


def login_router(services: ConsoleServices) -> APIRouter:
    """``/console`` and ``/console/login``."""
    router = APIRouter(include_in_schema=False)
    template = Template(_TEMPLATE.read_text(encoding="utf-8"))

    @router.get("/console")
    async def to_console() -> Response:
        return RedirectResponse("console/", status_code=307)

    @router.get("/console/login")
    async def login(request: Request, lang: str | None = None, why: str = "") -> Response:
        if not why and await services.sign_in.session(request.cookies.get(services.cookie_name)):
            return RedirectResponse("./", status_code=303)
        liked = preferences(request)
        spoken = normal_lang(lang) if lang else liked.lang
        told = words(spoken)
        texts = {key: escape(value) for key, value in told["login"].items()}
        page = template.substitute(
            texts,
            lang=html_lang(spoken),
            theme="dark" if liked.dark else "light",
            title=escape(told["page"]["title"]),
            brand=escape(told["page"]["brand"]),
            product=escape(told["page"]["product"]),
            zh="true" if spoken == "zh" else "false",
            en="true" if spoken == "en" else "false",
            message=texts[why] if why in ("ended", "role") else "",
        )
        return HTMLResponse(page, headers={"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"})

    return router
