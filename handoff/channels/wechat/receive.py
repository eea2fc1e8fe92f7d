"""Puts what a person did into their conversation: contact, window, event and bot turn in a single transaction."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from handoff import queue, texts
from handoff.channels.wechat.accounts import CHANNEL, Account
from handoff.channels.wechat.compose import Choice, choices_of
from handoff.channels.wechat.inbound import Inbound, Kind
from handoff.clean_text import clean_text
from handoff.conversation import Conversation, Draft, Event, Mode
from handoff.delivery import note_for_agents
from handoff.errors import EmptyText
from handoff.gateway import take_in
from handoff.settings import Settings
from handoff.store import customers, deliveries, erase, media, wechat, wechat_intake, wecom
from handoff.store import tables as t
from handoff.store.append import append, event_from_row, get_conversation
from handoff.store.clock import now
from handoff.store.pressure import unanswered

CLICK_MESSAGES = 3
ENTER_MESSAGES = 2
FETCHED = frozenset({"image", "voice", "video", "shortvideo", "file"})


@dataclass(frozen=True)
class Received:
    """What became of something a person did: the conversation it belongs to, if any, and whether it is a repeat."""

    conversation: Conversation | None
    repeat: bool


def digest_of(inbound: Inbound) -> str:
    """Tells, beside its key, what was said; nobody can read it back."""
    return hashlib.sha256(f"{inbound.kind}\n{inbound.text}".encode()).hexdigest()


def receive(conn: Connection, account: Account, inbound: Inbound, settings: Settings) -> Received:
    """Store it unless it was before; a repeat changes nothing. When this returns, the message is on disk."""
    if not wechat.remember_key(conn, account.app_id, inbound.key, "", 0, digest_of(inbound)):
        return Received(None, True)
    return Received(settle(conn, account, inbound, settings), False)


def settle(conn: Connection, account: Account, inbound: Inbound, settings: Settings) -> Conversation | None:
    """Put something whose key is remembered into its conversation; None when it belongs to none."""
    if inbound.kind is Kind.UNSUBSCRIBE:
        return _forget(conn, account, inbound)
    if inbound.kind is Kind.OTHER:
        return None
    conversation = _conversation(conn, account, inbound, settings)
    conversation = _store(conn, conversation, account, inbound, settings)
    wechat.place_key(conn, account.app_id, inbound.key, conversation.id, conversation.last_seq)
    return conversation


def _conversation(conn: Connection, account: Account, inbound: Inbound, settings: Settings) -> Conversation:
    """The person's open conversation, their window opened again and what waited for it woken."""
    contact = wechat.find_contact(conn, account.app_id, inbound.openid)
    if contact is None:
        external = f"{account.app_id}:{inbound.openid}"
        customer_id = customers.create_customer(conn, channel=account.channel, external_key=external)
        wechat.add_contact(conn, customer_id, account.app_id, inbound.openid)
    else:
        customer_id = contact.customer_id
    clicked = inbound.kind in (Kind.CLICK, Kind.SUBSCRIBE, Kind.SCAN, Kind.ENTER) or inbound.choice
    if clicked and account.channel == CHANNEL:
        wechat.open_window(conn, customer_id, ENTER_MESSAGES if account.mini else CLICK_MESSAGES, click=True)
    else:
        wechat.open_window(conn, customer_id, settings.wechat_quota, click=False)
    conversation = wecom.conversation_at(conn, customer_id, account.channel, account.lang)
    deliveries.wake_waiting(conn, conversation.id)
    return conversation


def _store(
    conn: Connection, conversation: Conversation, account: Account, inbound: Inbound, settings: Settings
) -> Conversation:
    if inbound.kind is Kind.SUBSCRIBE:
        return _say(conn, conversation, "welcome", inbound.key, account.welcome)
    if inbound.kind is Kind.ENTER:
        # Once: whoever opens the page every day needs no welcome every day.
        return (
            conversation if conversation.last_seq else _say(conn, conversation, "welcome", inbound.key, account.welcome)
        )
    if inbound.kind is Kind.MEDIA:
        return _keep_media(conn, conversation, account, inbound)
    text = account.menu.get(inbound.event_key, "") if inbound.kind is Kind.CLICK else inbound.text
    if not text:
        return conversation
    choice = _choice(conn, conversation, inbound.choice, text.strip())
    if choice is not None and choice.score is not None:
        return _rate(conn, conversation, choice.score, inbound.key)
    try:
        words = clean_text((choice.label if choice else text)[: settings.max_text], 2 * settings.max_text)
    except EmptyText:
        return _keep_media(conn, conversation, account, inbound)
    payload = {"meta": inbound.meta} if inbound.meta else {}
    draft = Draft("message", "customer", words, inbound.key, payload=payload)
    ask_bot = unanswered(conn, conversation.id) < settings.max_unanswered
    event, conversation = take_in(conn, conversation.id, draft, ask_bot=ask_bot)
    _want_file(conn, account, event, inbound)
    return conversation


