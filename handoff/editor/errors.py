"""Named errors of the editor's desk: a file, an entry or the folder is not as it should be."""

from __future__ import annotations

from typing import Any

from handoff.errors import BatonError, InvalidRequest, NotFound, StorageUnavailable


class EditConflict(BatonError):
    """The file has been changed since it was opened; nothing was written."""

    code = "edit_conflict"
    http_status = 409


class BadFaqPath(InvalidRequest):
    """This is not a file of entries (or of questions not answered) inside the FAQ folder."""

    code = "bad_faq_path"


class FaqRefused(InvalidRequest):
    """The entry has mistakes that must be mended before it can be saved."""

    code = "faq_refused"

    def __init__(self, findings: list[dict[str, Any]]) -> None:
        super().__init__(findings=findings)


class FaqUnreadable(InvalidRequest):
    """The FAQ folder cannot be indexed with this change."""

    code = "faq_unreadable"


class NothingToRefuse(InvalidRequest):
    """None of the wordings can be written down: they have no words, or may name a customer."""

    code = "nothing_to_refuse"


class FaqFolderUnusable(BatonError):
    """The FAQ folder cannot be read; ``path`` names it, ``reason`` is what the system says."""

    code = "faq_folder_unusable"
    http_status = 503
    remedy = "Give the gateway the right to read the folder, and see that its disk is there and sound."


class FaqFolderGone(FaqFolderUnusable):
    """There is no FAQ folder at ``path``."""

    code = "faq_folder_gone"
    remedy = "Set BATON_FAQ_DIR to the folder of the FAQ files, or put the folder back."


class FaqFolderNoFolder(FaqFolderUnusable):
    """What stands at the FAQ folder's ``path`` is a file."""

    code = "faq_folder_no_folder"
    remedy = "Set BATON_FAQ_DIR to a folder."


class FaqFolderDenied(FaqFolderUnusable):
    """The gateway has no right to read the FAQ folder ``path``."""

    code = "faq_folder_denied"
    remedy = "Give the account that Baton runs under the right to read the folder."


class FaqFileUnusable(StorageUnavailable):
    """A FAQ file cannot be read or written; ``path`` names it, ``reason`` is what the system says."""

    code = "faq_file_unusable"
    remedy = "Give the gateway the right to write the FAQ folder (BATON_FAQ_DIR), and free space."


class UnknownEntry(NotFound):
    """There is no such entry in the FAQ folder."""

    code = "unknown_entry"
