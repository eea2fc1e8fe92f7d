"""Keeps the settings of the chat, and holds those in force at hand for every request of a widget."""

from __future__ import annotations

import base64
from typing import Any

from sqlalchemy import Connection

from handoff import texts
from handoff.conversation import Agent
from handoff.errors import Forbidden, SettingsConflict
from handoff.periodic import Woken
from handoff.pokes import Pokes
from handoff.routing.rules import OVERSEERS
from handoff.settings import Settings
from handoff.store import audit, widget
from handoff.store.database import Database
from handoff.store.widget import LookVersion
from handoff.widget.avatar import name_of
from handoff.widget.look import DEFAULT, LANGS, Look, parse_look

TOPIC = "widget"
SWEEP = 10.0


class WidgetDesk:
    """Use-cases of the page of the chat's settings, and what the web channel asks of them."""

    def __init__(self, db: Database, pokes: Pokes, settings: Settings) -> None:
        self._db = db
        self._pokes = pokes
        self._settings = settings
        self._look = DEFAULT
        self._version = 0

    async def run(self) -> None:
        """Follow what other gateways set, until cancelled."""
        await Woken("widget", self._follow, SWEEP, self._pokes, TOPIC).run()

    async def _follow(self) -> None:
        self._adopt(await self._db.read(widget.current))

    @property
    def sites(self) -> frozenset[str]:
        """Origins of other sites that may carry the chat: of the environment and of the settings."""
        return self._settings.allowed_origins | frozenset(self._look.sites)

    @property
    def environment_sites(self) -> tuple[str, ...]:
        """Those of the environment alone, which the page shows and cannot change."""
        return tuple(sorted(self._settings.allowed_origins))

    @property
    def secrets(self) -> int:
        """How many secrets sign customers in; 0 means that no site can."""
        return sum(bool(one.strip()) for one in self._settings.identity_secrets.split(","))

    @property
    def look(self) -> Look:
        """The settings in force."""
        return self._look

    def public(self) -> dict[str, Any]:
        """What a widget needs before it has a session: the look, and its first words in each language."""
        look = self._look
        picture = f"avatar/{name_of(look.avatar)}" if look.avatar else None
        own = {"color": look.color, "position": look.position, "theme": look.theme, "avatar": picture}
        return own | {"lang": "" if look.lang == "auto" else look.lang} | {lang: self._words(lang) for lang in LANGS}

    def avatar(self, name: str) -> bytes | None:
        """The picture of this name, WebP; None when it is not the one in force."""
        kept = self._look.avatar
        return base64.b64decode(kept) if kept and name == name_of(kept) else None

    async def current(self) -> LookVersion:
        """The settings in force with their author."""
        return await self._db.read(widget.current)

    async def history(self) -> list[LookVersion]:
        """Who set what when, newest first."""
        return await self._db.read(widget.versions)

    async def save(self, boss: Agent, data: Any, version: int | None = None) -> LookVersion:
        """Put these settings in force; `LookError` names a mistake, `SettingsConflict` that somebody was faster."""
        if boss.role not in OVERSEERS:
            raise Forbidden()
        look = parse_look(data, kept_avatar=self._look.avatar)

        def work(conn: Connection) -> LookVersion:
            before = widget.current(conn)
            if version is not None and before.version != version:
                raise SettingsConflict()
            kept = widget.put(conn, look.plain(), boss.display_name)
            audit.record(conn, boss.id, "widget_set", version=kept.version, fields=_changed(before, look))
            return kept

        kept = await self._db.write(work)
        self._adopt(kept)
        self._pokes.poke(TOPIC)
        return kept

    def _words(self, lang: str) -> dict[str, str]:
        own, usual = self._look.words[lang], texts.catalogue(lang)["widget_start"]
        return {
            "title": own.title or usual["title"],
            "greeting": own.greeting or usual["greeting"],
            "suggestions": "|".join(own.suggestions) or usual["suggestions"],
        }

    def _adopt(self, kept: LookVersion) -> None:
        if kept.version != self._version:
            self._look, self._version = _stored(kept), kept.version


def _stored(kept: LookVersion) -> Look:
    return parse_look(kept.body, kept_avatar=str(kept.body.get("avatar") or ""))


def _changed(before: LookVersion, look: Look) -> list[str]:
    old, new = _stored(before).plain(), look.plain()
    return [name for name in new if new[name] != old[name]]
