"""Reads what a page's component sent: a browser may send anything."""

from __future__ import annotations

from typing import Any

from handoff.errors import InvalidRequest

LONGEST = 100_000


def text_of(data: Any, key: str) -> str:
    """The text under ``key``; `InvalidRequest` when there is none."""
    value = data.get(key) if isinstance(data, dict) else None
    if not isinstance(value, str) or len(value) > LONGEST:
        raise InvalidRequest(f"The page sent no {key}.")
    return value


def number_of(data: Any, key: str) -> int:
    """The whole number under ``key``; `InvalidRequest` when there is none."""
    value = data.get(key) if isinstance(data, dict) else None
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidRequest(f"The page sent no {key}.")
    return value


def texts_of(data: Any, key: str) -> list[str]:
    """The list of texts under ``key``; `InvalidRequest` when there is none."""
    value = data.get(key) if isinstance(data, dict) else None
    if not isinstance(value, list) or not all(isinstance(one, str) and len(one) <= LONGEST for one in value):
        raise InvalidRequest(f"The page sent no {key}.")
    return value
