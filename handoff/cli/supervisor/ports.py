"""Looks, before anything is started, whether each port is free, and who holds it if not."""

from __future__ import annotations

import errno
import socket
from collections.abc import Sequence
from dataclasses import dataclass

import psutil

from handoff.cli.errors import NotReadyToRun, PortInUse
from handoff.cli.supervisor.spec import ServiceSpec


@dataclass(frozen=True)
class Holder:
    """The process that listens on a port."""

    pid: int
    command: str

    def __str__(self) -> str:
        return f"{self.command} (pid {self.pid})"


def bind_error(host: str, port: int) -> OSError | None:
    """Try to listen on the address as a server would; the error, or None when it is free."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as error:
            return error
    return None


def holder_of(port: int) -> Holder | None:
    """Who listens on ``port``; None when nobody does or the system does not tell."""
    try:
        connections = psutil.net_connections(kind="tcp")
    except (psutil.Error, OSError):
        return None
    for connection in connections:
        if connection.status == psutil.CONN_LISTEN and connection.laddr[1:] == (port,) and connection.pid:
            return Holder(connection.pid, _command_of(connection.pid))
    return None


def require_free(specs: Sequence[ServiceSpec]) -> None:
    """Raise `PortInUse` or `NotReadyToRun` for the first address that cannot be used."""
    taken: dict[int, ServiceSpec] = {}
    for spec in specs:
        if spec.port in taken:
            other = taken[spec.port]
            raise PortInUse(
                f"{other.name} and {spec.name} are both set to port {spec.port}.",
                remedy=f"Give one of them another port: {other.port_variable} or {spec.port_variable}.",
            )
        taken[spec.port] = spec
        if error := bind_error(spec.host, spec.port):
            raise _explain(spec, error)


def _explain(spec: ServiceSpec, error: OSError) -> PortInUse | NotReadyToRun:
    if error.errno == errno.EADDRINUSE:
        holder = holder_of(spec.port)
        who = f"held by {holder}" if holder else "held by a process this account may not see"
        return PortInUse(
            f"Port {spec.port}, which {spec.name} needs, is {who}.",
            remedy=f"Stop that process, or choose another port with {spec.port_variable}.",
        )
    return NotReadyToRun(
        f"{spec.name} cannot listen on {spec.host}:{spec.port}: {error.strerror or error}.",
        remedy=f"Choose an address of this machine and a port above 1023 with {spec.port_variable}.",
    )


def _command_of(pid: int) -> str:
    try:
        words = psutil.Process(pid).cmdline()
    except psutil.Error:
        return "a process"
    text = " ".join(words)
    return text if len(text) <= 80 else text[:77] + "..."
