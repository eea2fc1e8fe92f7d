"""Who is signed in, and whether this very page asked: session cookie, CSRF token and Origin."""

from __future__ import annotations

from fastapi import Request, Response

from handoff.accounts import SignIn
from handoff.conversation import Agent, Role
from handoff.errors import CrossSiteRequest, Forbidden, NotSignedIn
from handoff.http.origins import is_same_origin
from handoff.settings import Settings
from handoff.store.agents import AgentSession

_UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def cookie_name(settings: Settings) -> str:
    """``__Host-`` binds the cookie to this host; browsers accept that prefix over https only."""
    return "__Host-baton" if settings.secure_cookies else "baton"


def set_cookie(response: Response, settings: Settings, session_id: str) -> None:
    response.set_cookie(
        cookie_name(settings),
        session_id,
        httponly=True,
        secure=settings.secure_cookies,
        samesite="strict",
        path="/",
    )


class Guard:
    """Dependencies of the agent API."""

    def __init__(self, sign_in: SignIn, settings: Settings) -> None:
        self._sign_in = sign_in
        self._cookie = cookie_name(settings)

    async def session(self, request: Request) -> AgentSession:
        """The signed-in account; unsafe calls also need the page's CSRF token and our own Origin."""
        session = await self._sign_in.session(request.cookies.get(self._cookie))
        if session is None:
            raise NotSignedIn()
        if request.method in _UNSAFE:
            self.same_site(request)
            if request.headers.get("x-csrf-token") != session.csrf:
                raise CrossSiteRequest()
        return session

    @staticmethod
    def same_site(request: Request) -> None:
        """Refuse calls from pages of other sites."""
        if not is_same_origin(request):
            raise CrossSiteRequest()

    async def agent(self, request: Request) -> Agent:
        """A signed-in account that may answer customers."""
        agent = (await self.session(request)).agent
        if agent.role is Role.EDITOR:
            raise Forbidden()
        return agent

    async def admin(self, request: Request) -> Agent:
        """A signed-in administrator."""
        agent = (await self.session(request)).agent
        if agent.role is not Role.ADMIN:
            raise Forbidden()
        return agent
