"""One browser page of one signed-in account: who it is, in which language, and how refusals are told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from fastapi import Request
from nicegui import Client

from handoff.console.pages import elements
from handoff.console.pages.preferences import Preferences
from handoff.console.pages.refusals import refusal_text
from handoff.console.sections import Section
from handoff.console.services import ConsoleServices
from handoff.console.words import Words, words
from handoff.conversation import Agent
from handoff.errors import BatonError, Forbidden, NotSignedIn
from handoff.store.agents import AgentSession

log = structlog.get_logger(__name__)


@dataclass
class Frame:
    """One browser page of one signed-in account; ``session`` is as it was at the last check."""

    services: ConsoleServices
    section: Section
    session: AgentSession
    session_id: str
    liked: Preferences
    request: Request
    client: Client
    bar: elements.TopBar
    toasts: elements.Toasts

    @property
    def agent(self) -> Agent:
        return self.session.agent

    @property
    def lang(self) -> str:
        """``zh`` or ``en``."""
        return self.liked.lang

    @property
    def words(self) -> Words:
        """The console's catalogue in the page's language."""
        return words(self.liked.lang)

    async def attempt(self, work: Callable[[], Awaitable[object]]) -> bool:
        """Do what the account asked for; True when it was done.

        Session and role are checked again first. A `BatonError` of ``work`` is shown in the page's language.
        """
        try:
            await self._check()
            await work()
        except NotSignedIn:
            self.leave()
        except BatonError as error:
            self.tell(refusal_text(error, self.lang))
        except Exception:
            log.exception("console_command_failed", agent=self.agent.id, section=self.section.name)
            self.tell(self.words["error"]["unexpected"])
        else:
            return True
        return False

    def tell(self, message: str, *, good: bool = False) -> None:
        """Show a message for some seconds; it is read aloud too."""
        self.toasts.tell(message, good=good)

    def leave(self) -> None:
        """The session has ended: to the sign-in page."""
        self.client.open("login?why=ended")

    async def _check(self) -> None:
        session = await self.services.sign_in.session(self.session_id)
        if session is None:
            raise NotSignedIn()
        self.session = session
        if session.agent.role not in self.section.roles:
            raise Forbidden()
