"""The one error of the policy package: a policy file that cannot be used, with the place and the way out."""

from __future__ import annotations

from pathlib import Path


class PolicyError(Exception):
    """The policy file is not usable. `str()` reads `file:line: what is wrong. Remedy: how to mend it`."""

    def __init__(self, path: Path, line: int | None, message: str, remedy: str) -> None:
        self.path = path
        self.line = line
        self.message = message
        self.remedy = remedy
        place = f"{path}:{line}" if line else str(path)
        super().__init__(f"{place}: {message}. Remedy: {remedy}")
