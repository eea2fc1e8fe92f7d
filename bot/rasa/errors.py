"""Failures of a turn inside Rasa, each with the HTTP status and code the gateway gets."""

from __future__ import annotations


class ChannelError(Exception):
    """A turn that cannot be answered; the message says what is wrong and what to do."""

    status = 500
    code = "internal"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class BadRequest(ChannelError):
    """The request breaks the contract of the channel."""

    status = 422
    code = "bad_request"


class WrongSecret(ChannelError):
    """The header X-Baton-Secret is missing or wrong."""

    status = 401
    code = "wrong_secret"


class NotReady(ChannelError):
    """Rasa runs but has no model."""

    status = 503
    code = "no_model"


class TrackerUnavailable(ChannelError):
    """The tracker store cannot be read or written."""

    status = 503
    code = "tracker_unavailable"


class TurnNotRecorded(ChannelError):
    """The turn ran, but its id is not in the tracker store: it must be sent again."""

    status = 503
    code = "turn_not_recorded"


class TurnAborted(BaseException):
    """An action failed in a strict turn.

    Not an `Exception`: Rasa catches every `Exception` around actions and goes on with half a turn. As a
    `BaseException` it reaches the channel, the lock is released on the way, and nothing is saved.
    """

    def __init__(self, action: str, cause: Exception) -> None:
        super().__init__(f"action '{action}' failed: {cause}")
        self.action = action
        self.cause = cause
