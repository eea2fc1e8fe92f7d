"""What each error code of the platform means for a message that was being sent; decided on the code alone."""

from __future__ import annotations

from enum import Enum, auto


class Action(Enum):
    SENT = auto()
    AGAIN = auto()  # the platform is busy
    TOKEN = auto()  # the access token is no longer good
    REFUSED = auto()  # never for this person or this message
    UNREACHABLE = auto()  # the person does not follow us, or blocked us
    SMALLER = auto()  # too many bytes
    SLOWER = auto()  # an API quota of the account
    CLOSED = auto()  # not before the person writes again
    NO_MENU = auto()  # this kind of account has no menus
    PASSIVE = auto()  # this account may only answer callbacks
    NOT_LISTED = auto()  # our address is not in the account's list


_ACTIONS = {
    0: Action.SENT,
    -1: Action.AGAIN,
    40001: Action.TOKEN,
    40014: Action.TOKEN,
    42001: Action.TOKEN,
    40003: Action.REFUSED,
    43004: Action.UNREACHABLE,
    43019: Action.UNREACHABLE,
    45002: Action.SMALLER,
    45009: Action.SLOWER,
    45011: Action.SLOWER,
    45015: Action.CLOSED,
    45047: Action.CLOSED,
    40200: Action.NO_MENU,
    48001: Action.PASSIVE,
    40164: Action.NOT_LISTED,
}


def action_of(code: int) -> Action:
    """What to do about ``code``; a code we do not know is a refusal, which agents see."""
    return _ACTIONS.get(code, Action.REFUSED)
