"""What each error code of 微信客服 means for a message that was being sent; decided on the code alone."""

from __future__ import annotations

from handoff.channels.wechat.errcodes import Action, action_of

STATE = 95018  # the session is with the platform's own agents
REPEATED = 40058  # a parameter is not valid: see `KfSender` for when that can only be a repeated id

_ACTIONS = {
    40096: Action.REFUSED,
    45009: Action.SLOWER,
    45033: Action.SLOWER,
    60020: Action.NOT_LISTED,
    95000: Action.NOT_LISTED,
    95001: Action.CLOSED,
    95002: Action.CLOSED,
    95004: Action.NOT_LISTED,
    95013: Action.CLOSED,
    95017: Action.NOT_LISTED,
    STATE: Action.CLOSED,
}


def kf_action_of(code: int) -> Action:
    """What to do about ``code``; codes shared with Official Accounts mean the same here."""
    return _ACTIONS[code] if code in _ACTIONS else action_of(code)
