"""The platform's memory: accounts, people, their windows, tokens, and the faults a test or a person asks for."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Literal

from handoff.wechat_sim.kf_memory import KfMemory

Mode = Literal["plain", "compatible", "secure"]
FaultKind = Literal["errcode", "status", "silent", "slow"]

MESSAGE_WINDOW = (5, 48 * 3600.0)
CLICK_WINDOW = (3, 60.0)
ENTER_WINDOW = (2, 60.0)
TOKEN_LIFE = 7200.0
TOKEN_OVERLAP = 300.0


@dataclass(frozen=True)
class SimAccount:
    """An Official Account, with ``mini`` a mini program that is sent JSON, with ``corp_id`` a service account of WeCom.

    ``callback`` is the address its messages are posted to.
    """

    name: str
    app_id: str
    original_id: str
    callback: str
    mode: Mode = "secure"
    verified: bool = True
    menus: bool = True
    mini: bool = False
    corp_id: str = ""
    menu: dict[str, str] = field(default_factory=dict)
    token: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    aes_key: str = field(default="", repr=False)


@dataclass(frozen=True)
class Shown:
    """One line on a person's phone. ``side`` is ``me``, ``account`` or ``system``."""

    number: int
    side: str
    text: str
    options: list[dict[str, str]]
    at: float
    passive: bool = False


@dataclass
class Window:
    """Messages the account may still send to one person."""

    left: int = 0
    until: float = 0.0


@dataclass
class Person:
    """Somebody with a phone who may follow one account."""

    openid: str
    account: SimAccount
    follows: bool = True
    blocked: bool = False
    message: Window = field(default_factory=Window)
    click: Window = field(default_factory=Window)
    phone: list[Shown] = field(default_factory=list)
    typing_until: float = 0.0
    acted_at: float = 0.0
    news: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True)
class Fault:
    """What happens to one call of the API: an errcode, a status, no answer after doing it, or a delay before it."""

    kind: FaultKind
    value: float = 0.0


class Platform:
    """All state; one instance per simulator. The clock of windows and tokens can be moved, callbacks use the real one.

    ``timeout`` is how long a callback may take, in seconds (5 on the real platform); ``address`` where links lead.
    """

    def __init__(self, accounts: list[SimAccount], timeout: float = 5.0, address: str = "") -> None:
        self.timeout = timeout
        self.address = address
        self.start_over(accounts)

    def start_over(self, accounts: list[SimAccount]) -> None:
        """Forget everybody and everything, as if the platform began today with these accounts."""
        self.accounts = {account.app_id: account for account in accounts}
        self.people: dict[str, Person] = {}
        self.tokens: dict[str, list[tuple[str, float]]] = {}
        self.token_calls = 0
        self.calls: list[tuple[str, dict[str, Any], int]] = []
        self.faults: deque[Fault] = deque()
        self.kf = KfMemory()
        self.media: dict[str, tuple[str, bytes]] = {}
        self._offset = 0.0
        self._numbers = 0

    def now(self) -> float:
        return time.time() + self._offset

    def advance(self, seconds: float) -> None:
        """Let time pass for windows and tokens."""
        self._offset += seconds

    def account_named(self, name: str) -> SimAccount:
        return next(account for account in self.accounts.values() if account.name == name)

    def person(self, account: SimAccount) -> Person:
        """Somebody new."""
        made = Person("o" + secrets.token_urlsafe(20).replace("-", "x"), account)
        self.people[made.openid] = made
        return made

    def show(
        self,
        person: Person,
        side: str,
        text: str,
        options: list[dict[str, str]] | None = None,
        *,
        passive: bool = False,
    ) -> None:
        self._numbers += 1
        person.phone.append(Shown(self._numbers, side, text, options or [], time.time(), passive))
        if side == "account":
            person.typing_until = 0.0
        person.news.set()

    def acted(self, person: Person, *, click: bool) -> None:
        """The person wrote, or clicked or followed: a window opens."""
        short = ENTER_WINDOW if person.account.mini else CLICK_WINDOW
        count, seconds = short if click else MESSAGE_WINDOW
        window = person.click if click else person.message
        window.left, window.until = count, self.now() + seconds
        person.acted_at = self.now()

    def spend(self, person: Person) -> int:
        """Use one message of a live window; 0, or the errcode why not."""
        for window in (person.click, person.message):
            if window.left > 0 and window.until > self.now():
                window.left -= 1
                return 0
        return 45047 if person.message.until > self.now() else 45015

    def issue_token(self, app_id: str, *, stable: bool) -> tuple[str, int]:
        """The current token and its seconds. The old kind of call makes all earlier tokens invalid."""
        self.token_calls += 1
        now = self.now()
        live = [(token, until) for token, until in self.tokens.get(app_id, []) if until > now]
        if not stable:
            live = []
        fresh = [item for item in live if item[1] - now > TOKEN_OVERLAP]
        if not fresh:
            fresh = [(secrets.token_urlsafe(96), now + TOKEN_LIFE)]
            live = [*((token, min(until, now + TOKEN_OVERLAP)) for token, until in live), *fresh]
        self.tokens[app_id] = live
        token, until = fresh[-1]
        return token, round(until - now)

    def account_of_token(self, token: str) -> SimAccount | int:
        """Whose token it is, or the errcode why it is good for nothing."""
        for app_id, issued in self.tokens.items():
            for known, until in issued:
                if secrets.compare_digest(known, token):
                    return self._holder(app_id) if until > self.now() else 42001
        return 40001

    def _holder(self, app_id: str) -> SimAccount:
        """The account a token was issued to; of a company, any of its service accounts."""
        found = self.accounts.get(app_id)
        return found or next(one for one in self.accounts.values() if one.corp_id and one.corp_id == app_id)

    def revoke_tokens(self, app_id: str) -> None:
        """As after a leak: every token of the account ends at once."""
        self.tokens[app_id] = []
