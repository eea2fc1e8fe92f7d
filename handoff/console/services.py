"""What the console's pages need from the rest of the service, handed over by `handoff.app`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from handoff.accounts import AccountService, AuditTrail, SecondFactor, Sessions, SignIn
from handoff.canned import CannedReplies
from handoff.casework import Casework
from handoff.conversation import Agent
from handoff.desk import Desk
from handoff.insight.targets import Targets
from handoff.pokes import Pokes
from handoff.quality import QualityDesk
from handoff.store.wechat_accounts import AccountForm, AccountsOverview, AccountTest
from handoff.team_desk import TeamDesk
from handoff.understanding import UnderstandClient
from handoff.verdicts import VerdictDesk
from handoff.wall import Wall
from handoff.widget import WidgetDesk
from handoff.wording import Wording


class WechatAccounts(Protocol):
    """Connected accounts of WeChat, of whatever kind; `handoff.channels.account_desk` says what each refuses."""

    async def overview(self) -> AccountsOverview: ...

    async def test(self, agent: Agent, app_id: str) -> AccountTest: ...

    async def add(self, agent: Agent, form: AccountForm) -> None: ...

    async def change(self, agent: Agent, form: AccountForm, version: str) -> None: ...

    async def switch(self, agent: Agent, name: str, version: str, *, on: bool) -> None: ...

    async def remove(self, agent: Agent, name: str, version: str) -> None: ...

    async def try_again(self, agent: Agent, app_id: str) -> int: ...


@dataclass(frozen=True)
class ConsoleServices:
    """Use-cases of the same process; ``cookie_name`` is the cookie with the agent's session id."""

    desk: Desk
    team: TeamDesk
    verdicts: VerdictDesk
    sign_in: SignIn
    accounts: AccountService
    second_factor: SecondFactor
    sessions: Sessions
    trail: AuditTrail
    canned: CannedReplies
    wording: Wording
    casework: Casework
    wall: Wall
    quality: QualityDesk
    widget: WidgetDesk
    wechat: WechatAccounts
    pokes: Pokes
    understand: UnderstandClient
    targets: Targets
    cookie_name: str
