"""Health for supervisors and load balancers: alive, and ready to serve."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from sqlalchemy import text

from handoff.errors import BatonError
from handoff.rasa_workers import RasaWorkers
from handoff.store.database import Database
from handoff.understanding import UnderstandClient


def router(db: Database, rasa: RasaWorkers, understand: UnderstandClient) -> APIRouter:
    """``/health/live`` and ``/health/ready``.

    Ready means that messages can be stored. A dead bot is shown, but does not make the gateway unready: customers are
    then handed to people.
    """
    routes = APIRouter(prefix="/health", tags=["health"])

    @routes.get("/live")
    async def live() -> dict[str, str]:
        return {"status": "alive"}

    @routes.get("/ready")
    async def ready() -> JSONResponse:
        """200 when messages can be stored; ``parts`` says how each part is."""
        parts: dict[str, Any] = {"database": "ok"}
        try:
            await db.read(lambda conn: conn.execute(text("SELECT 1")).scalar())
        except BatonError as error:
            parts["database"] = error.message
        parts["rasa"] = "ok" if await rasa.healthy() else "no answer"
        parts["actions"] = "ok" if await understand.healthy() else "no answer"
        stored = parts["database"] == "ok"
        return JSONResponse({"ready": stored, "parts": parts}, status_code=200 if stored else 503)

    return routes
