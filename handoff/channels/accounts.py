"""What an administrator sees of the WeChat accounts of all kinds, and the test of their keys."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from handoff.channels.account_book import ACCOUNTS, AccountBook
from handoff.channels.wechat.accounts import Account, Credentials
from handoff.channels.wechat.api import Api
from handoff.channels.wecom.accounts import KfAccount
from handoff.conversation import Agent
from handoff.errors import NotFound
from handoff.pokes import Pokes
from handoff.store import audit, wechat_accounts, wechat_intake
from handoff.store.database import Database
from handoff.store.wechat_accounts import AccountHealth, AccountTest


@dataclass(frozen=True)
class _Known:
    """One account, whoever's credentials open it; ``token_of`` is the id its access token is kept under."""

    app_id: str
    name: str
    kind: str
    verified: bool
    sealed: bool
    enabled: bool
    callback: str
    token_of: str
    credentials: Credentials
    api: Api


class ConnectedAccounts:
    """Health and tests of Official Accounts, mini programs and service accounts."""

    def __init__(self, db: Database, pokes: Pokes, official: Api, service: Api, book: AccountBook) -> None:
        self._db = db
        self._pokes = pokes
        self._official, self._service = official, service
        self._book = book

    async def health(self) -> list[AccountHealth]:
        """Every account that is switched on, in the order of the file."""
        return [one for one in await self.everyone() if one.enabled]

    async def everyone(self) -> list[AccountHealth]:
        """Every account, switched off ones too."""
        return await self._db.read(self._health)

    async def test(self, agent: Agent, app_id: str) -> AccountTest:
        """Ask the platform whether it takes the account's keys; `NotFound` for an unknown account."""
        known = next((one for one in self._known() if one.app_id == app_id), None)
        if known is None:
            raise NotFound()
        code = await known.api.accepts(known.credentials)

        def note(conn: Connection) -> None:
            wechat_accounts.note_error(conn, app_id, None if code == 0 else str(code or "-"))
            audit.record(conn, agent.id, "wechat_tested", account=known.name, code=code)

        await self._db.write(note)
        self._pokes.poke(ACCOUNTS)
        return AccountTest(known.name, code)

    def _known(self) -> list[_Known]:
        reading = self._book.reading
        official = (_of_official(one, self._official) for one in reading.official.values())
        service = (each for one in reading.service.values() for each in _of_service(one, self._service))
        return [*official, *service]

    def _health(self, conn: Connection) -> list[AccountHealth]:
        return [_health_of(conn, one) for one in self._known()]


def _health_of(conn: Connection, one: _Known) -> AccountHealth:
    state = wechat_accounts.account_state(conn, one.app_id)
    token = state if one.token_of == one.app_id else wechat_accounts.account_state(conn, one.token_of)
    put_off, given_up = wechat_intake.put_off_of(conn, one.app_id)
    return AccountHealth(
        app_id=one.app_id,
        name=one.name,
        kind=one.kind,
        verified=one.verified,
        sealed=one.sealed,
        enabled=one.enabled,
        callback=one.callback,
        passive=state.passive,
        last_callback=state.last_callback,
        checked_at=state.checked_at,
        refused_at=state.refused_at,
        refused_why=state.refused_why,
        last_error=state.last_error,
        error_at=state.error_at,
        our_address=token.our_address,
        quota_errors=state.quota_errors,
        token_errors=token.token_errors,
        token_left=token.token_left if token.sealed_token else None,
        token_age=token.token_age if token.sealed_token else None,
        people=wechat_accounts.people_of(conn, one.app_id),
        waiting=wechat_accounts.waiting_for(conn, one.app_id),
        put_off=put_off,
        given_up=given_up,
    )


def _of_official(account: Account, api: Api) -> _Known:
    return _Known(
        app_id=account.app_id,
        name=account.name,
        kind="mini" if account.mini else "official",
        verified=account.verified,
        sealed=account.box is not None,
        enabled=account.enabled,
        callback=f"/wechat/{account.name}",
        token_of=account.app_id,
        credentials=account,
        api=api,
    )


def _of_service(account: KfAccount, api: Api) -> list[_Known]:
    return [
        _Known(
            app_id=open_kfid,
            name=account.name,
            kind="kf",
            verified=True,
            sealed=True,
            enabled=account.enabled,
            callback=f"/wecom/{account.name}",
            token_of=account.app_id,
            credentials=account,
            api=api,
        )
        for open_kfid in account.faces
    ]
