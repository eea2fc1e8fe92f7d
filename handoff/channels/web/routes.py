"""HTTP side of the web channel: sessions, sending, long polling, rating; what the widget uses without WebSocket."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from handoff import texts
from handoff.channels.web import transcript as transcripts
from handoff.channels.web.caller import CHANNEL, bearer, origin_check, owner
from handoff.channels.web.models import (
    Ack,
    EventsOut,
    HandoffIn,
    LeftMessageIn,
    MessageIn,
    RatingIn,
    RatingOut,
    ReadIn,
    RecommendationIn,
    SessionEnd,
    SessionIn,
    SessionOut,
    Status,
    ThumbIn,
)
from handoff.conversation import Conversation, Event
from handoff.gateway import Gateway, Page, Session
from handoff.http.origins import Sites, client_address
from handoff.identity.service import Identities
from handoff.opinions import Opinions
from handoff.pokes import Pokes, wait_for
from handoff.settings import Settings

MAX_WAIT = 25.0


def router(
    gateway: Gateway, opinions: Opinions, identities: Identities, pokes: Pokes, sites: Sites, settings: Settings
) -> APIRouter:
    """Routes under ``/api/v1/web``."""
    routes = APIRouter(prefix="/api/v1/web", tags=["web channel"])

    routes.dependencies.append(Depends(origin_check(sites)))
    Mine = Annotated[Conversation, Depends(owner(gateway))]

    @routes.post("/session")
    async def start(body: SessionIn, request: Request) -> SessionOut:
        """Start a session, or resume the one whose token is sent; a proof of ``identity`` signs a customer in."""
        lang, address = texts.normal_lang(body.lang), client_address(request)
        known = bearer(request) if request.headers.get("authorization") else None
        if body.identity:
            session = Session(*await identities.sign_in(CHANNEL, body.identity, lang, address, known))
        elif known:
            session = await gateway.resume(known, CHANNEL)
        else:
            session = await gateway.start(CHANNEL, lang, address)
        return _session_out(session, gateway.epoch, settings, lang)

    @routes.post("/session/end")
    async def end(body: SessionEnd, mine: Mine, request: Request) -> dict[str, bool]:
        """Sign out: the token ends, or with ``everywhere`` every token of the customer."""
        await identities.sign_out(bearer(request), mine.id, everywhere=body.everywhere)
        return {"ok": True}

    @routes.post("/messages")
    async def send(body: MessageIn, request: Request) -> Ack:
        """Store a message; when this answers, the message is on disk. Safe to repeat with the same id."""
        token = bearer(request)
        return ack(await gateway.accept_from(token, CHANNEL, body.client_msg_id, body.text, body.attachments))

    @routes.post("/handoff")
    async def ask_for_person(body: HandoffIn, mine: Mine) -> Ack:
        """Ask for a person."""
        return ack(await gateway.ask_for_person(mine.id, body.client_msg_id))

    @routes.post("/handoff/cancel")
    async def leave_queue(mine: Mine) -> Status:
        """Leave the queue and go on with the bot."""
        await gateway.leave_queue(mine.id)
        return Status.model_validate(await gateway.status(mine.id))

    @routes.post("/handoff/message")
    async def leave_message(body: LeftMessageIn, mine: Mine) -> Ack:
        """Leave words and a way to be reached instead of waiting for a person."""
        return ack(await gateway.leave_message(mine.id, body.client_msg_id, body.contact, body.text))

    @routes.post("/typing")
    async def typing(mine: Mine) -> dict[str, bool]:
        """The customer is typing (browsers without WebSocket)."""
        await gateway.typing(mine.id)
        return {"ok": True}

    @routes.post("/read")
    async def read(body: ReadIn, mine: Mine) -> dict[str, bool]:
        """The customer has seen everything up to ``seq`` (browsers without WebSocket)."""
        await gateway.read(mine.id, body.seq)
        return {"ok": True}

    @routes.post("/rating")
    async def rate(body: RatingIn, mine: Mine) -> RatingOut:
        """Rate the service from 1 to 5; the answer says whether the question of recommendation follows."""
        follows = await opinions.rate(mine.id, body.score, body.reason, body.comment)
        return RatingOut(ask_recommendation=follows)

    @routes.post("/recommendation")
    async def recommend(body: RecommendationIn, mine: Mine) -> dict[str, bool]:
        """How likely, from 0 to 10, the customer would recommend us."""
        await opinions.recommend(mine.id, body.score, body.comment)
        return {"ok": True}

    @routes.post("/feedback")
    async def thumb(body: ThumbIn, mine: Mine) -> dict[str, bool]:
        """A thumb up or down on one answer of the bot; null takes it back."""
        await opinions.thumb(mine.id, body.seq, body.verdict, body.reason)
        return {"ok": True}

    @routes.get("/events")
    async def events(
        mine: Mine,
        since: Annotated[int, Query(ge=0)] = 0,
        epoch: str | None = None,
        wait: Annotated[float, Query(ge=0, le=60)] = 0,
    ) -> EventsOut:
        """Events after ``since``; with ``wait``, answer as soon as there is one or that many seconds passed."""
        with pokes.listen(mine.id) as flag:
            page = await gateway.events(mine.id, since, epoch or None)
            if wait and not page.events and not page.reset:
                await wait_for(flag, min(wait, MAX_WAIT))
                page = await gateway.events(mine.id, since, epoch or None)
        status = Status.model_validate(await gateway.status(mine.id))
        return _events_out(page, gateway.epoch, status)

    @routes.get("/transcript")
    async def transcript(
        mine: Mine,
        form: Annotated[transcripts.Form, Query()] = "text",
        offset: Annotated[int, Query(ge=-14 * 60, le=14 * 60)] = 8 * 60,
    ) -> Response:
        """The conversation to keep; ``offset`` is how many minutes the customer's clock is ahead of UTC."""
        body = transcripts.render(mine, await gateway.everything_said(mine.id), form, offset)
        name = f"conversation-{mine.id[:8]}.{'html' if form == 'html' else 'txt'}"
        headers = {
            "Content-Disposition": f'attachment; filename="{name}"',
            "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'",
            "Cache-Control": "no-store",
        }
        return Response(body, media_type="text/html" if form == "html" else "text/plain", headers=headers)

    return routes


def ack(event: Event) -> Ack:
    return Ack(client_msg_id=event.client_msg_id, seq=event.seq, at=event.at)


def _session_out(session: Session, epoch: str, settings: Settings, lang: str) -> SessionOut:
    return SessionOut(
        token=session.token,
        conversation_id=session.conversation.id,
        epoch=epoch,
        expires_in=round(settings.token_ttl),
        file_limit=settings.attachment_max_bytes,
        words=texts.catalogue(lang)["widget"],
    )


def _events_out(page: Page, epoch: str, status: Status) -> EventsOut:
    return EventsOut(
        **status.model_dump(),
        epoch=epoch,
        top_seq=page.conversation.last_seq,
        reset=page.reset,
        events=[event.public() for event in page.events],
    )
