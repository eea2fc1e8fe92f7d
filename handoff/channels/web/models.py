"""Shapes of the web channel's requests and answers."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

ClientId = Field(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")


class SessionIn(BaseModel):
    lang: str = Field("zh", max_length=16)
    identity: str | None = Field(None, max_length=4000)


class SessionEnd(BaseModel):
    everywhere: bool = False


class SessionOut(BaseModel):
    token: str
    conversation_id: str
    epoch: str
    expires_in: int
    file_limit: int
    words: dict[str, str]


class MessageIn(BaseModel):
    client_msg_id: str = ClientId
    text: str
    payload: None = None
    attachments: list[str] = Field(default_factory=list, max_length=5)


class HandoffIn(BaseModel):
    client_msg_id: str = ClientId


class LeftMessageIn(BaseModel):
    client_msg_id: str = ClientId
    contact: str = Field(max_length=200)
    text: str


class Ack(BaseModel):
    client_msg_id: str
    seq: int
    at: float


class RatingIn(BaseModel):
    score: int = Field(ge=1, le=5)
    reason: str = Field("", max_length=40, pattern=r"^[a-z_]*$")
    comment: str = Field("", max_length=1000)


class RatingOut(BaseModel):
    ok: bool = True
    ask_recommendation: bool


class RecommendationIn(BaseModel):
    score: int = Field(ge=0, le=10)
    comment: str = Field("", max_length=1000)


class ThumbIn(BaseModel):
    seq: int = Field(ge=1)
    verdict: Literal["up", "down"] | None
    reason: str = Field("", max_length=1000)


class ReadIn(BaseModel):
    seq: int = Field(ge=1, le=2**31 - 1)


class Status(BaseModel):
    mode: str
    queue: dict[str, Any] | None
    agent: dict[str, Any] | None
    service: dict[str, Any] | None = None
    read: int = 0
    bot_typing: bool


class EventsOut(Status):
    epoch: str
    top_seq: int
    reset: bool
    events: list[dict[str, Any]]


class Hello(BaseModel):
    """First frame of a socket."""

    type: Literal["hello"]
    token: str = Field(max_length=200)
    since: int = Field(0, ge=0)
    epoch: str | None = Field(None, max_length=64)
