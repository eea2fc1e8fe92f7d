"""Shapes of the agent API's requests and answers."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from handoff.conversation import Role

ClientId = Field(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")


class LoginIn(BaseModel):
    name: str = Field(max_length=64)
    password: str = Field(max_length=1000)
    code: str = Field("", max_length=40)


class AccountOut(BaseModel):
    id: str
    name: str
    display_name: str
    role: Role
    cap: int
    load: int
    disabled: bool
    skills: list[str] = Field(default_factory=list)
    langs: list[str] = Field(default_factory=list)


class MeOut(BaseModel):
    agent: AccountOut
    csrf: str


class AccountIn(BaseModel):
    name: str = Field(max_length=64)
    display_name: str = Field("", max_length=64)
    role: Role
    password: str = Field(max_length=1000)


class PasswordIn(BaseModel):
    password: str = Field(max_length=1000)


class ConversationOut(BaseModel):
    id: str
    mode: str
    fence: int
    last_seq: int
    lang: str
    channel: str
    owner_agent: str | None


class WriteIn(BaseModel):
    client_msg_id: str = ClientId
    fence: int = Field(ge=0)
    text: str
    attachments: list[str] = Field(default_factory=list, max_length=5)
    anyway: bool = False


class CloseIn(BaseModel):
    fence: int = Field(ge=0)
    reason: str = Field("", max_length=200)
    tags: list[str] = Field(default_factory=list, max_length=10)


class ReturnIn(BaseModel):
    fence: int = Field(ge=0)
    summary: str = ""


class TransferIn(BaseModel):
    """``to_agent`` is an account's id; exactly one of the two targets is named."""

    fence: int = Field(ge=0)
    to_agent: str | None = Field(None, max_length=64)
    to_skill: str | None = Field(None, max_length=64)
    note: str = ""


class TakeOverIn(BaseModel):
    note: str = ""


class EventOut(BaseModel):
    seq: int
    kind: str
    author: str
    author_name: str | None
    text: str
    payload: dict[str, Any]
    internal: bool
    at: float


class QueueOut(BaseModel):
    version: int
    items: list[dict[str, Any]]


class ThreadOut(BaseModel):
    """``read`` is the last line that the customer has seen; 0 where that is not known."""

    conversation: ConversationOut
    events: list[EventOut]
    card: dict[str, Any]
    read: int = 0
