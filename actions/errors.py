"""Errors of the action server: each says what is wrong, where, and how to mend it."""

from __future__ import annotations


class ActionsError(Exception):
    """The action server cannot do what was asked."""


class SettingsError(ActionsError):
    """A setting is missing or cannot be used."""

    def __init__(self, lines: str) -> None:
        super().__init__(
            f"These settings cannot be used:\n  {lines}\nCorrect them in the environment or in .env; `baton run` sets "
            "BATON_SHARED_SECRET for you."
        )


class NotReadyError(ActionsError):
    """The models or the index are not loaded yet."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class OrderDataError(ActionsError):
    """The file of demo orders is broken."""

    def __init__(self, path: str, line: int, message: str) -> None:
        super().__init__(f"{path}:{line}: {message} Correct this line or restore the file from git.")


class OrderServiceError(ActionsError):
    """The order database cannot be read."""

    def __init__(self, path: str, cause: Exception) -> None:
        super().__init__(f"Orders cannot be read from {path} ({cause}). Delete the file to have it built again.")


class TicketStoreError(ActionsError):
    """The complaint tickets cannot be written."""

    def __init__(self, path: str, cause: Exception) -> None:
        super().__init__(f"Tickets cannot be written to {path} ({cause}). Check free space and the rights of the file.")
