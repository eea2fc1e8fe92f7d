"""The values that pass between parser, index and search: an entry of the FAQ and a hit of a search."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """Only published entries are shown to customers."""

    DRAFT = "draft"
    PUBLISHED = "published"


class Zone(StrEnum):
    """What the score allows: say the answer, ask which entry is meant, or say that there is none."""

    ANSWER = "answer"
    CLARIFY = "clarify"
    NONE = "none"


def is_plain(channel: str) -> bool:
    """Whether a channel shows text without Markdown, and links only inside it (WeChat in all its forms)."""
    return channel.startswith(("wechat", "wecom"))


@dataclass(frozen=True, slots=True)
class Entry:
    """One approved answer. `path` is relative to the FAQ folder, `line` is 1-based; dates are inclusive.

    `images` and `links` are addresses, `buttons` replies the customer may tap. `alike` names entries that are known to
    be near this one, each with the reason behind a space.
    """

    id: str
    question: str
    answer: str
    variants: tuple[str, ...] = ()
    lang: str = "zh"
    category: str = ""
    tags: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_until: date | None = None
    owner: str = ""
    reviewed: date | None = None
    status: Status = Status.PUBLISHED
    followups: tuple[str, ...] = ()
    sensitive: bool = False
    answer_wechat: str = ""
    images: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    buttons: tuple[str, ...] = ()
    alike: tuple[str, ...] = ()
    path: str = ""
    line: int = 1

    @property
    def wordings(self) -> tuple[str, ...]:
        """The question and its variants: the texts that are indexed."""
        return (self.question, *self.variants)

    @property
    def known_alike(self) -> tuple[str, ...]:
        """The ids in `alike`."""
        return tuple(item.partition(" ")[0] for item in self.alike)

    def answer_for(self, channel: str) -> str:
        """The answer's text on a channel (`web`, `wechat` …): its own where the editor wrote one.

        Where links cannot stand beside the text, whole addresses follow it, a line each.
        """
        if not is_plain(channel):
            return self.answer
        text = self.answer_wechat or self.answer
        loose = [link for link in self.links if link.startswith("http") and link not in text]
        return "\n".join([text, *loose])

    def links_for(self, channel: str) -> tuple[str, ...]:
        """Addresses a channel shows beside the text."""
        return () if is_plain(channel) else self.links

    def is_live(self, today: date) -> bool:
        """Published, and `today` lies inside the validity dates."""
        begun = self.valid_from is None or self.valid_from <= today
        over = self.valid_until is not None and self.valid_until < today
        return self.status is Status.PUBLISHED and begun and not over

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; `from_dict` gives back an equal entry."""
        return {
            "id": self.id,
            "question": self.question,
            "answer": self.answer,
            "variants": list(self.variants),
            "lang": self.lang,
            "category": self.category,
            "tags": list(self.tags),
            "valid_from": _iso(self.valid_from),
            "valid_until": _iso(self.valid_until),
            "owner": self.owner,
            "reviewed": _iso(self.reviewed),
            "status": self.status.value,
            "followups": list(self.followups),
            "sensitive": self.sensitive,
            "answer_wechat": self.answer_wechat,
            "images": list(self.images),
            "links": list(self.links),
            "buttons": list(self.buttons),
            "alike": list(self.alike),
            "path": self.path,
            "line": self.line,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Entry:
        """Inverse of `to_dict`; raises KeyError or ValueError on other input."""
        data = {"alike": (), **data}  # indexes of before do not have it, and need not be encoded anew for that
        values: dict[str, Any] = {key: data[key] for key in cls.__dataclass_fields__}
        for key in ("variants", "tags", "followups", "images", "links", "buttons", "alike"):
            values[key] = tuple(data[key])
        for key in ("valid_from", "valid_until", "reviewed"):
            values[key] = _day(data[key])
        return cls(**values | {"status": Status(data["status"])})


@dataclass(frozen=True, slots=True)
class Hit:
    """One found entry: `score` is the calibrated probability (0–1) that its answer is right.

    `dense` is the best cosine of its wordings; `lexical` the share (0–1) of the best possible BM25 sum.
    """

    entry: Entry
    score: float
    zone: Zone
    dense: float
    lexical: float


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
