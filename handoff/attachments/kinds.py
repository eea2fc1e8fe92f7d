"""Says what an uploaded file is by looking into it; what its name or its sender claims counts for nothing."""

from __future__ import annotations

import re
import unicodedata
import zipfile
from dataclasses import dataclass
from pathlib import Path

import puremagic

from handoff.errors import AttachmentRefused

HEAD = 64 * 1024
MAX_NAME = 120


@dataclass(frozen=True)
class Kind:
    """A type of file we take: what it is served as, the endings its name may have, and Pillow's name of images."""

    media_type: str
    endings: tuple[str, ...]
    image: str | None = None


KINDS = (
    Kind("image/jpeg", (".jpg", ".jpeg", ".jfif"), "JPEG"),
    Kind("image/png", (".png",), "PNG"),
    Kind("image/gif", (".gif",), "GIF"),
    Kind("image/webp", (".webp",), "WEBP"),
    Kind("application/pdf", (".pdf",)),
    Kind("application/vnd.openxmlformats-officedocument.wordprocessingml.document", (".docx",)),
    Kind("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", (".xlsx",)),
    Kind("application/vnd.openxmlformats-officedocument.presentationml.presentation", (".pptx",)),
    Kind("audio/mpeg", (".mp3",)),
    Kind("audio/amr", (".amr",)),
    Kind("video/mp4", (".mp4", ".m4v", ".m4a")),
    Kind("video/quicktime", (".mov",)),
    Kind("video/webm", (".webm",)),
)
TEXT = Kind("text/plain; charset=utf-8", (".txt", ".csv", ".log", ".md"))
_BY_ENDING = {ending: kind for kind in KINDS for ending in kind.endings}
_OFFICE = {"word/": _BY_ENDING[".docx"], "xl/": _BY_ENDING[".xlsx"], "ppt/": _BY_ENDING[".pptx"]}
_MACROS = re.compile(r"vbaproject\.bin$|/activex/|\.exe$")
# A file that begins like one of these is no plain text, whatever it goes on with.
_MARKUP = re.compile(rb"^(?:\xef\xbb\xbf)?\s*<(?:!|\?|[a-z])", re.IGNORECASE)
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")


def kind_of(path: Path) -> Kind:
    """The kind of the file at ``path``; `AttachmentRefused` when it is none that we take."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head:
        raise AttachmentRefused("The file is empty.")
    try:
        found = puremagic.from_file(str(path)).lower()
    except (puremagic.PureError, ValueError, OSError):
        found = ""
    # Every Office document begins like any zip archive: what lies in it decides.
    kind = _office(path) if head.startswith(b"PK") else _BY_ENDING.get(found)
    if kind is not None:
        return kind
    if _is_text(head):
        return TEXT
    raise AttachmentRefused(f"A file of this type ({found or 'unknown'}) is not taken.")


def safe_name(name: str, kind: Kind) -> str:
    """A name to show and to save under: no path, no control or direction marks, an ending that fits ``kind``."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    visible = "".join(char for char in last if unicodedata.category(char)[0] != "C" and char not in '<>:"|?*')
    stem, dot, ending = visible.strip(" .").rpartition(".")
    if dot and f".{ending.lower()}" in kind.endings:
        return f"{stem[: MAX_NAME - 8] or 'file'}.{ending.lower()}"
    return f"{visible.strip(' .')[: MAX_NAME - 8] or 'file'}{kind.endings[0]}"


def _office(path: Path) -> Kind | None:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, OSError):
        return None
    if "[Content_Types].xml" not in names or any(_MACROS.search(name.lower()) for name in names):
        return None  # an archive of other things, or a document with macros
    return next((kind for folder, kind in _OFFICE.items() if any(name.startswith(folder) for name in names)), None)


def _is_text(head: bytes) -> bool:
    if _CONTROL.search(head) or _MARKUP.match(head):
        return False
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        # The last character may be cut in two at the end of what was read.
        return len(head) == HEAD and error.start >= HEAD - 3
    return True
