"""What customers say to leave a form or to skip a field; words to recognise, never to say."""

from __future__ import annotations

import re
import unicodedata

_LEAVE = re.compile(
    r"^(那|那就|还是|我)?(算了|不查了|不查|不问了|取消|不填了|退出|不弄了|不说了|不投诉了|不用查了|不用了|没事了|放弃)(吧|了|谢谢)*$"
    r"|^(please )?(never ?mind|cancel( it| that)?|stop|quit|exit|forget (it|about it)|leave it|skip it)"
    r"( please| thanks)?$",
    re.IGNORECASE,
)
_SKIP = re.compile(
    r"^(不用|不用了|不需要|不必|不留|没有|无|不方便|在这里(说|回复)?就(行|好|可以)?|就在这里|不了|不要)(了|吧|谢谢)*$"
    r"|^(no|none|nope|skip|n/a|not (needed|necessary|required)|no need|no thanks?( you)?)$"
    r"|^((stay )?(in )?this chat|here is fine)$",
    re.IGNORECASE,
)
_PUNCTUATION = re.compile(r"[\s。．.!！?？~～,，、;；]+$|^[\s,，。]+")
_PHONE = re.compile(
    r"(?<!\d)(?:\+?\d{1,3}[\s-]?)?"
    r"(?:1[3-9]\d(?:[\s-]?\d{4}){2}|0\d{2,3}[\s-]?\d{7,8}|\d{3}[\s-]\d{3}[\s-]\d{4})(?!\d)"
)
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")


def plain(text: str) -> str:
    """Half-width, without punctuation around it."""
    return _PUNCTUATION.sub("", unicodedata.normalize("NFKC", text).strip()).strip()


def leaves(text: str) -> bool:
    """The customer gives the form up."""
    return bool(_LEAVE.match(plain(text)))


def skips(text: str) -> bool:
    """The customer leaves this field empty on purpose."""
    return bool(_SKIP.match(plain(text)))


def find_contact(text: str) -> str | None:
    """An e-mail address or a phone number in the text, in one written form, or None."""
    half_width = unicodedata.normalize("NFKC", text)
    email = _EMAIL.search(half_width)
    if email:
        return email.group()
    phone = _PHONE.search(half_width)
    return re.sub(r"[\s-]", "", phone.group()) if phone else None
