"""Finds an order number in what a customer typed: any case, full-width, with spaces or dashes inside."""

from __future__ import annotations

import re
import unicodedata

_NUMBER = re.compile(r"(?<![A-Za-z0-9])QH(?:[\s\-_.:#]*\d){10}(?!\d)", re.IGNORECASE)
_BARE_DIGITS = re.compile(r"(?<![A-Za-z0-9])\d{10}(?![0-9A-Za-z])")
_ATTEMPT = re.compile(r"QH\s*\d|\d{4,}|(?=[A-Za-z]*\d)[A-Za-z0-9]{6,}", re.IGNORECASE)


def find_order_number(text: str, bare: bool = False) -> str | None:
    """The number in its one written form (`QH` and 10 digits), or None.

    With `bare`, ten digits alone count too: right after we asked for the number, people leave the letters out.
    """
    plain = unicodedata.normalize("NFKC", text)
    found = _NUMBER.search(plain)
    if found:
        return "QH" + re.sub(r"\D", "", found.group())
    digits = _BARE_DIGITS.search(plain) if bare else None
    return f"QH{digits.group()}" if digits else None


def looks_like_attempt(text: str) -> bool:
    """True when the text seems meant as a number, though it is none."""
    return bool(_ATTEMPT.search(unicodedata.normalize("NFKC", text)))
