"""The parts of the console, which roles see each, and in which order the navigation names them."""

from __future__ import annotations

from dataclasses import dataclass

from handoff.conversation import Role

EVERYBODY = frozenset(Role)
ANSWERING = frozenset({Role.AGENT, Role.SUPERVISOR, Role.ADMIN})
EDITING = frozenset({Role.EDITOR, Role.SUPERVISOR, Role.ADMIN})
WATCHING = frozenset({Role.SUPERVISOR, Role.ADMIN})
ADMINISTERING = frozenset({Role.ADMIN})


@dataclass(frozen=True)
class Section:
    """``name`` is the key of its word in the catalogue's ``nav``; ``path`` is relative to ``/console/``."""

    name: str
    path: str
    roles: frozenset[Role]
    in_navigation: bool = True


SECTIONS: dict[str, Section] = {
    section.name: section
    for section in (
        Section("workspace", "./", ANSWERING),
        Section("followups", "followups", ANSWERING),
        Section("editor", "editor", EDITING),
        Section("wall", "wall", WATCHING),
        Section("history", "history", WATCHING),
        Section("quality", "quality", WATCHING),
        Section("replies", "replies", ANSWERING),
        Section("settings", "settings", WATCHING),
        Section("widget", "widget", WATCHING),
        Section("people", "people", ADMINISTERING),
        Section("wechat", "wechat", ADMINISTERING),
        Section("audit", "audit", WATCHING),
        Section("account", "account", EVERYBODY, in_navigation=False),
    )
}
