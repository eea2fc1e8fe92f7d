"""The agent API: everything the console can do, for programs; see docs/architecture.md."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from handoff.accounts import AccountService, SignIn
from handoff.console.auth import Guard, cookie_name, set_cookie
from handoff.console.models import (
    AccountIn,
    AccountOut,
    CloseIn,
    ConversationOut,
    EventOut,
    LoginIn,
    MeOut,
    PasswordIn,
    QueueOut,
    ReturnIn,
    TakeOverIn,
    ThreadOut,
    TransferIn,
    WriteIn,
)
from handoff.conversation import Agent, Conversation, Event
from handoff.desk import Desk
from handoff.errors import NotSignedIn
from handoff.http.origins import client_address
from handoff.settings import Settings
from handoff.store.agents import AgentSession
from handoff.wording import Wording


def router(desk: Desk, sign_in: SignIn, accounts: AccountService, wording: Wording, settings: Settings) -> APIRouter:
    """Routes under ``/api/v1/agent``."""
    guard = Guard(sign_in, settings)
    routes = APIRouter(prefix="/api/v1/agent", tags=["agent"])
    _sign_in_routes(routes, guard, sign_in, settings)
    _queue_routes(routes, guard, desk)
    _conversation_routes(routes, guard, desk, wording)
    _account_routes(routes, guard, accounts)
    return routes


def _sign_in_routes(routes: APIRouter, guard: Guard, sign_in: SignIn, settings: Settings) -> None:
    Signed = Annotated[AgentSession, Depends(guard.session)]

    @routes.post("/login", dependencies=[Depends(guard.same_site)])
    async def login(body: LoginIn, request: Request, response: Response) -> MeOut:
        """Sign in; the session is in an HttpOnly cookie, the CSRF token in the answer."""
        agent, session_id, csrf = await sign_in.login(
            body.name,
            body.password,
            client_address(request),
            code=body.code,
            browser=request.headers.get("user-agent", ""),
        )
        set_cookie(response, settings, session_id)
        return MeOut(agent=account_out(agent), csrf=csrf)

    @routes.post("/logout")
    async def logout(signed: Signed, request: Request, response: Response) -> dict[str, bool]:
        """End this session."""
        session_id = request.cookies.get(cookie_name(settings))
        if session_id is None:
            raise NotSignedIn()
        await sign_in.logout(session_id)
        response.delete_cookie(cookie_name(settings), path="/")
        return {"ok": True}

    @routes.get("/me")
    async def me(signed: Signed) -> MeOut:
        """Who is signed in, with the CSRF token for this page."""
        return MeOut(agent=account_out(signed.agent), csrf=signed.csrf)


def _queue_routes(routes: APIRouter, guard: Guard, desk: Desk) -> None:
    Me = Annotated[Agent, Depends(guard.agent)]

    @routes.get("/queue")
    async def queue(me: Me, since_version: Annotated[int, Query(ge=0)] = 0) -> QueueOut:
        """Who waits and who is being answered; no items when the version has not changed."""
        view = await desk.queue()
        changed = view.version != since_version
        return QueueOut(version=view.version, items=[asdict(item) for item in view.items] if changed else [])

    @routes.post("/handoffs/{handoff_id}/claim")
    async def claim(handoff_id: str, me: Me) -> ConversationOut:
        """Take a waiting customer; 409 names whoever was first."""
        return conversation_out(await desk.claim(me, handoff_id))


def _conversation_routes(routes: APIRouter, guard: Guard, desk: Desk, wording: Wording) -> None:
    Me = Annotated[Agent, Depends(guard.agent)]

    @routes.get("/conversations/{conv_id}")
    async def thread(conv_id: str, me: Me) -> ThreadOut:
        """The conversation with its handoff card."""
        found = await desk.thread(me, conv_id)
        return ThreadOut(
            conversation=conversation_out(found.conversation),
            events=[event_out(event) for event in found.events],
            card=asdict(found.card),
            read=found.read,
        )

    @routes.get("/conversations/{conv_id}/events")
    async def events(conv_id: str, me: Me, since: Annotated[int, Query(ge=0)] = 0) -> list[EventOut]:
        """Events after ``since``, notes included."""
        found = await desk.thread(me, conv_id)
        return [event_out(event) for event in found.events if event.seq > since]

    @routes.post("/conversations/{conv_id}/messages")
    async def reply(conv_id: str, body: WriteIn, me: Me) -> EventOut:
        """Answer the customer; 422 `forbidden_words` unless a supervisor sends ``anyway``."""
        await wording.demand(me, conv_id, body.text, anyway=body.anyway)
        return event_out(await desk.reply(me, conv_id, body.fence, body.client_msg_id, body.text, body.attachments))

    @routes.post("/conversations/{conv_id}/notes")
    async def note(conv_id: str, body: WriteIn, me: Me) -> EventOut:
        """Leave a note that only agents see."""
        return event_out(await desk.note(me, conv_id, body.fence, body.client_msg_id, body.text))

    @routes.post("/conversations/{conv_id}/close")
    async def close(conv_id: str, body: CloseIn, me: Me) -> ConversationOut:
        """End the service, with a reason and tags for the figures."""
        return conversation_out(await desk.close(me, conv_id, body.fence, body.reason, body.tags))

    @routes.post("/conversations/{conv_id}/return")
    async def return_to_bot(conv_id: str, body: ReturnIn, me: Me) -> ConversationOut:
        """Give the customer back to the bot, with a summary of what was found out."""
        return conversation_out(await desk.return_to_bot(me, conv_id, body.fence, body.summary))

    @routes.post("/conversations/{conv_id}/transfer")
    async def transfer(conv_id: str, body: TransferIn, me: Me) -> ConversationOut:
        """Pass the customer to a colleague (their id) or to a skill; the wait clock and the thread go along."""
        return conversation_out(
            await desk.transfer(me, conv_id, body.fence, to_agent=body.to_agent, to_skill=body.to_skill, note=body.note)
        )

    @routes.post("/conversations/{conv_id}/take-over")
    async def take_over(conv_id: str, body: TakeOverIn, me: Me) -> ConversationOut:
        """Take the conversation from an agent, the queue or the bot (supervisors)."""
        return conversation_out(await desk.take_over(me, conv_id, body.note))


def _account_routes(routes: APIRouter, guard: Guard, accounts: AccountService) -> None:
    Admin = Annotated[Agent, Depends(guard.admin)]

    @routes.get("/accounts")
    async def list_accounts(admin: Admin) -> list[AccountOut]:
        """Every account (administrators only)."""
        return [account_out(agent) for agent in await accounts.list()]

    @routes.post("/accounts")
    async def add_account(body: AccountIn, admin: Admin) -> AccountOut:
        """Make an account (administrators only)."""
        added = await accounts.add(body.name, body.display_name, body.role, body.password, actor=admin.id)
        return account_out(added)

    @routes.post("/accounts/{name}/disable")
    async def disable_account(name: str, admin: Admin) -> AccountOut:
        """Sign the account out everywhere; its customers go back to the queue (administrators only)."""
        return account_out(await accounts.disable(name, actor=admin.id))

    @routes.post("/accounts/{name}/password")
    async def set_password(name: str, body: PasswordIn, admin: Admin) -> AccountOut:
        """Give the account another password (administrators only)."""
        return account_out(await accounts.set_password(name, body.password, actor=admin.id))


def account_out(agent: Agent) -> AccountOut:
    return AccountOut.model_validate(asdict(agent))


def conversation_out(conversation: Conversation) -> ConversationOut:
    return ConversationOut.model_validate(asdict(conversation))


def event_out(event: Event) -> EventOut:
    return EventOut.model_validate(asdict(event))
