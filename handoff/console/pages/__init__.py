"""Puts the agent console on the service's FastAPI app."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from nicegui import app as nicegui_app
from nicegui import ui
from starlette.staticfiles import StaticFiles

from handoff.console.pages.administration.account import add_account_page
from handoff.console.pages.administration.audit import add_audit_page
from handoff.console.pages.administration.people import add_people_page
from handoff.console.pages.console import add_console_page
from handoff.console.pages.editor import add_editor_page
from handoff.console.pages.followups.page import add_followups_page
from handoff.console.pages.history.page import add_history_page
from handoff.console.pages.login import login_router
from handoff.console.pages.quality.page import add_quality_page
from handoff.console.pages.shell import Shell
from handoff.console.pages.texts.replies import add_replies_page
from handoff.console.pages.texts.settings import add_settings_page
from handoff.console.pages.wall.page import add_wall_page
from handoff.console.pages.wechat.page import add_wechat_page
from handoff.console.pages.widget.page import add_widget_page
from handoff.console.services import ConsoleServices

STATIC = Path(__file__).parent.parent / "static"


def mount(app: FastAPI, services: ConsoleServices) -> None:
    """Serve ``/console/login``, ``/console/static/`` and ``/console/``.

    Call it last: the console takes everything else below ``/console``. NiceGUI wraps the app's lifespan, which
    still runs as before. NiceGUI is one per process: of several apps in a process only the last has a console.
    """
    app.include_router(login_router(services))
    app.mount("/console/static", StaticFiles(directory=STATIC), name="console-static")
    _forget_earlier_app()
    shell = Shell(services)
    add_console_page(shell, services)
    add_followups_page(shell)
    add_replies_page(shell, services.canned)
    add_settings_page(shell, services.wording)
    add_widget_page(shell, services.widget)
    add_editor_page(shell)
    add_wall_page(shell, services.wall)
    add_quality_page(shell, services.quality)
    add_history_page(shell)
    add_people_page(shell)
    add_wechat_page(shell, services.wechat)
    add_account_page(shell)
    add_audit_page(shell)
    ui.run_with(
        app,
        mount_path="/console",
        favicon=STATIC / "favicon.svg",
        viewport="width=device-width, initial-scale=1, viewport-fit=cover",
        binding_refresh_interval=None,
        reconnect_timeout=15.0,
        message_history_length=200,
        tailwind=False,
        show_welcome_message=False,
    )


def _forget_earlier_app() -> None:
    """Take back what `ui.run_with` put on NiceGUI for an earlier app of this process (tests make many)."""
    nicegui_app.middleware_stack = None
    nicegui_app.user_middleware.clear()
