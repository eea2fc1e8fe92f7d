"""Retention, figures for Prometheus, and spans."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from handoff import traces
from handoff.conversation import HandoffRequest
from handoff.http import metrics, problems
from handoff.http.observe import Observe
from handoff.queue import open_handoff
from handoff.retention import Retention
from handoff.store.check import check
from handoff.store.snapshot import snapshot
from tests.integration.handoff.conftest import ON_BOTH, World
from tests.integration.store.test_ledger import lived

pytestmark = ON_BOTH

DAYS = 30.0


def age(world: World, table: str, column: str, where: str = "1 = 1") -> None:
    """Make rows 40 days older. The triggers that forbid it for events are put aside for the statement."""
    with world.db.transaction() as conn:
        if conn.dialect.name == "postgresql":
            conn.execute(text("SET LOCAL session_replication_role = replica"))
            conn.execute(text(f"UPDATE {table} SET {column} = {column} - 3456000 WHERE {where}"))
            return
        guards = [
            tuple(row) for row in conn.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
        ]
        for name, _sql in guards:
            conn.execute(text(f"DROP TRIGGER {name}"))
        conn.execute(text(f"UPDATE {table} SET {column} = {column} - 3456000 WHERE {where}"))
        for _name, sql in guards:
            conn.exec_driver_sql(sql)


async def test_old_words_go_and_places_stay(world: World) -> None:
    old, new = await world.customer(), await world.customer()
    for word in ("one", "two"):
        await world.say(old, word)
    await world.say(new, "kept")
    await world.db.write(open_handoff, await world.now(old), HandoffRequest("angry", details={"last_ask": "two"}))
    await world.gateway.leave_queue(old.id)
    age(world, "event", "created_at", f"conv_id = '{old.id}'")
    age(world, "handoff", "ended_at")
    age(world, "handoff", "claimed_at")
    age(world, "handoff", "queued_at")
    assert await Retention(world.db, DAYS).forget() == 4
    events = await world.events(old)
    assert [e.seq for e in events] == [1, 2, 3, 4]
    assert {e.text for e in events} == {""}
    assert events[0].payload["meta"]["code"] == "expired"
    assert [e.text for e in await world.events(new)] == ["kept"]
    assert world.db.read_now(lambda conn: conn.execute(text("SELECT details FROM handoff")).scalar()) in ("{}", {})
    assert await Retention(world.db, DAYS).forget() == 0
    with snapshot(world.settings.database) as conn:
        assert [breach for breach in check(conn).breaches if breach.rule != "life_agrees_with_row"] == []


async def test_the_bot_forgets_conversations_of_which_nothing_is_left_and_keeps_those_that_go_on(world: World) -> None:
    over, goes_on = await world.customer(), await world.customer()
    await world.say(over, "long ago")
    await world.say(goes_on, "long ago too")
    age(world, "event", "created_at")
    await world.say(goes_on, "back again")
    assert await Retention(world.db, DAYS).forget() == 2
    query = text("SELECT conv_id FROM bot_memory_to_forget")
    noted = world.db.read_now(lambda conn: list(conn.execute(query).scalars()))
    assert noted == [over.id]
    await world.say(over, "here I am again")
    assert [event.text for event in await world.events(over)] == ["", "here I am again"]


async def test_who_waits_or_is_answered_keeps_everything(world: World) -> None:
    conv = await world.held(await world.agent("lin"))
    await world.say(conv, "still here")
    age(world, "event", "created_at")
    assert await Retention(world.db, DAYS).forget() == 0
    assert "still here" in [e.text for e in await world.events(conv)]


async def test_nothing_is_forgotten_unless_it_is_set(world: World) -> None:
    conv = await world.customer()
    await world.say(conv, "for ever")
    age(world, "event", "created_at")
    assert await Retention(world.db, 0).forget() == 0
    assert [e.text for e in await world.events(conv)] == ["for ever"]


def app_of(world: World, token: str | None = None) -> FastAPI:
    app = FastAPI()
    problems.install(app)
    app.include_router(metrics.router(world.db, token))
    app.add_middleware(Observe)

    @app.get("/things/{thing}")
    async def thing(thing: str) -> dict[str, str]:
        return {"thing": thing}

    return app


def client_of(app: FastAPI, address: str = "127.0.0.1") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, client=(address, 1234))
    return httpx.AsyncClient(transport=transport, base_url="http://baton.test")


async def test_prometheus_reads_the_queue_and_the_routes(world: World) -> None:
    await lived(world)
    async with client_of(app_of(world)) as http:
        await http.get("/things/a-secret-id")
        await http.get("/no/such/path")
        answer = await http.get("/metrics")
    found = {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }
    assert found["baton_handoffs_open", ("state", "accepted")] == 1
    assert found["baton_handoffs_open", ("state", "queued")] == 1
    assert found["baton_handoffs_ended", ("end", "resolved")] == 1
    assert found["baton_agents_load",] == 1
    assert found["baton_oldest_wait_seconds",] >= 0
    routes = {dict(key[1:]).get("route") for key in found if key[0] == "baton_http_request_seconds_count"}
    assert {"/things/{thing}", "other"} <= routes
    assert "a-secret-id" not in answer.text


@pytest.mark.parametrize(
    ("address", "headers"),
    [("192.0.2.7", {}), ("127.0.0.1", {"X-Forwarded-For": "192.0.2.7"}), ("127.0.0.1", {"Forwarded": "for=192.0.2.7"})],
)
async def test_the_outside_sees_no_metrics(world: World, address: str, headers: dict[str, str]) -> None:
    async with client_of(app_of(world), address) as http:
        assert (await http.get("/metrics", headers=headers)).status_code == 404


async def test_a_token_opens_them_from_anywhere_and_nothing_else_does(world: World) -> None:
    app = app_of(world, "scrape-me")
    async with client_of(app, "192.0.2.7") as http:
        assert (await http.get("/metrics", headers={"Authorization": "Bearer scrape-me"})).status_code == 200
        assert (await http.get("/metrics", headers={"Authorization": "Bearer guess"})).status_code == 404
    async with client_of(app) as http:
        assert (await http.get("/metrics")).status_code == 404


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    traces.use(provider.get_tracer("test"))
    yield exporter
    traces.use(None)


async def test_spans_hang_together_and_hold_no_words(world: World, spans: InMemorySpanExporter) -> None:
    conv = await world.customer()
    with traces.span("outer"):
        await world.say(conv, "my card number is 4111 1111")
    finished = spans.get_finished_spans()
    outer = next(item for item in finished if item.name == "outer")
    writes = [item for item in finished if item.name == "write" and item.parent is not None]
    assert {item.parent.span_id for item in writes if item.parent} == {outer.context.span_id}
    assert "4111" not in "".join(str(item.attributes) for item in finished)
