"""What one check of `baton doctor` is and yields; a check that fails to run becomes a failed row."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from handoff.settings import Settings


class Status(StrEnum):
    """`warn` leaves Baton usable, `fail` does not."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True)
class Finding:
    """The result of one check; ``remedy`` is empty when all is well."""

    name: str
    status: Status
    detail: str
    remedy: str = ""


@dataclass(frozen=True)
class Site:
    """The installation that is looked at."""

    settings: Settings
    root: Path


Check = Callable[[Site], Finding]


def ok(name: str, detail: str) -> Finding:
    return Finding(name, Status.OK, detail)


def warn(name: str, detail: str, remedy: str) -> Finding:
    return Finding(name, Status.WARN, detail, remedy)


def fail(name: str, detail: str, remedy: str) -> Finding:
    return Finding(name, Status.FAIL, detail, remedy)


def run_check(check: Check, site: Site) -> Finding:
    """The finding of a check, also when it raises."""
    try:
        return check(site)
    except Exception as error:
        name = check.__name__.removeprefix("check_").replace("_", " ")
        message = getattr(error, "message", None) or f"{type(error).__name__}: {error}"
        remedy = getattr(error, "remedy", None) or "Run `make setup`, then `baton doctor` again."
        return Finding(name, Status.FAIL, str(message), str(remedy))


def exit_code(findings: Iterable[Finding]) -> int:
    """1 when anything failed."""
    return int(any(finding.status is Status.FAIL for finding in findings))
