"""The little XML of WeChat: read without entities or document types, written without a way out of CDATA."""

from __future__ import annotations

import re
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

# XML 1.0 cannot carry these, not even escaped.
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class BadXml(Exception):
    """The body is no XML of the platform's kind."""


def fields_of(body: bytes) -> dict[str, str]:
    """Name -> text of the root's children; `BadXml` for anything else, entities and DTDs included."""
    try:
        root = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise BadXml(type(error).__name__) from error
    if root.tag != "xml":
        raise BadXml("the root is not <xml>")
    return {child.tag: (child.text or "").strip() for child in root}


def cdata(text: str) -> str:
    """A CDATA section (or two) with exactly this text, less what XML cannot carry."""
    return "<![CDATA[" + _ILLEGAL.sub("", text).replace("]]>", "]]]]><![CDATA[>") + "]]>"


def text_reply(*, to: str, sender: str, created: int, text: str) -> str:
    """A passive text reply: the answer to a callback that the customer sees. ``created`` in epoch seconds."""
    return (
        f"<xml><ToUserName>{cdata(to)}</ToUserName><FromUserName>{cdata(sender)}</FromUserName>"
        f"<CreateTime>{created}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
        f"<Content>{cdata(text)}</Content></xml>"
    )


def envelope(*, sealed: str, signature: str, timestamp: str, nonce: str) -> str:
    """A sealed reply."""
    return (
        f"<xml><Encrypt>{cdata(sealed)}</Encrypt><MsgSignature>{cdata(signature)}</MsgSignature>"
        f"<TimeStamp>{int(timestamp)}</TimeStamp><Nonce>{cdata(nonce)}</Nonce></xml>"
    )
