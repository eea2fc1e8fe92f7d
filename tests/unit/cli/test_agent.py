"""`baton agent` on a real database, and through the gateway's internal door when it runs."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from cli_support import Baton

from handoff.cli.agents import AgentRow, GatewayAgents
from handoff.cli.errors import GatewayRefused
from handoff.cli.supervisor.first_admin import ensure_first_admin, generate_password
from handoff.errors import AgentExists, UnknownAgent, WeakPassword
from handoff.settings import load_settings
from handoff.store.database import open_database

PASSWORD = "correct horse battery"


@pytest.fixture
def type_in(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    return lambda text: monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def test_add_list_disable(baton: Baton, type_in: Callable[[str], None]) -> None:
    assert "There is no account yet" in baton("agent", "list").out
    type_in(PASSWORD + "\n")
    outcome = baton("agent", "add", "lin", "--role", "supervisor", "--display", "小林", "--password-stdin")
    assert (outcome.code, outcome.out) == (0, "Added lin (supervisor).\n")
    listed = baton("agent", "list").out
    assert all(word in listed for word in ("lin", "小林", "supervisor", "active"))
    assert baton("agent", "disable", "lin").code == 0
    assert "disabled" in baton("agent", "list").out


def test_a_new_password_is_accepted(baton: Baton, type_in: Callable[[str], None]) -> None:
    type_in(PASSWORD + "\n")
    baton("agent", "add", "lin", "--password-stdin")
    type_in("another long password\n")
    outcome = baton("agent", "password", "lin", "--password-stdin")
    assert (outcome.code, outcome.out) == (0, "Changed the password of lin.\n")


def test_the_second_factor_of_a_lost_phone_is_removed(baton: Baton, type_in: Callable[[str], None]) -> None:
    type_in(PASSWORD + "\n")
    baton("agent", "add", "lin", "--password-stdin")
    outcome = baton("agent", "forget-code", "lin")
    assert (outcome.code, outcome.out) == (0, "Removed the two-step sign-in of lin.\n")


@pytest.mark.parametrize(
    ("words", "typed", "code", "said"),
    [
        (["add", "lin", "--role", "boss", "--password-stdin"], PASSWORD, 2, "no role 'boss'"),
        (["add", "lin", "--password-stdin"], "short", 1, "at least 10"),
        (["add", "lin", "--password-stdin"], "", 2, "No password"),
        (["add", "lin"], PASSWORD, 2, "--password-stdin"),
        (["add", " ", "--password-stdin"], PASSWORD, 1, "1 to 64"),
        (["disable", "nobody"], "", 1, "nobody"),
        (["password", "nobody", "--password-stdin"], PASSWORD, 1, "nobody"),
        (["forget-code", "nobody"], "", 1, "nobody"),
    ],
)
def test_what_cannot_be_done_is_explained(
    baton: Baton, type_in: Callable[[str], None], words: list[str], typed: str, code: int, said: str
) -> None:
    type_in(typed)
    outcome = baton("agent", *words)
    assert outcome.code == code and said in outcome.err
    assert "Traceback" not in outcome.err


def test_a_name_is_taken_once(baton: Baton, type_in: Callable[[str], None]) -> None:
    for expected in (0, 1):
        type_in(PASSWORD)
        outcome = baton("agent", "add", "lin", "--password-stdin")
        assert outcome.code == expected
    assert "lin" in outcome.err and "exists" in outcome.err


def test_a_database_held_by_another_process_is_explained(baton: Baton, clean_env: Path) -> None:
    database = open_database(load_settings())
    try:
        outcome = baton("agent", "list")
    finally:
        database.close()
    assert outcome.code == 75
    assert "does not answer" in outcome.err and "BATON_PORT" in outcome.err


def gateway(answer: httpx.Response) -> tuple[GatewayAgents, list[httpx.Request]]:
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return answer

    client = httpx.Client(transport=httpx.MockTransport(handle), base_url="http://gateway")
    return GatewayAgents(client), seen


def problem(status: int, code: str) -> httpx.Response:
    return httpx.Response(status, json={"error": {"code": code, "message": "said by the gateway"}})


def test_the_gateway_is_asked_for_the_same_things() -> None:
    agents, seen = gateway(httpx.Response(200, json={}))
    agents.add("lin", "小林", "agent", PASSWORD)
    agents.disable("a/b")
    agents.set_password("lin", PASSWORD)
    assert [(request.method, request.url.raw_path) for request in seen] == [
        ("POST", b"/internal/agents"),
        ("POST", b"/internal/agents/a%2Fb/disable"),
        ("POST", b"/internal/agents/lin/password"),
    ]
    assert json.loads(seen[0].content) == {
        "name": "lin",
        "display_name": "小林",
        "role": "agent",
        "password": PASSWORD,
    }


def test_the_gateways_list_becomes_rows() -> None:
    row = {"id": "1", "name": "lin", "display_name": "小林", "role": "agent", "cap": 5, "load": 0, "disabled": True}
    agents, _ = gateway(httpx.Response(200, json=[row]))
    assert agents.list() == [AgentRow("lin", "小林", "agent", True)]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (problem(409, "agent_exists"), AgentExists),
        (problem(404, "unknown_agent"), UnknownAgent),
        (problem(422, "weak_password"), WeakPassword),
        (problem(401, "not_signed_in"), GatewayRefused),
        (problem(503, "storage_unavailable"), GatewayRefused),
        (httpx.Response(502, text="<html>"), GatewayRefused),
    ],
)
def test_the_gateways_refusals_are_named(answer: httpx.Response, error: type[Exception]) -> None:
    agents, _ = gateway(answer)
    with pytest.raises(error):
        agents.disable("lin")


class Accounts:
    """The accounts in memory, refusing to add when told so."""

    def __init__(self, rows: list[AgentRow], refuse: bool = False) -> None:
        self.rows = rows
        self.passwords: dict[str, str] = {}
        self._refuse = refuse

    def list(self) -> list[AgentRow]:
        return self.rows

    def add(self, name: str, display_name: str, role: str, password: str) -> None:
        if self._refuse:
            raise GatewayRefused("no")
        self.rows.append(AgentRow(name, display_name, role, False))
        self.passwords[name] = password

    def disable(self, name: str) -> None:
        raise AssertionError(name)

    def set_password(self, name: str, password: str) -> None:
        raise AssertionError(name)


def test_the_first_admin_is_made_once_and_its_file_is_private(tmp_path: Path) -> None:
    accounts = Accounts([])
    login = ensure_first_admin(accounts, tmp_path)
    assert login and accounts.passwords == {"admin": login.password}
    assert accounts.rows[0].role == "admin"
    assert login.path.stat().st_mode & 0o777 == 0o600
    assert login.password in login.path.read_text()
    assert ensure_first_admin(accounts, tmp_path) is None


def test_no_first_admin_beside_another_account(tmp_path: Path) -> None:
    assert ensure_first_admin(Accounts([AgentRow("lin", "lin", "agent", False)]), tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_a_refused_first_admin_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(GatewayRefused):
        ensure_first_admin(Accounts([], refuse=True), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_generated_passwords_are_long_and_differ() -> None:
    made = {generate_password() for _ in range(50)}
    assert len(made) == 50 and all(len(password) == 23 for password in made)
