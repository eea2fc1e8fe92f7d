"""The accounts as the CLI sees them: through the running gateway, else straight in the database."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote

import httpx

from handoff import errors
from handoff.cli.errors import GatewayRefused
from handoff.cli.supervisor.secret import stored_secret
from handoff.cli.supervisor.services import gateway_url
from handoff.settings import Settings

ROLES = ("agent", "supervisor", "editor", "admin")
# The gateway's stable codes become the same named errors as the database would raise.
_BY_CODE: dict[str, type[errors.BatonError]] = {
    kind.code: kind for kind in (errors.AgentExists, errors.UnknownAgent, errors.WeakPassword, errors.InvalidRequest)
}


@dataclass(frozen=True)
class AgentRow:
    """One account, as the CLI shows it."""

    name: str
    display_name: str
    role: str
    disabled: bool


class Agents(Protocol):
    """What the commands need; both implementations raise the errors of `handoff.errors`."""

    def list(self) -> list[AgentRow]: ...

    def add(self, name: str, display_name: str, role: str, password: str) -> None: ...

    def disable(self, name: str) -> None: ...

    def set_password(self, name: str, password: str) -> None: ...

    def remove_second_factor(self, name: str) -> None: ...


class GatewayAgents:
    """Asks the gateway, which alone may write while it runs."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def list(self) -> list[AgentRow]:
        body = self._call("GET", "/internal/agents")
        rows = body.get("agents", []) if isinstance(body, dict) else body
        return [row_of(item) for item in rows]

    def add(self, name: str, display_name: str, role: str, password: str) -> None:
        body = {"name": name, "display_name": display_name, "role": role, "password": password}
        self._call("POST", "/internal/agents", body)

    def disable(self, name: str) -> None:
        self._call("POST", f"/internal/agents/{quote(name, safe='')}/disable")

    def set_password(self, name: str, password: str) -> None:
        self._call("POST", f"/internal/agents/{quote(name, safe='')}/password", {"password": password})

    def remove_second_factor(self, name: str) -> None:
        self._call("DELETE", f"/internal/agents/{quote(name, safe='')}/second-factor")

    def _call(self, method: str, path: str, body: Mapping[str, str] | None = None) -> Any:
        try:
            answer = self._client.request(method, path, json=body)
        except httpx.HTTPError as error:
            raise GatewayRefused(
                f"The running gateway did not answer: {type(error).__name__}.",
                remedy="Look at the end of logs/gateway.log, or stop `baton run` and try again.",
            ) from error
        if answer.is_success:
            return answer.json() if answer.content else {}
        raise _named(answer)


def row_of(item: Mapping[str, Any]) -> AgentRow:
    """Row of one account in the gateway's JSON."""
    disabled = bool(item.get("disabled") or item.get("disabled_at"))
    name = str(item["name"])
    return AgentRow(name, str(item.get("display_name") or name), str(item["role"]), disabled)


def _named(answer: httpx.Response) -> errors.BatonError:
    try:
        problem = answer.json()["error"]
        code, message = str(problem["code"]), str(problem["message"])
    except (ValueError, KeyError, TypeError):
        code, message = "", f"The gateway answered with status {answer.status_code}."
    if kind := _BY_CODE.get(code):
        return kind(message)
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        return GatewayRefused(
            "The running gateway does not accept this installation's secret.",
            remedy="Use the same BATON_DATA_DIR and BATON_SHARED_SECRET as the `baton run` that started it.",
        )
    return GatewayRefused(message)


@contextlib.contextmanager
def open_agents(settings: Settings) -> Iterator[Agents]:
    """The gateway when it answers as ours, else the database itself."""
    secret = settings.shared_secret or stored_secret(settings.data_dir)
    with gateway_client(settings, secret) as client:
        if secret and is_gateway(client):
            yield GatewayAgents(client)
            return
    from handoff.cli.agents_database import open_database_agents  # the database layer is slow to import

    with open_database_agents(settings) as agents:
        yield agents


def gateway_client(settings: Settings, secret: str | None) -> httpx.Client:
    """A client of the local gateway that carries the shared secret and heeds no proxy."""
    headers = {"Accept-Language": "en"} | ({"X-Baton-Secret": secret} if secret else {})
    return httpx.Client(base_url=gateway_url(settings), headers=headers, timeout=10.0, trust_env=False)


def is_gateway(client: httpx.Client) -> bool:
    """Whether a gateway listens there (ready or not)."""
    try:
        return client.get("/health/live", timeout=2.0).is_success
    except httpx.HTTPError:
        return False
