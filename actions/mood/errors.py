"""Errors of the mood models: what cannot be used, and what to do about it."""

from __future__ import annotations

from pathlib import Path


class MoodModelError(Exception):
    """A mood model cannot be used. `str()` reads `path: what is wrong. Remedy: how to mend it`."""

    def __init__(self, path: Path | str, message: str, remedy: str) -> None:
        self.path = str(path)
        self.message = message
        self.remedy = remedy
        super().__init__(f"{path}: {message}. Remedy: {remedy}")


class MoodModelDamaged(MoodModelError):
    """The head's file is absent, cut short or changed."""


class MoodModelMismatch(MoodModelError):
    """The head was trained for another encoder than the one in use."""
