"""What the supervisor has to know of one process; holds no behaviour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

FATAL_EXIT_CODES = frozenset({78})


@dataclass(frozen=True)
class ServiceSpec:
    """One supervised process.

    ``command[0]`` is an absolute path. ``env`` is the whole environment. ``ready_url`` answers 2xx once the
    process can work; ``live_url``, if it has one, answers anything as long as it is not hung. ``about`` says what
    takes the time while it starts. ``fatal_exit_codes`` mean that starting it again cannot help.
    """

    name: str
    command: tuple[str, ...]
    env: Mapping[str, str]
    cwd: Path
    ready_url: str
    host: str
    port: int
    port_variable: str
    about: str
    live_url: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    fatal_exit_codes: frozenset[int] = FATAL_EXIT_CODES
