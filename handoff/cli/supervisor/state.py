"""`run.json` in the data directory: which processes run and where, for tests, tools and the next start."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

from handoff.cli.supervisor.secret import write_private

STATE_FILE = "run.json"


@dataclass(frozen=True)
class Running:
    """One process; ``created`` (seconds since 1970) tells it from a later process with the same pid."""

    pid: int
    port: int
    created: float


def write_state(data_dir: Path, supervisor: int, services: Mapping[str, Running]) -> None:
    """Replace the file at once, so that a reader never sees half of it."""
    body = {"supervisor": supervisor, "services": {name: asdict(item) for name, item in services.items()}}
    write_private(data_dir / STATE_FILE, json.dumps(body, indent=1) + "\n")


def read_services(data_dir: Path) -> dict[str, Running]:
    """What the file lists; empty when it is missing or not readable as ours."""
    try:
        body: Any = json.loads((data_dir / STATE_FILE).read_text("utf-8"))
        return {
            str(name): Running(int(item["pid"]), int(item["port"]), float(item["created"]))
            for name, item in body["services"].items()
        }
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def remove_state(data_dir: Path) -> None:
    (data_dir / STATE_FILE).unlink(missing_ok=True)


def created_at(pid: int) -> float:
    """Start time of a process in seconds since 1970; 0 when it has gone."""
    try:
        return float(psutil.Process(pid).create_time())
    except psutil.Error:
        return 0.0


def is_alive(item: Running) -> bool:
    """True while this very process runs."""
    try:
        process = psutil.Process(item.pid)
        return abs(process.create_time() - item.created) < 1.0 and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
