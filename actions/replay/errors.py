"""Errors of replaying conversations: each says what is wrong, where, and how to mend it."""

from __future__ import annotations

from pathlib import Path

from actions.errors import ActionsError


class ReplayError(ActionsError):
    """Conversations cannot be replayed."""


class CaseError(ReplayError):
    """A line of a case file does not fit."""

    def __init__(self, path: Path | str, line: int, message: str) -> None:
        super().__init__(
            f'{path}:{line}: {message}. Write {{"id","lang","turns":["…"],"expect":{{"handoff":true,"from":1,"to":2,'
            '"reason":"angry"}}, or "expect":{"handoff":false}.'
        )


class StackError(ReplayError):
    """Rasa or the action server could not be started or reached."""
