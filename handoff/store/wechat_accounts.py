"""What is known of the connected WeChat accounts: health, access tokens, signs of life from the platform."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, delete, func, or_, select, update

from handoff.store import tables as t
from handoff.store.clock import now
from handoff.store.upsert import insert_or_skip

LONGEST_REASON = 120
SWITCHED_OFF = "the account is switched off"


@dataclass(frozen=True)
class AccountState:
    """What was learned of an account while it ran. Times in epoch seconds, ``token_left`` and ``token_age`` in seconds.

    ``checked_at`` is when the platform checked our address, ``refused_at`` when a callback was last not taken, and why.
    """

    app_id: str
    passive: bool = False
    menus: bool = True
    last_callback: float | None = None
    last_error: str | None = None
    error_at: float | None = None
    our_address: str | None = None
    quota_errors: int = 0
    token_errors: int = 0
    sealed_token: str | None = field(default=None, repr=False)
    token_left: float | None = None
    token_age: float | None = None
    checked_at: float | None = None
    refused_at: float | None = None
    refused_why: str | None = None


@dataclass(frozen=True)
class AccountHealth:
    """One connected account as an administrator sees it. Times in epoch seconds, ``token_left``, ``_age`` in seconds.

    ``kind`` is ``official``, ``mini`` or ``kf``; ``callback`` the path of its callbacks; ``waiting`` counts events that
    have not gone out, ``put_off`` callbacks that stand in no conversation yet, ``given_up`` those no longer tried.
    ``our_address`` is the one that the platform saw us come from when it did not let us in.
    """

    app_id: str
    name: str
    kind: str
    verified: bool
    sealed: bool
    callback: str
    passive: bool
    last_callback: float | None
    last_error: str | None
    quota_errors: int
    token_left: float | None
    people: int
    waiting: int
    enabled: bool = True
    token_age: float | None = None
    token_errors: int = 0
    error_at: float | None = None
    our_address: str | None = None
    checked_at: float | None = None
    refused_at: float | None = None
    refused_why: str | None = None
    put_off: int = 0
    given_up: int = 0


@dataclass(frozen=True)
class AccountTest:
    """What asking the platform came to: ``code`` 0 is good, another its errcode, None that it does not answer."""

    name: str
    code: int | None


@dataclass(frozen=True)
class AccountForm:
    """An account as an administrator enters it. ``app_id`` is the AppID, for ``kf`` the company's id.

    The three secrets are empty where they are not told: to the console always, from it where they stay as they are.
    """

    name: str
    kind: str
    app_id: str
    verified: bool = True
    sealed: bool = True
    lang: str = "zh"
    welcome: str = ""
    original_id: str = ""
    open_kfids: tuple[str, ...] = ()
    token: str = field(default="", repr=False)
    aes_key: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)

    def told(self) -> dict[str, Any]:
        """What may be shown of it, as plain JSON values: everything but the secrets."""
        return {
            "name": self.name,
            "kind": self.kind,
            "app_id": self.app_id,
            "open_kfids": list(self.open_kfids),
            "original_id": self.original_id,
            "verified": self.verified,
            "sealed": self.sealed,
            "lang": self.lang,
            "welcome": self.welcome,
        }


@dataclass(frozen=True)
class AccountLine:
    """One account of the file, without its secrets: which there are, and when the console set them (epoch seconds).

    ``variables`` are names in the environment that it takes entries from; such an account is not changed here.
    ``version`` differs after every change; ``health`` has one part, for ``kf`` one for each service account.
    """

    form: AccountForm
    enabled: bool
    secrets: frozenset[str]
    set_at: Mapping[str, float]
    variables: tuple[str, ...]
    version: str
    health: tuple[AccountHealth, ...]


@dataclass(frozen=True)
class AccountsOverview:
    """Everything the accounts page shows. ``trouble`` says why the file as it is now was not taken over.

    ``platforms`` are the addresses asked; ``real`` whether they are WeChat's own.
    """

    lines: tuple[AccountLine, ...]
    file: str
    writable: bool
    trouble: str
    platforms: tuple[str, ...]
    real: bool


def account_state(conn: Connection, app_id: str) -> AccountState:
    """What is known of the account; its row is made by `update_account`."""
    left, age = (_c.token_until - now()).label("token_left"), (now() - _c.token_at).label("token_age")
    row = conn.execute(select(t.wechat_account, left, age).where(_c.app_id == app_id)).first()
    if row is None:
        return AccountState(app_id)
    return AccountState(**{name: getattr(row, name) for name in AccountState.__dataclass_fields__})


def people_of(conn: Connection, app_id: str) -> int:
    """How many people of the account there are."""
    return int(conn.execute(select(func.count()).where(t.wechat_contact.c.app_id == app_id)).scalar_one())


def waiting_for(conn: Connection, app_id: str) -> int:
    """Events for people of the account that have not gone out yet."""
    where = (
        t.delivery.c.conv_id.in_(_conversations_of(app_id)),
        t.delivery.c.state.in_(["pending", "leased", "uncertain", "waiting"]),
    )
    return int(conn.execute(select(func.count()).select_from(t.delivery).where(*where)).scalar_one())


def wake(conn: Connection, app_id: str) -> None:
    """What waited because the account was switched off may go out now, as far as its windows allow."""
    c = t.delivery.c
    held = (c.conv_id.in_(_conversations_of(app_id)), c.state == "waiting", c.error == SWITCHED_OFF)
    conn.execute(update(t.delivery).where(*held).values(state="pending", not_before=now(), attempt=0))


def update_account(conn: Connection, app_id: str, **values: Any) -> None:
    """Change the account's row, made if there is none."""
    fresh = {"app_id": app_id, "passive": False, "menus": True, "quota_errors": 0}
    insert_or_skip(conn, t.wechat_account, **fresh)
    if values:
        conn.execute(update(t.wechat_account).where(_c.app_id == app_id).values(values))


