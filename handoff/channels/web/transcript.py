"""The conversation to keep: as plain text or as one HTML page, in the customer's language."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from html import escape
from typing import Literal

from handoff import texts
from handoff.conversation import Conversation, Event

Form = Literal["text", "html"]

_PAGE = """<!doctype html>
<html lang="{lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><style>
body{{font:16px/1.6 system-ui,"PingFang SC","Microsoft YaHei",sans-serif;max-width:46rem;margin:2rem auto;
padding:0 1rem;
color:#14211e;background:#fff}}h1{{font-size:1.3rem}}p.about,time{{color:#566863;font-size:.85rem}}
dl{{margin:0}}dt{{margin-top:1rem;font-weight:600}}dt time{{font-weight:400;margin-inline-start:.6em}}
dd{{margin:0;white-space:pre-wrap;overflow-wrap:anywhere}}dd.notice{{color:#566863}}
</style></head><body><h1>{title}</h1><p class="about">{about}</p><dl>
{lines}
</dl></body></html>
"""


def render(conversation: Conversation, events: list[Event], form: Form, minutes: int) -> str:
    """Every event the customer saw, oldest first; ``minutes`` is how far the customer's clock is ahead of UTC."""
    lang, zone = conversation.lang, timezone(timedelta(minutes=minutes))
    lines = [(_time(event, zone), _name(event, lang), event) for event in events if event.text]
    title = texts.text("transcript", "title", lang)
    about = texts.text("transcript", "about", lang, count=len(lines), saved=f"{datetime.now(zone):%Y-%m-%d %H:%M}")
    if form == "html":
        shown = "\n".join(_html(at, name, event) for at, name, event in lines)
        return _PAGE.format(
            lang="zh-CN" if lang == "zh" else "en", title=escape(title), about=escape(about), lines=shown
        )
    body = "\n\n".join(f"[{at}] {name}\n{event.text}" for at, name, event in lines)
    return f"{title}\n{about}\n\n{body}\n"


def _html(at: str, name: str, event: Event) -> str:
    kind = ' class="notice"' if event.kind == "notice" else ""
    return f"<dt>{escape(name)}<time>{at}</time></dt><dd{kind}>{escape(event.text)}</dd>"


def _time(event: Event, zone: timezone) -> str:
    return f"{datetime.fromtimestamp(event.at, zone):%Y-%m-%d %H:%M}"


def _name(event: Event, lang: str) -> str:
    return event.author_name or texts.text("transcript", event.author, lang)
