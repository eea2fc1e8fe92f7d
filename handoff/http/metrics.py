"""`GET /metrics` for Prometheus: what the process counts, and the state of the queue; closed to the outside."""

import ipaddress
import secrets
from collections.abc import Iterator

from fastapi import APIRouter, Request
from fastapi.responses import Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from handoff.errors import BatonError, NotFound
from handoff.measures import REGISTRY
from handoff.store.database import Database
from handoff.store.figures import Figures, figures

_FORWARDED = ("x-forwarded-for", "forwarded", "via", "x-real-ip")


def router(db: Database, token: str | None) -> APIRouter:
    """404 unless the call carries ``Authorization: Bearer <token>``, or, without a token, comes from this machine."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/metrics")
    async def metrics(request: Request) -> Response:
        if not _may_read(request, token):
            raise NotFound()
        body = generate_latest(REGISTRY)
        try:
            snapshot = CollectorRegistry()
            snapshot.register(_State(await db.read(figures)))
            body += generate_latest(snapshot)
        except BatonError:
            pass  # the process's own counters say that the database refuses
        return Response(body, media_type=CONTENT_TYPE_LATEST)

    return routes


def _may_read(request: Request, token: str | None) -> bool:
    if token:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        return secrets.compare_digest(given.encode(), token.encode())
    # A proxy on this machine looks local too, but says for whom it asks.
    if request.client is None or any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False


class _State(Collector):
    def __init__(self, found: Figures) -> None:
        self._found = found

    def collect(self) -> Iterator[Metric]:
        found = self._found
        yield _by("baton_handoffs_open", "Handoffs that have not ended.", "state", found.handoffs_open)
        yield _by("baton_handoffs_ended", "Handoffs that have ended, by their end.", "end", found.handoffs_ended)
        yield _by("baton_handoffs_opened", "Handoffs ever opened, by reason.", "reason", found.handoffs_opened)
        yield _by("baton_turns_unfinished", "Messages the bot owes an answer.", "state", found.turns)
        yield _by("baton_deliveries", "Messages to other platforms.", "state", found.deliveries)
        yield _one("baton_oldest_wait_seconds", "How long the first in the queue has waited.", found.oldest_wait)
        yield _one("baton_oldest_turn_seconds", "Age of the oldest message the bot owes.", found.oldest_turn)
        yield _one("baton_agents_load", "Conversations held by agents.", found.agents_load)
        yield _one("baton_agents_capacity", "Conversations that agents may hold.", found.agents_capacity)


def _by(name: str, about: str, label: str, values: dict[str, int]) -> Metric:
    family = GaugeMetricFamily(name, about, labels=[label])
    for value, number in values.items():
        family.add_metric([value], number)
    return family


def _one(name: str, about: str, value: float) -> Metric:
    return GaugeMetricFamily(name, about, value=value)
