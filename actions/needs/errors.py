"""Errors of the needs model and of the phrases it learns from."""

from __future__ import annotations

from pathlib import Path


class NeedsError(Exception):
    """Something of the needs model cannot be used."""


class NeedsDataError(NeedsError):
    """The phrases cannot be used. `str()` reads `path:line: what is wrong. Remedy: how to mend it`."""

    def __init__(self, path: Path, line: int | None, message: str, remedy: str) -> None:
        place = f"{path}:{line}" if line is not None else str(path)
        super().__init__(f"{place}: {message}. Remedy: {remedy}")


class NeedsModelError(NeedsError):
    """The model's files are absent, damaged, or of another make than the program."""

    def __init__(self, path: Path, message: str) -> None:
        remedy = "restore actions/needs/ from the repository, or retrain: python -m actions.needs.train"
        super().__init__(f"{path}: {message}. Remedy: {remedy}")
