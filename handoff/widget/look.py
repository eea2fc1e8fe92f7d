"""The settings of the chat as values, and the reading of what a form or a file says, with every mistake named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import urlsplit

from handoff.clean_text import clean_text
from handoff.errors import BatonError, InvalidRequest
from handoff.widget.avatar import redrawn
from handoff.widget.contrast import contrast_of, is_colour

LANGS = ("zh", "en")
POSITIONS = ("right", "left")
THEMES = ("auto", "light", "dark")
MAX_TITLE, MAX_GREETING, MAX_QUESTION, MAX_QUESTIONS, MAX_SITES = 40, 400, 60, 6, 50


class LookError(InvalidRequest):
    """The settings of the chat cannot be used; ``place`` is the field, ``problem`` a key of the console's words."""

    code = "bad_widget"

    def __init__(self, place: str, problem: str, value: object = "") -> None:
        super().__init__(f"{place}: {problem} {value}".strip(), place=place, problem=problem, value=str(value))


@dataclass(frozen=True)
class Words:
    """What the chat says in one language before anything was asked; empty means the built-in words."""

    title: str = ""
    greeting: str = ""
    suggestions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Look:
    """Everything an owner may choose. ``lang`` is ``auto``, ``zh`` or ``en``; ``avatar`` a small WebP in base64.

    ``sites`` are origins that may carry the chat, beside those of ``BATON_PUBLIC_ORIGINS``.
    """

    color: str = "#0f766e"
    position: str = "right"
    theme: str = "auto"
    lang: str = "auto"
    words: Mapping[str, Words] = field(default_factory=lambda: {lang: Words() for lang in LANGS})
    avatar: str = ""
    sites: tuple[str, ...] = ()

    def plain(self) -> dict[str, Any]:
        """As JSON has it; `parse_look` reads it back."""
        return asdict(self)


DEFAULT = Look()


def parse_look(data: Any, kept_avatar: str = "") -> Look:
    """The settings from JSON; what is left out is as by default. `LookError` names the first mistake.

    A picture that is ``kept_avatar`` was drawn by us before and stays as it is.
    """
    fields = _mapping(data, "settings", set(DEFAULT.plain()))
    colour = str(fields.get("color", DEFAULT.color)).strip().lower()
    if not is_colour(colour):
        raise LookError("color", "no_colour", colour)
    if not (contrast := contrast_of(colour)).enough:
        raise LookError("color", "too_pale", contrast.better)
    words = _mapping(fields.get("words", {}), "words", set(LANGS))
    avatar = str(fields.get("avatar") or "")
    return Look(
        color=colour,
        position=_one_of(fields, "position", POSITIONS),
        theme=_one_of(fields, "theme", THEMES),
        lang=_one_of(fields, "lang", ("auto", *LANGS)),
        words={lang: _words(words.get(lang, {}), lang) for lang in LANGS},
        avatar=avatar if avatar == kept_avatar else redrawn(avatar),
        sites=tuple(dict.fromkeys(_site(one) for one in _texts(fields.get("sites", ()), "sites", MAX_SITES))),
    )


def _words(data: Any, lang: str) -> Words:
    fields = _mapping(data, f"words.{lang}", {"title", "greeting", "suggestions"})
    questions = _texts(fields.get("suggestions", ()), "suggestions", MAX_QUESTIONS)
    if any("|" in one for one in questions):
        raise LookError("suggestions", "no_bar")
    return Words(
        title=_text(fields.get("title", ""), "title", MAX_TITLE).replace("\n", " "),
        greeting=_text(fields.get("greeting", ""), "greeting", MAX_GREETING),
        suggestions=tuple(_text(one, "suggestions", MAX_QUESTION) for one in questions),
    )


def _site(value: str) -> str:
    text = value.strip().rstrip("/").lower()
    try:
        parts = urlsplit(text)
        named = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        named = False
    if not named or text != f"{parts.scheme}://{parts.netloc}" or "@" in text or "*" in text:
        raise LookError("sites", "no_site", value)
    if not text.isascii():
        text = f"{parts.scheme}://{parts.netloc.encode('idna').decode()}"
    return text


def _text(value: Any, place: str, limit: int) -> str:
    if not isinstance(value, str):
        raise LookError(place, "no_text")
    if not value.strip():
        return ""
    try:
        return clean_text(value, limit)
    except BatonError as error:
        raise LookError(place, "too_long", limit) from error


def _texts(value: Any, place: str, most: int) -> list[str]:
    if not isinstance(value, (list, tuple)) or not all(isinstance(one, str) for one in value):
        raise LookError(place, "no_text")
    kept = [one for one in value if one.strip()]
    if len(kept) > most:
        raise LookError(place, "too_many", most)
    return kept


def _one_of(fields: Mapping[str, Any], name: str, known: tuple[str, ...]) -> str:
    value = fields.get(name, getattr(DEFAULT, name))
    if value not in known:
        raise LookError(name, "unknown", value)
    return str(value)


def _mapping(value: Any, place: str, known: set[str]) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise LookError(place, "no_text")
    for name in value:
        if name not in known:
            raise LookError(str(name), "unknown", place)
    return value
