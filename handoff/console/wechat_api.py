"""The WeChat accounts, as part of the agent API; administrators only, and no secret ever comes out."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from handoff.accounts import SignIn
from handoff.console.auth import Guard
from handoff.console.services import WechatAccounts
from handoff.conversation import Agent
from handoff.settings import Settings
from handoff.store.wechat_accounts import AccountForm, AccountHealth, AccountLine

_HEALTH = (
    *("callback", "passive", "people", "waiting", "put_off", "given_up", "quota_errors", "token_errors"),
    *("token_age", "token_left", "last_error", "error_at", "our_address"),
    *("last_callback", "checked_at", "refused_at", "refused_why"),
)

Short = Annotated[str, Field(max_length=200)]
Version = Annotated[str, Field(min_length=1, max_length=64)]
# Not among what is told of a body that cannot be read.
Secret = Annotated[str, Field(max_length=200, repr=False)]


class AccountIn(BaseModel):
    """An account; of one that is changed, empty secrets stay as they are. ``app_id`` of ``kf`` is the company's id."""

    kind: Literal["official", "mini", "kf"] = "official"
    app_id: Short
    verified: bool = True
    sealed: bool = True
    lang: Literal["zh", "en"] = "zh"
    welcome: str = Field("", max_length=2000)
    original_id: Short = ""
    open_kfids: list[Short] = Field(default_factory=list, max_length=100)
    token: Secret = ""
    aes_key: Secret = ""
    secret: Secret = ""

    def form(self, name: str) -> AccountForm:
        values = self.model_dump(include=set(AccountIn.model_fields) - {"open_kfids"})
        return AccountForm(name=name, open_kfids=tuple(self.open_kfids), **values)


class NewAccountIn(AccountIn):
    name: Short


class ChangeIn(AccountIn):
    version: Version


class VersionIn(BaseModel):
    version: Version


class IdIn(BaseModel):
    id: Short


def router(accounts: WechatAccounts, sign_in: SignIn, settings: Settings) -> APIRouter:
    """Routes under ``/api/v1/agent/wechat``."""
    Admin = Annotated[Agent, Depends(Guard(sign_in, settings).admin)]
    routes = APIRouter(prefix="/api/v1/agent/wechat", tags=["agent"])

    async def everything() -> dict[str, Any]:
        overview = await accounts.overview()
        return {
            "accounts": [account_out(line) for line in overview.lines],
            "file": overview.file,
            "writable": overview.writable,
            "trouble": overview.trouble,
            "platforms": list(overview.platforms),
        }

    @routes.get("")
    async def look(_admin: Admin) -> dict[str, Any]:
        """Every account without its secrets, and how it is; times are epoch seconds, token times seconds."""
        return await everything()

    @routes.post("")
    async def add(body: NewAccountIn, admin: Admin) -> dict[str, Any]:
        """Connect an account. 422 names ``field`` and ``reason``; 409 for a known name or id, 503 when not writable."""
        await accounts.add(admin, body.form(body.name))
        return await everything()

    @routes.put("/{name}")
    async def change(name: str, body: ChangeIn, admin: Admin) -> dict[str, Any]:
        """Change an account; 409 `settings_conflict` unless ``version`` is the newest."""
        await accounts.change(admin, body.form(name), body.version)
        return await everything()

    @routes.post("/{name}/enable")
    async def enable(name: str, body: VersionIn, admin: Admin) -> dict[str, Any]:
        """Switch an account on; what waited goes out."""
        await accounts.switch(admin, name, body.version, on=True)
        return await everything()

    @routes.post("/{name}/disable")
    async def disable(name: str, body: VersionIn, admin: Admin) -> dict[str, Any]:
        """Switch an account off: nothing is taken, what is to go out waits."""
        await accounts.switch(admin, name, body.version, on=False)
        return await everything()

    @routes.post("/{name}/remove")
    async def remove(name: str, body: VersionIn, admin: Admin) -> dict[str, Any]:
        """Take an account and its secrets out of the file; conversations stay."""
        await accounts.remove(admin, name, body.version)
        return await everything()

    @routes.post("/test")
    async def test(body: IdIn, admin: Admin) -> dict[str, Any]:
        """Ask the platform for a token; ``code`` is 0, its errcode, or null when it cannot be reached."""
        result = await accounts.test(admin, body.id)
        return {"account": result.name, "code": result.code}

    @routes.post("/retry")
    async def retry(body: IdIn, admin: Admin) -> dict[str, int]:
        """Put the callbacks into their conversations now that were put off; answers how many."""
        return {"count": await accounts.try_again(admin, body.id)}

    return routes


def account_out(line: AccountLine) -> dict[str, Any]:
    """Plain JSON values; of the secrets only which there are and when they were set."""
    return {
        **line.form.told(),
        "enabled": line.enabled,
        "secrets": {key: line.set_at.get(key) for key in sorted(line.secrets)},
        "from_environment": list(line.variables),
        "version": line.version,
        "parts": [health_out(one) for one in line.health],
    }


def health_out(one: AccountHealth) -> dict[str, Any]:
    """How one id is that customers write to."""
    return {"id": one.app_id} | {name: getattr(one, name) for name in _HEALTH}
