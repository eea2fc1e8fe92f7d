"""What an administrator sees of the WeChat accounts of all kinds, and the test of their keys."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from handoff.channels.wechat.accounts import Credentials
from handoff.channels.wechat.api import Api
from handoff.channels.wechat.channel import WechatChannel
from handoff.channels.wecom.channel import WecomChannel
from handoff.conversation import Agent
from handoff.errors import NotFound
from handoff.store import audit, wechat_accounts
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
    callback: str
    token_of: str
    credentials: Credentials
    api: Api | None


class ConnectedAccounts:
    """Health and tests of Official Accounts, mini programs and service accounts."""

    def __init__(self, db: Database, wechat_channel: WechatChannel, wecom_channel: WecomChannel) -> None:
        self._db = db
        self._known = {one.app_id: one for one in (*_official(wechat_channel), *_service(wecom_channel))}

    async def health(self) -> list[AccountHealth]:
        """Every account, in the order of the file."""
        return await self._db.read(self._health)

    async def test(self, agent: Agent, app_id: str) -> AccountTest:
        """Ask the platform whether it takes the account's keys; `NotFound` for an unknown account."""
        known = self._known.get(app_id)
        if known is None or known.api is None:
            raise NotFound()
        code = await known.api.accepts(known.credentials)

        def note(conn: Connection) -> None:
            wechat_accounts.update_account(conn, app_id, last_error=None if code == 0 else str(code or "-"))
            audit.record(conn, agent.id, "wechat_tested", account=known.name, code=code)

        await self._db.write(note)
        return AccountTest(known.name, code)

    def _health(self, conn: Connection) -> list[AccountHealth]:
        found = []
        for one in self._known.values():
            state, token = (
                wechat_accounts.account_state(conn, one.app_id),
                wechat_accounts.account_state(conn, one.token_of),
            )
            found.append(
                AccountHealth(
                    app_id=one.app_id,
                    name=one.name,
                    kind=one.kind,
                    verified=one.verified,
                    sealed=one.sealed,
                    callback=one.callback,
                    passive=state.passive,
                    last_callback=state.last_callback,
                    last_error=state.last_error,
                    quota_errors=state.quota_errors,
                    token_left=token.token_left if token.sealed_token else None,
                    people=wechat_accounts.people_of(conn, one.app_id),
                    waiting=wechat_accounts.waiting_for(conn, one.app_id),
                )
            )
        return found


def _official(channel: WechatChannel) -> list[_Known]:
    return [
        _Known(
            app_id=account.app_id,
            name=account.name,
            kind="mini" if account.mini else "official",
            verified=account.verified,
            sealed=account.box is not None,
            callback=f"/wechat/{account.name}",
            token_of=account.app_id,
            credentials=account,
            api=channel.api,
        )
        for account in channel.accounts.values()
    ]


def _service(channel: WecomChannel) -> list[_Known]:
    return [
        _Known(
            app_id=open_kfid,
            name=account.name,
            kind="kf",
            verified=True,
            sealed=True,
            callback=f"/wecom/{account.name}",
            token_of=account.app_id,
            credentials=account,
            api=channel.api,
        )
        for account in channel.accounts.values()
        for open_kfid in account.faces
    ]
