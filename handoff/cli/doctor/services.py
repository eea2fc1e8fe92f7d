"""Checks of ports and of the processes behind them."""

from __future__ import annotations

import httpx

from handoff.cli.doctor.check import Check, Finding, Site, fail, ok
from handoff.cli.supervisor.lock import running_pid
from handoff.cli.supervisor.ports import bind_error, holder_of
from handoff.cli.supervisor.secret import stored_secret
from handoff.cli.supervisor.services import make_plan
from handoff.cli.supervisor.spec import ServiceSpec
from handoff.cli.supervisor.state import read_services


def service_checks(site: Site) -> list[Check]:
    """One check for each process: its port when Baton is stopped, its health when it runs."""
    secret = site.settings.shared_secret or stored_secret(site.settings.data_dir) or ""
    plan = make_plan(site.settings, root=site.root, secret=secret, log_format="json")
    return [_service_check(spec) for spec in plan.services]


def _service_check(spec: ServiceSpec) -> Check:
    def check(site: Site) -> Finding:
        name = f"{spec.name} on port {spec.port}"
        if running_pid(site.settings.data_dir) is None:
            return _port(name, spec)
        return _health(name, spec, site)

    check.__name__ = f"check_{spec.name}"
    return check


def _port(name: str, spec: ServiceSpec) -> Finding:
    error = bind_error(spec.host, spec.port)
    if error is None:
        return ok(name, "free")
    holder = holder_of(spec.port)
    detail = f"held by {holder}" if holder else str(error.strerror or error)
    return fail(name, detail, f"Stop that process, or choose another port with {spec.port_variable}.")


def _health(name: str, spec: ServiceSpec, site: Site) -> Finding:
    running = read_services(site.settings.data_dir).get(spec.name)
    who = f"pid {running.pid}" if running else "not started now"
    log = site.settings.data_dir / "logs" / f"{spec.name}.log"
    try:
        with httpx.Client(timeout=5.0, trust_env=False) as client:
            answer = client.get(spec.ready_url, headers=dict(spec.headers))
    except httpx.HTTPError as error:
        return fail(name, f"{who}, no answer: {type(error).__name__}", f"Look at the end of {log}.")
    if not answer.is_success:
        return fail(name, f"{who}, not ready: {answer.text[:120]}", f"Wait if it is starting, else look at {log}.")
    return ok(name, f"{who}, ready")
