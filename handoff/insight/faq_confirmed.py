"""Finds questions that agents answered with an entry's own text: confirmed pairs for the publish gate."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from handoff.insight.faq_answers import people_lines
from knowledge_base.text import detect_language, normalise

# Short texts ("好的") are equal by chance.
_LEAST_ANSWER = 8
# Words with a number, an address or a link in them may name the customer, and are not kept.
_PRIVATE = re.compile(r"\d{5,}|\S@\S|https?:")
_MAX_QUESTION = 200


@dataclass(frozen=True)
class Confirmed:
    """A customer's words and the entry whose text an agent sent for them."""

    question: str
    entry_id: str
    lang: str
    agent_id: str


def is_private(question: str) -> bool:
    """Whether a customer's words may name them and must not be kept."""
    return bool(_PRIVATE.search(question)) or len(question) > _MAX_QUESTION


def confirmed_since(conn: Connection, since: float, entries: Mapping[str, str]) -> Iterator[Confirmed]:
    """Pairs from ``since`` (epoch seconds) on; ``entries`` gives the id of each normalised answer."""
    asked = people_lines(conn, since - 86400.0, "customer")
    for conv_id, replies in people_lines(conn, since, "agent").items():
        for reply in replies:
            said = normalise(reply.text)
            entry_id = entries.get(said) if len(said) >= _LEAST_ANSWER else None
            before = [line for line in asked.get(conv_id, ()) if line.seq < reply.seq]
            if entry_id is None or not before or is_private(before[-1].text) or not normalise(before[-1].text):
                continue
            question = " ".join(before[-1].text.split())
            yield Confirmed(question, entry_id, detect_language(question), reply.author_id or "")
