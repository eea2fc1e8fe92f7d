"""Keeps the sessions of 微信客服 with us: state 1, in which our API may send and nobody else answers."""

from __future__ import annotations

from enum import IntEnum

import structlog

from handoff.channels.wechat.accounts import Credentials
from handoff.channels.wechat.api import Api, NotSent, Unclear, errcode_of

log = structlog.get_logger(__name__)

GET = "/cgi-bin/kf/service_state/get"
TRANS = "/cgi-bin/kf/service_state/trans"


class State(IntEnum):
    NEW = 0
    OURS = 1
    POOL = 2
    SERVED = 3  # by an agent in the platform's own tool
    ENDED = 4
    UNKNOWN = -1


async def keep_ours(api: Api, account: Credentials, open_kfid: str, user: str) -> State:
    """Take a new session into state 1 and return the state it is in now; a platform that is away is UNKNOWN."""
    who = {"open_kfid": open_kfid, "external_userid": user}
    try:
        answer = await api.ask(account, GET, who)
        state = State(answer.get("service_state", State.UNKNOWN)) if errcode_of(answer) == 0 else State.UNKNOWN
        if state is State.NEW:
            moved = await api.post(account, TRANS, {**who, "service_state": int(State.OURS)})
            state = State.OURS if moved == 0 else State.NEW
    except (NotSent, Unclear, ValueError) as error:
        log.info("wecom_state_unknown", account=account.name, error=type(error).__name__)
        return State.UNKNOWN
    return state
