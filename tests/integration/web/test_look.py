"""What a widget asks first: the look as it was set, at once and for the sites that were named, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from handoff.app import Services
from handoff.conversation import Agent, Role
from handoff.errors import Forbidden, SettingsConflict
from handoff.store import tables as t
from handoff.store.agents import insert_agent
from tests.integration.web.conftest import WEB, Customer
from tests.unit.handoff.test_widget_look import picture

SHOP = {"Origin": "https://shop.example"}


def agent(services: Services, role: Role) -> Agent:
    return asyncio.run(
        services.db.write(
            lambda conn: insert_agent(conn, name=str(role), display_name="苏", role=role, password_hash="-", cap=5)
        )
    )


def test_before_anything_is_set_the_usual_words_come_in_both_languages(http: TestClient) -> None:
    answer = http.get(f"{WEB}/look")
    found = answer.json()
    assert (found["color"], found["avatar"], found["lang"]) == ("#0f766e", None, "")
    assert found["zh"]["title"] == "在线客服"
    assert "order" in found["en"]["suggestions"]
    assert answer.headers["cache-control"] == "max-age=60"


def test_what_a_supervisor_sets_shows_at_once_and_is_in_the_trail(http: TestClient, services: Services) -> None:
    boss = agent(services, Role.SUPERVISOR)
    words = {"zh": {"title": "青禾客服", "suggestions": ["退货", "发票"]}}
    draft = {"color": "#7a1f3d", "position": "left", "lang": "en", "words": words, "avatar": picture()}
    kept = asyncio.run(services.widget.save(boss, draft, 0))
    found = http.get(f"{WEB}/look").json()
    assert (found["color"], found["position"], found["lang"]) == ("#7a1f3d", "left", "en")
    assert (found["zh"]["title"], found["zh"]["suggestions"]) == ("青禾客服", "退货|发票")
    assert found["zh"]["greeting"].startswith("您好")  # left empty: the usual one
    shown = http.get(f"{WEB}/{found['avatar']}")
    assert (shown.headers["content-type"], shown.content[8:12]) == ("image/webp", b"WEBP")
    assert http.get(f"{WEB}/avatar/0123456789abcdef").status_code == 404
    row = services.db.read_now(lambda conn: conn.execute(select(t.audit).where(t.audit.c.action == "widget_set")).one())
    assert (row.actor, row.data["version"]) == (boss.id, kept.version)
    assert set(row.data["fields"]) == {"color", "position", "lang", "words", "avatar"}
    with pytest.raises(SettingsConflict):
        asyncio.run(services.widget.save(boss, {}, 0))
    with pytest.raises(Forbidden):
        asyncio.run(services.widget.save(agent(services, Role.AGENT), {}))
    assert [one.version for one in asyncio.run(services.widget.history())] == [1]


def test_a_site_may_carry_the_chat_from_the_moment_it_is_named(
    http: TestClient, services: Services, arrive: Callable[..., Customer]
) -> None:
    refused = http.get(f"{WEB}/look", headers=SHOP)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "cross_site_request")
    assert "access-control-allow-origin" not in refused.headers
    boss = agent(services, Role.ADMIN)
    asyncio.run(services.widget.save(boss, {"sites": ["https://shop.example"]}))
    taken = http.get(f"{WEB}/look", headers=SHOP)
    assert (taken.status_code, taken.headers["access-control-allow-origin"]) == (200, SHOP["Origin"])
    asking = SHOP | {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    assert http.options(f"{WEB}/session", headers=asking).status_code == 200
    assert http.post(f"{WEB}/session", json={"lang": "zh"}, headers=SHOP).status_code == 200
    asyncio.run(services.widget.save(boss, {"sites": []}))
    assert http.post(f"{WEB}/session", json={"lang": "zh"}, headers=SHOP).status_code == 403
    assert arrive().say("你好").status_code == 200  # our own pages always may