def _want_file(conn: Connection, account: Account, event: Event, inbound: Inbound) -> None:
    """Ask the media worker for the file that the message carries."""
    media_id, kind = inbound.meta.get("media_id"), inbound.meta.get("type", "")
    if media_id and kind in FETCHED and account.secret:
        media.wanted(conn, event, account.channel, account.app_id, media_id, kind)


def _keep_media(conn: Connection, conversation: Conversation, account: Account, inbound: Inbound) -> Conversation:
    """People see that something came; the bot says that it reads only words."""
    words = inbound.text.strip() or texts.text("wechat", "other", conversation.lang)
    draft = Draft("message", "customer", words, inbound.key, payload={"meta": inbound.meta})
    event, conversation = take_in(conn, conversation.id, draft, ask_bot=False)
    _want_file(conn, account, event, inbound)
    if conversation.mode is Mode.BOT:
        conversation = _say(conn, conversation, "unreadable", inbound.key)
    return conversation


def _say(conn: Connection, conversation: Conversation, code: str, key: str, words: str = "") -> Conversation:
    said = words or texts.text("wechat", code, conversation.lang)
    draft = Draft("notice", "system", said, f"{key}:{code}", payload={"meta": {"code": code}})
    return append(conn, conversation.id, draft)[1]


def _choice(conn: Connection, conversation: Conversation, clicked: str, text: str) -> Choice | None:
    """The option meant: by the id of a tapped menu, or by number or words among what was offered last."""
    own = t.event.c.conv_id == conversation.id
    offered = select(t.event).where(own, t.event.c.internal.is_(False), t.event.c.author != "customer")
    if clicked:
        parts = clicked.split(":")
        if len(parts) != 3 or not parts[1].isdecimal():
            return None
        row = conn.execute(offered.where(t.event.c.seq == int(parts[1]))).first()
        choices = choices_of(event_from_row(row), conversation.lang) if row else []
        return next((choice for choice in choices if choice.id == clicked), None)
    spoken = select(t.event.c.seq).where(own, t.event.c.author == "customer").order_by(t.event.c.seq.desc()).limit(1)
    since = conn.execute(spoken).scalar() or 0
    for row in conn.execute(offered.where(t.event.c.seq > since).order_by(t.event.c.seq.desc())):
        choices = choices_of(event_from_row(row), conversation.lang)
        for number, choice in enumerate(choices, 1):
            if text in (str(number), choice.label):
                return choice
    return None


def _rate(conn: Connection, conversation: Conversation, score: int, key: str) -> Conversation:
    """Keep the score for the service that ended; it opens no new conversation."""
    episode = conversation.episode if conversation.mode is Mode.CLOSED else max(1, conversation.episode - 1)
    known = (t.rating.c.conv_id == conversation.id) & (t.rating.c.episode == episode)
    conn.execute(delete(t.rating).where(known))
    conn.execute(insert(t.rating).values(conv_id=conversation.id, episode=episode, score=score, comment="", at=now()))
    return _say(conn, conversation, "rated", key)


def _forget(conn: Connection, account: Account, inbound: Inbound) -> Conversation | None:
    """The person unsubscribed: WeChat's rules ask that what is known of them is deleted."""
    contact = wechat.find_contact(conn, account.app_id, inbound.openid)
    if contact is None:
        return None
    conversation = customers.open_conversation(conn, contact.customer_id, account.channel, account.lang)
    queue.customer_gone(conn, conversation)
    erase.erase_customer(conn, contact.customer_id, "unsubscribed")
    wechat.forget_contact(conn, contact)
    wechat_intake.forget_person(conn, contact.app_id, contact.openid)
    note_for_agents(conn, conversation.id, "customer_gone", f"gone:{conversation.last_seq}")
    return get_conversation(conn, conversation.id)
