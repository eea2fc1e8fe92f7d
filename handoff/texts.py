"""The message catalogues: every word that the gateway itself says to a customer or an agent."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from handoff.conversation import Draft
from handoff.errors import BatonError

_FILES = {"zh": "zh-CN.yml", "en": "en.yml"}


def normal_lang(tag: str | None) -> str:
    """``zh`` or ``en`` for a language tag or an Accept-Language header; Chinese when nothing is known."""
    return "en" if (tag or "").strip().lower().startswith("en") else "zh"


@cache
def catalogue(lang: str) -> dict[str, dict[str, str]]:
    """Section -> key -> text of one language."""
    path = Path(__file__).parent / "locale" / _FILES[lang]
    loaded: dict[str, dict[str, str]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


def text(section: str, key: str, lang: str, **values: Any) -> str:
    """One text of the catalogue with its placeholders filled."""
    return catalogue(lang)[section][key].format(**values)


def asks_for_person(words: str) -> bool:
    """Whether these are the very words of the button that asks for a person, in either language."""
    return words.strip().casefold() in {text("words", "asked_for_person", lang).casefold() for lang in _FILES}


def error_text(error: BatonError, lang: str) -> str:
    """What a person is told of ``error``; an error without its own text is told as an internal one."""
    known = catalogue(lang)["error"]
    template = known.get(error.code, known["internal"])
    try:
        return template.format(**error.fields)
    except KeyError:
        return known["internal"]


def opening_time(at: float | None, zone: str, lang: str) -> str:
    """When people are here again, as the customer reads it; a dash when nobody knows."""
    if at is None:
        return text("words", "opens_unknown", lang)
    local = datetime.fromtimestamp(at, ZoneInfo(zone))
    weekday = catalogue(lang)["words"]["weekdays"].split(",")[local.weekday()]
    values = {"month": local.month, "day": local.day, "weekday": weekday, "time": f"{local:%H:%M}"}
    return text("words", "opens_at", lang, **values)


def notice(code: str, lang: str, key: str, *, variant: str | None = None, **values: Any) -> Draft:
    """A system line for the customer: ``key`` makes it idempotent, ``meta.code`` is for programs."""
    return Draft(
        kind="notice",
        author="system",
        text=text("notice", variant or code, lang, **values),
        client_msg_id=key,
        payload={"meta": {"code": code, **values}},
    )
