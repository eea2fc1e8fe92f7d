"""The console's own NiceGUI elements: thin handles on the Vue components in ``vue/``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from nicegui.dependencies import register_esm
from nicegui.element import Element

VUE = Path(__file__).parent / "vue"
register_esm("baton-console", VUE / "lib", max_time=max(p.stat().st_mtime for p in (VUE / "lib").iterdir()))


class Part(Element):
    """An element whose look is decided by its props; equal props are not sent twice."""

    def __init__(self, **props: Any) -> None:
        super().__init__()
        self._props.update(props)

    def show(self, **props: Any) -> None:
        """Change props; the browser hears of it only if something differs."""
        changed = {key: value for key, value in props.items() if self._props.get(key) != value}
        if changed:
            self._props.update(changed)
            self.update()

    def hear(self, event: str, handler: Callable[..., Any]) -> None:
        """Call ``handler(data)`` with the object that the component emits."""
        self.on(event, lambda arguments: handler(arguments.args))


class TopBar(Part, component="vue/top_bar.js"):
    """Brand, navigation, and a menu of the account: language, darkness, sound, help, sign out.

    Emits ``presence`` with a state.
    """


class QueueList(Part, component="vue/queue_list.js"):
    """The queue in three tabs with live clocks and filters. Emits ``open``, ``claim`` and ``decline``."""


class ConversationHead(Part, component="vue/conversation_head.js"):
    """Who is spoken to, and what can be done with the conversation.

    Emits ``claim``, ``decline``, ``close``, ``give_back``, ``transfer``, ``take_over``, ``colleagues`` and ``view``.
    """


class Thread(Part, component="vue/thread_view.js"):
    """Every event of one conversation. Emits ``seen`` when the agent has the newest lines before the eyes."""

    def append(self, events: list[dict[str, Any]]) -> None:
        """Add events at the end without sending the earlier ones again."""
        self._props["events"] = [*self._props["events"], *events]
        self.run_method("append", events)

    def feel(self, moods: dict[str, dict[str, Any]]) -> None:
        """Tell the mood of messages, by place."""
        if moods != self._props["moods"]:
            self._props["moods"] = moods
            self.run_method("feel", moods)


class Composer(Part, component="vue/composer.js"):
    """Reply box with drafts, files, canned replies and an outbox of one.

    Emits ``send``, ``typing``, ``catch_up`` (after a lost connection) and ``texts`` (canned replies, please).
    """

    def acknowledged(self, message_id: str) -> None:
        self.run_method("acknowledged", message_id)

    def refused(self, message_id: str) -> None:
        self.run_method("refused", message_id)

    def caught_up(self, turn: int) -> None:
        """Everything up to now has been sent to the page."""
        self.run_method("caught_up", turn)


class HandoffCard(Part, component="vue/handoff_card.js"):
    """Why the customer is here, what was tried, who it is.

    Emits ``view``, ``open``, ``verdict``, ``profile`` and ``complain``.
    """


class CommandPalette(Part, component="vue/palette.js"):
    """Every command of the page by name, opened by Ctrl+K; the parts of the page offer theirs."""


class Toasts(Part, component="vue/toasts.js"):
    """Messages that come up by themselves and are read aloud."""

    def tell(self, message: str, *, good: bool = False) -> None:
        self.run_method("tell", message, good)
