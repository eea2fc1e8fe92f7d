"""The wall and the quality sample as programs call them: what comes back, who may, and what bad requests are told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from handoff.app import Services
from handoff.conversation import Role
from tests.integration.handoff.test_agent_api import AGENT, login
from tests.integration.handoff.test_web_api import client, services

__all__ = ["client", "services"]  # fixtures

Call = Callable[..., httpx.Response]


@pytest.fixture
def boss(client: TestClient, services: Services) -> Call:
    headers = login(client, services, "boss", Role.SUPERVISOR)

    def call(method: str, path: str, body: Any = None) -> httpx.Response:
        return client.request(method, f"{AGENT}{path}", json=body, headers=headers)

    return call


def test_the_wall_tells_programs_what_it_tells_people(boss: Call) -> None:
    seen = boss("GET", "/wall").json()
    assert seen["state"] == "bad" and seen["open_alerts"] == len(seen["alerts"]) > 0
    assert {"rasa_down", "actions_down"} <= {one["alert"] for one in seen["alerts"]}
    assert seen["breaches_today"]["share_in_time"] is None and seen["bot"]["workers"][0]["healthy"] is False
    after = boss("POST", "/wall/acknowledge", {"alert": "rasa_down", "note": "restarting"}).json()
    assert after["open_alerts"] == seen["open_alerts"] - 1
    assert [one["note"] for one in boss("GET", "/wall/acknowledgements").json()] == ["restarting"]
    assert boss("POST", "/wall/acknowledge", {"alert": "no_such_thing"}).status_code == 404
    assert boss("POST", "/wall/acknowledge", {"alert": "rasa_down", "note": "x" * 501}).status_code == 422


def test_a_sample_of_nothing_and_bad_requests_are_refused_with_reasons(boss: Call) -> None:
    nothing = boss("POST", "/quality/samples", {"since": 0, "until": 86400, "wanted": 5})
    assert (nothing.status_code, nothing.json()["error"]["code"]) == (409, "nothing_to_draw")
    for bad in ({"wanted": 0}, {"kind": "some"}, {"until": 0}, {"since": -1}, {"until": 1e300}):
        body = {"since": 0, "until": 86400, "wanted": 5} | bad
        assert boss("POST", "/quality/samples", body).status_code == 422, bad
    assert boss("GET", "/quality/samples").json() == []
    assert boss("GET", "/quality/samples/nothing").status_code == 404
    assert boss("GET", "/quality/cases/nothing/1").status_code == 404
    for scores in ({"empathy": 6}, {"kindness": 3}):
        assert boss("PUT", "/quality/cases/nothing/1/sheet", {"scores": scores}).status_code == 422
    assert boss("GET", "/quality/results?since=5&until=1").status_code == 422
    assert boss("GET", "/quality/results?since=0&until=9").json()["all"]["sheets"] == 0
    file = boss("GET", "/quality/sheets.csv?since=0&until=9&lang=en")
    assert file.headers["content-type"].startswith("text/csv") and "Reliability" in file.text


def test_others_than_supervisors_are_refused(client: TestClient, services: Services) -> None:
    login(client, services, "lin")
    for path in ("/wall", "/wall/acknowledgements", "/quality/samples", "/quality/sheets.csv?since=0&until=9"):
        assert client.get(f"{AGENT}{path}").status_code == 403, path
    client.cookies.clear()
    assert client.get(f"{AGENT}/wall").status_code == 401