def start_afresh(conn: Connection, app_id: str, *, passive: bool) -> None:
    """At a start: what the platform refused before may have been granted since, so it is tried again."""
    update_account(conn, app_id, passive=passive, menus=True)


def heard(conn: Connection, app_id: str) -> None:
    """A callback came and was taken: whatever was refused before is history."""
    update_account(conn, app_id, last_callback=now(), refused_at=None, refused_why=None)


def checked(conn: Connection, app_id: str) -> None:
    """The platform checked our address, and the answer was right."""
    update_account(conn, app_id, checked_at=now(), refused_at=None, refused_why=None)


def refused(conn: Connection, app_id: str, why: str) -> None:
    """A callback was not taken; ``why`` is ours, never words of the caller."""
    update_account(conn, app_id, refused_at=now(), refused_why=why[:LONGEST_REASON])


def wait_for_first(conn: Connection, app_id: str) -> None:
    """The keys are new: the platform has not come by with them yet."""
    update_account(conn, app_id, last_callback=None, checked_at=None, refused_at=None, refused_why=None)


def note_error(conn: Connection, app_id: str, code: str | None, **values: Any) -> None:
    """The platform's last errcode, None once it is content again."""
    update_account(conn, app_id, last_error=code, error_at=now() if code else None, **values)


def count_quota_error(conn: Connection, app_id: str) -> None:
    update_account(conn, app_id, quota_errors=_c.quota_errors + 1)


def no_token(conn: Connection, app_id: str, our_address: str | None = None) -> None:
    """The platform gave no access token; others may ask now."""
    seen = {"our_address": our_address} if our_address else {}
    update_account(conn, app_id, token_errors=_c.token_errors + 1, token_lease_until=None, **seen)


def keep_token(conn: Connection, app_id: str, sealed: str, seconds: float) -> None:
    update_account(
        conn, app_id, sealed_token=sealed, token_until=now() + seconds, token_at=now(), token_lease_until=None
    )


def lease_token(conn: Connection, app_id: str, seconds: float) -> bool:
    """Become the one who asks for a new token; False while another does, in whatever process."""
    update_account(conn, app_id)
    taken = conn.execute(
        update(t.wechat_account)
        .where(_c.app_id == app_id, or_(_c.token_lease_until.is_(None), _c.token_lease_until < now()))
        .values(token_lease_until=now() + seconds)
    )
    return taken.rowcount == 1


def drop_token(conn: Connection, app_id: str, sealed: str) -> None:
    """Forget the token, unless somebody has replaced it already."""
    conn.execute(
        update(t.wechat_account)
        .where(_c.app_id == app_id, _c.sealed_token == sealed)
        .values(sealed_token=None, token_until=None, token_at=None)
    )


def forget_account(conn: Connection, app_id: str) -> None:
    """The account was removed: its token and what was learned of it go; people and conversations stay."""
    conn.execute(delete(t.wechat_account).where(_c.app_id == app_id))


_c = t.wechat_account.c


def _conversations_of(app_id: str) -> Any:
    people = select(t.wechat_contact.c.customer_id).where(t.wechat_contact.c.app_id == app_id)
    return select(t.conversation.c.id).where(t.conversation.c.customer_id.in_(people))
