"""Ports are looked at before anything starts."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from handoff.cli.errors import NotReadyToRun, PortInUse, exit_code_of
from handoff.cli.supervisor.ports import bind_error, holder_of, require_free
from handoff.cli.supervisor.spec import ServiceSpec


def spec(name: str, port: int, variable: str = "BATON_PORT", host: str = "127.0.0.1") -> ServiceSpec:
    return ServiceSpec(name, ("/bin/true",), {}, Path(), "http://x/", host, port, variable, "")


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


@pytest.fixture
def free(taken: int) -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def test_a_taken_port_names_port_holder_and_variable(taken: int) -> None:
    with pytest.raises(PortInUse) as caught:
        require_free([spec("gateway", taken)])
    assert f"Port {taken}" in caught.value.message
    assert f"pid {os.getpid()}" in caught.value.message
    assert "BATON_PORT" in caught.value.remedy
    assert exit_code_of(caught.value) == 78


def test_a_free_port_is_accepted_and_left_free(free: int) -> None:
    require_free([spec("gateway", free)])
    assert bind_error("127.0.0.1", free) is None
    assert holder_of(free) is None


def test_one_port_for_two_services_is_refused(free: int) -> None:
    with pytest.raises(PortInUse) as caught:
        require_free([spec("rasa", free, "BATON_RASA_URL"), spec("gateway", free)])
    assert "BATON_RASA_URL" in caught.value.remedy and "BATON_PORT" in caught.value.remedy


def test_an_address_of_another_machine_is_explained(free: int) -> None:
    with pytest.raises(NotReadyToRun, match=r"cannot listen on 192\.0\.2\.1"):
        require_free([spec("gateway", free, host="192.0.2.1")])


def test_a_host_that_is_no_address_is_explained(free: int) -> None:
    with pytest.raises(NotReadyToRun, match=r"cannot listen on no-such-host\.invalid"):
        require_free([spec("gateway", free, host="no-such-host.invalid")])
