"""The conversation to keep: everything the customer saw, nothing else, and markup as text."""

from __future__ import annotations

from html.parser import HTMLParser

from handoff.app import Services
from handoff.conversation import Draft
from handoff.store.append import append
from tests.integration.web.conftest import Customer

HOSTILE = "<script>alert(1)</script> & <img src=x onerror=alert(1)>"


class Tags(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


async def test_both_forms_hold_what_was_said_and_no_note(customer: Customer, services: Services) -> None:
    customer.say(HOSTILE)
    customer.settled(2)
    conversation = await services.gateway.conversation_of(customer.token, "web")
    note = Draft("note", "agent", "only for us", "note-1", internal=True)
    await services.db.write(append, conversation.id, note)
    text = customer.get("/transcript", form="text", offset=480)
    assert text.headers["content-type"].startswith("text/plain")
    assert text.text.startswith("对话记录\n共 2 条") and HOSTILE in text.text and "only for us" not in text.text
    html = customer.get("/transcript", form="html", offset=-300)
    page = Tags(html.text)
    assert page.seen <= {"html", "head", "meta", "title", "style", "body", "h1", "p", "dl", "dt", "dd", "time"}
    assert HOSTILE in page.text and "only for us" not in page.text
    assert html.headers["content-disposition"].startswith('attachment; filename="conversation-')
    assert html.headers["content-security-policy"].startswith("sandbox;")


def test_bad_input_and_strangers(customer: Customer) -> None:
    assert customer.get("/transcript", form="pdf").status_code == 422
    assert customer.get("/transcript", offset=5000).status_code == 422
    customer.token = "nobody"
    assert customer.get("/transcript").status_code == 401
