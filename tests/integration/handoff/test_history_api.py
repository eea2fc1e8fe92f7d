"""The history over HTTP: who may see it, what is refused, and the files that leave the house."""

from __future__ import annotations

import csv
import io
from typing import Any

from fastapi.testclient import TestClient
from openpyxl import load_workbook
from sqlalchemy import update

from handoff.app import Services
from handoff.conversation import Role
from handoff.insight.history.figures import FIGURES
from handoff.store import tables as t
from tests.integration.handoff.test_agent_api import AGENT, login, waiting
from tests.integration.handoff.test_web_api import client, me, services

__all__ = ["client", "me", "services"]  # fixtures

HISTORY = f"{AGENT}/history"


def figures(client: TestClient, **asked: Any) -> dict[str, Any]:
    answer = client.get(HISTORY, params=asked)
    assert answer.status_code == 200, answer.text
    return {one["key"]: one for one in answer.json()["figures"]}


def test_one_conversation_is_counted_listed_and_exported(
    client: TestClient, me: dict[str, str], services: Services
) -> None:
    waiting(client, me)
    boss = login(client, services, "boss", Role.SUPERVISOR)
    (item,) = client.get(f"{AGENT}/queue").json()["items"]
    claimed = client.post(f"{AGENT}/handoffs/{item['handoff_id']}/claim", headers=boss).json()
    body = {"client_msg_id": "reply-0001", "fence": claimed["fence"], "text": "=您好，这是秘密"}
    client.post(f"{AGENT}/conversations/{item['conv_id']}/messages", json=body, headers=boss)
    client.post(f"{AGENT}/conversations/{item['conv_id']}/close", json={"fence": claimed["fence"]}, headers=boss)
    found = figures(client, period="today", by="agent")
    assert {key: found[key]["value"] for key in ("conversations", "handed_over", "handoffs", "ended_resolved")} == {
        "conversations": 1,
        "handed_over": 1.0,
        "handoffs": 1,
        "ended_resolved": 1,
    }
    assert found["first_response"]["met"] is True and found["first_response"]["target"] == 600.0
    assert found["csat"]["value"] is None and found["csat"]["met"] is None
    whole = client.get(HISTORY, params={"period": "30d", "by": "agent"}).json()
    assert [line["label"] for line in whole["lines"]] == ["Boss"] and len(whole["days"]) == 30
    behind = client.get(f"{HISTORY}/behind", params={"figure": "resolution", "period": "today"}).json()
    assert behind["total"] == 1 and behind["rows"][0]["conv_id"] == item["conv_id"]
    _exports(client, services, item["conv_id"])
    trail = services.db.read_now(
        lambda conn: conn.execute(t.audit.select().where(t.audit.c.action == "history_exported")).all()
    )
    assert {(row.data["what"], row.data["form"]) for row in trail} == {
        ("figures", "csv"),
        ("figures", "xlsx"),
        ("handoffs", "csv"),
        ("handoffs", "xlsx"),
    }


def _exports(client: TestClient, services: Services, conv_id: str) -> None:
    with services.db.transaction() as conn:  # an agent may have any name
        conn.execute(update(t.agent).values(display_name='=HYPERLINK("x")'))
    for form in ("csv", "xlsx"):
        asked = {"period": "today", "by": "agent", "lang": "en"}
        table = client.get(f"{HISTORY}/figures.{form}", params=asked)
        assert table.headers["content-disposition"].startswith('attachment; filename="baton-')
        conversations = client.get(f"{HISTORY}/conversations.{form}", params=asked | {"figure": "handoffs"})
        for data in (table, conversations):
            cells = [cell for row in _rows(data.content, form) for cell in row]
            assert '\'=HYPERLINK("x")' in cells
            assert not any("秘密" in str(cell) for cell in cells)
        assert conv_id in cells
    assert "First response (median)" in [row[0] for row in _rows(table.content, "xlsx")]


def _rows(data: bytes, form: str) -> list[list[Any]]:
    if form == "csv":
        return [list(row) for row in csv.reader(io.StringIO(data.decode("utf-8-sig")))]
    book = load_workbook(io.BytesIO(data))
    return [[cell.value for cell in row] for page in book.worksheets for row in page.iter_rows()]


def test_only_supervisors_and_administrators_see_it(client: TestClient, services: Services) -> None:
    assert client.get(HISTORY).status_code == 401
    for name, role, status in (("lin", Role.AGENT, 403), ("ed", Role.EDITOR, 403), ("root", Role.ADMIN, 200)):
        login(client, services, name, role)
        paths = ("", "/behind?figure=nps", "/figures.csv", "/conversations.xlsx?figure=nps")
        assert {client.get(HISTORY + path).status_code for path in paths} == {status}, name


REFUSED = {
    "?period=yesterday": "bad_period",
    "?period=custom&first=2026-02-30&last=2026-03-01": "bad_period",
    "?period=custom&first=2020-01-01&last=2026-01-01": "bad_period",
    "?by=weather": "invalid_request",
    "?where=channel": "invalid_request",
    "?where=weather:good": "invalid_request",
    "?where=day:=1": "invalid_request",
    "/behind?figure=nonsense": "invalid_request",
    "/behind?figure=nps&which=some": "invalid_request",
    "/behind?figure=nps&limit=100000": "invalid_request",
    "/figures.exe": "invalid_request",
    "/conversations.csv": "invalid_request",
}


def test_an_empty_service_has_figures_without_values_and_nonsense_is_refused_in_words(
    client: TestClient, services: Services
) -> None:
    login(client, services, "boss", Role.SUPERVISOR)
    for by in ("day", "category"):
        found = figures(client, period="7d", by=by)
        assert set(found) == set(FIGURES)
        assert {one["value"] for one in found.values()} == {None, 0}
    for path, code in REFUSED.items():
        refused = client.get(HISTORY + path)
        assert (refused.status_code, refused.json()["error"]["code"]) == (422, code), path
        assert refused.json()["error"]["message"]
