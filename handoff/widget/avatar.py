"""The picture of the assistant: drawn anew as a small square, so that only its pixels are kept."""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import warnings

from PIL import Image, ImageOps, UnidentifiedImageError

from handoff.errors import AttachmentDamaged, AttachmentTooLarge

EDGE = 96
MAX_BYTES = 200 * 1024
MAX_PIXELS = 20_000_000


def redrawn(encoded: str) -> str:
    """Base64 (or a ``data:`` address) of PNG, JPEG, WebP or GIF becomes base64 of a square WebP; empty stays empty.

    `AttachmentTooLarge` and `AttachmentDamaged` say why a picture cannot be used.
    """
    if not encoded:
        return ""
    try:
        content = base64.b64decode(encoded.rpartition(",")[2], validate=True)
    except binascii.Error as error:
        raise AttachmentDamaged("The picture is not base64.") from error
    if len(content) > MAX_BYTES:
        raise AttachmentTooLarge("The picture is too large.", limit=f"{MAX_BYTES // 1024} KB")
    return base64.b64encode(_square(content)).decode()


def name_of(encoded: str) -> str:
    """A name that changes with the pixels, so browsers may keep the picture for ever."""
    return hashlib.sha256(encoded.encode()).hexdigest()[:16]


def _square(content: bytes) -> bytes:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=["PNG", "JPEG", "WEBP", "GIF"]) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise AttachmentTooLarge("The picture has too many pixels.", limit=f"{MAX_PIXELS // 1_000_000} MP")
                still = ImageOps.exif_transpose(image).convert("RGBA")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError) as error:
        raise AttachmentDamaged(f"The picture cannot be read: {error}.") from error
    target = io.BytesIO()
    ImageOps.fit(still, (EDGE, EDGE), Image.Resampling.LANCZOS).save(target, "WEBP", quality=85)
    return target.getvalue()
