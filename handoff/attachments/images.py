"""Draws an uploaded image anew, so that nothing but its pixels is kept: no place, no camera, no hidden content."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError

from handoff.attachments.kinds import Kind
from handoff.errors import AttachmentDamaged, AttachmentTooLarge

MAX_PIXELS = 50_000_000
MAX_EDGE = 4096
THUMBNAIL_EDGE = 480
_PLAIN = {"JPEG": ("L", "RGB"), "PNG": ("L", "LA", "P", "RGB", "RGBA"), "WEBP": ("RGB", "RGBA"), "GIF": ("P", "L")}
_PROFILE_LIMIT = 16 * 1024


@dataclass(frozen=True)
class Redrawn:
    """Size in pixels of the image that was written."""

    width: int
    height: int


def redraw(source: Path, target: Path, thumbnail: Path, kind: Kind) -> Redrawn:
    """Write the pixels of ``source`` to ``target`` and a small WebP to ``thumbnail``.

    `AttachmentTooLarge` beyond 50 million pixels, `AttachmentDamaged` when it cannot be read to its end.
    """
    assert kind.image is not None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(source, formats=[kind.image]) as image:
                return _redraw(image, target, thumbnail, kind.image)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError, EOFError) as error:
        raise AttachmentDamaged(f"The image cannot be read: {error}.") from error


def _redraw(image: Image.Image, target: Path, thumbnail: Path, form: str) -> Redrawn:
    frames = int(getattr(image, "n_frames", 1))
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise AttachmentTooLarge(f"The image has {width}x{height} pixels.", limit=f"{MAX_PIXELS // 1_000_000} MP")
    # A moving picture keeps moving unless its frames together are too much.
    if form in ("GIF", "WEBP") and frames > 1 and frames * width * height <= MAX_PIXELS:
        drawn = [frame.convert("RGBA") for frame in ImageSequence.Iterator(image)]
        pauses = [frame.info.get("duration", 100) for frame in ImageSequence.Iterator(image)]
        drawn[0].save(target, form, save_all=True, append_images=drawn[1:], duration=pauses, loop=0, disposal=2)
        still = drawn[0]
    else:
        still = ImageOps.exif_transpose(image)
        still.thumbnail((MAX_EDGE, MAX_EDGE), Image.Resampling.LANCZOS)
        still = still if still.mode in _PLAIN[form] else still.convert("RGBA" if _see_through(still, form) else "RGB")
        profile = still.info.get("icc_profile") or b""
        still.info = {}
        keep = {"icc_profile": profile} if 0 < len(profile) <= _PROFILE_LIMIT else {}
        still.save(target, form, **keep, **({"quality": 88} if form in ("JPEG", "WEBP") else {}))
    size = still.size
    small = still.convert("RGBA" if _see_through(still, "WEBP") else "RGB")
    small.thumbnail((THUMBNAIL_EDGE, THUMBNAIL_EDGE), Image.Resampling.LANCZOS)
    small.info = {}
    small.save(thumbnail, "WEBP", quality=80)
    return Redrawn(*size)


def _see_through(image: Image.Image, form: str) -> bool:
    return form != "JPEG" and (image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info)
