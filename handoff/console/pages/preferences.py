"""How an agent likes the console: language, darkness and sound, kept in a small cookie for each account."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request

from handoff.texts import normal_lang

LAST = "baton_ui"


@dataclass(frozen=True)
class Preferences:
    lang: str
    dark: bool = False
    sound: bool = False


def cookie_of(agent_id: str) -> str:
    """Name of the cookie of one account, so that two people at one computer keep their own."""
    return f"{LAST}_{agent_id[:12]}"


def preferences(request: Request, agent_id: str | None = None) -> Preferences:
    """The account's own choice, else the last one made in this browser, else the browser's language."""
    value = (agent_id and request.cookies.get(cookie_of(agent_id))) or request.cookies.get(LAST) or ""
    lang, dark, sound = [*value.split("."), "", "", ""][:3]
    if lang not in ("zh", "en"):
        lang = normal_lang(request.headers.get("accept-language"))
    return Preferences(lang, dark == "dark", sound == "sound")
