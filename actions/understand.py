"""`POST /understand`: mood and FAQ candidates of texts Rasa does not see (with a person, waiting, in the editor)."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

from actions.language import language_of
from actions.turn import read_texts
from actions.wiring import Services

KEPT = ("id", "question", "answer", "score", "zone")


class Item(BaseModel):
    """One text; `lang` null lets the text decide."""

    text: Annotated[str, StringConstraints(max_length=4000)]
    lang: Literal["zh", "en"] | None = None


class Request(BaseModel):
    """1–64 texts and how many candidates of each are wanted."""

    texts: Annotated[list[Item], Field(min_length=1, max_length=64)]
    top_k: Annotated[int, Field(ge=0, le=20)] = 3


class Result(BaseModel):
    """What was understood of one text."""

    lang: str
    mood: dict[str, Any]
    faq: list[dict[str, Any]]


class Response(BaseModel):
    """Results in the order of the texts."""

    results: list[Result]


async def answer(body: Request, services: Services) -> Response:
    """Read all texts in one encoding, away from the event loop."""
    texts = [item.text for item in body.texts]
    langs = [item.lang or language_of(item.text) for item in body.texts]
    readings = await asyncio.to_thread(read_texts, services, texts, langs, body.top_k)
    return Response(
        results=[
            Result(
                lang=lang,
                mood=reading.mood.to_dict(),
                faq=[{key: candidate[key] for key in KEPT} for candidate in reading.faq],
            )
            for lang, reading in zip(langs, readings, strict=True)
        ]
    )
