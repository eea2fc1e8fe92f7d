"""`baton run` with small real processes in place of the three large ones; used by test_run.py.

Argument: the behaviour of the stand-in Rasa.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from handoff.cli import run as run_module
from handoff.cli.main import main
from handoff.cli.supervisor.services import Plan, make_plan
from handoff.settings import Settings

SERVICE = Path(__file__).with_name("supervised_service.py")


def stand_ins(behaviours: dict[str, str]) -> Callable[..., Plan]:
    """The real plan with other programs and their ready addresses."""

    def plan(settings: Settings, *, root: Path, secret: str, log_format: str) -> Plan:
        real = make_plan(settings, root=root, secret=secret, log_format=log_format)
        services = tuple(
            replace(
                spec,
                command=(sys.executable, str(SERVICE), str(spec.port), behaviours.get(spec.name, "serve")),
                ready_url=f"http://127.0.0.1:{spec.port}/",
            )
            for spec in real.services
        )
        return Plan(services, real.elsewhere)

    return plan


if __name__ == "__main__":
    run_module.make_plan = stand_ins({"rasa": sys.argv[1]})
    run_module.require_everything = lambda settings, root: None
    main(["run"])
