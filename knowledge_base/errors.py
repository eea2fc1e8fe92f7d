"""Errors of the knowledge base: each says what is wrong, where, and how to mend it."""

from __future__ import annotations

from pathlib import Path


class KnowledgeBaseError(Exception):
    """Base of all errors a caller may show to a person as they are.

    `message` says what is wrong and where; `remedy` says what to do about it.
    """

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message}\n  remedy: {self.remedy}" if self.remedy else self.message


class FaqError(KnowledgeBaseError):
    """A FAQ file that cannot be read as entries: path, 1-based line, the line itself, message, remedy."""

    def __init__(self, path: Path | str, line: int, message: str, remedy: str = "", source: str = "") -> None:
        super().__init__(message, remedy)
        self.path = str(path)
        self.line = line
        self.source = source

    def __str__(self) -> str:
        shown = f"\n  | {self.source.strip()[:160]}" if self.source.strip() else ""
        remedy = f"\n  remedy: {self.remedy}" if self.remedy else ""
        return f"{self.path}:{self.line}: {self.message}{shown}{remedy}"


class FaqFolderMissing(KnowledgeBaseError):
    """The folder of FAQ files does not exist or holds no entry that can be shown."""


class FaqFolderUnreadable(KnowledgeBaseError):
    """What stands in place of the FAQ folder cannot be read: no folder, no right to it, or a disk that fails."""


class ModelMissing(KnowledgeBaseError):
    """The embedder named in the settings is not on this machine."""


class ModelDamaged(KnowledgeBaseError):
    """A file of the prepared model is missing, cut short or changed."""


class ModelSourceUnusable(KnowledgeBaseError):
    """The wheel the default model is unpacked from is absent or has another format."""


class ModelUnfaithful(KnowledgeBaseError):
    """The unpacked model does not give the vectors of the engine it came from."""


class AdapterUnusable(KnowledgeBaseError):
    """The encoder's adapter is missing, damaged or made for another encoder."""


class TrainingTextUnusable(KnowledgeBaseError):
    """A file that the encoder's adapter learns from is absent or not what it should be."""


class IndexMissing(KnowledgeBaseError):
    """There is no index in the folder."""


class IndexDamaged(KnowledgeBaseError):
    """A file of the index is missing, cut short or changed."""


class IndexForeign(KnowledgeBaseError):
    """The index was built with another embedding model or another format."""


class CalibrationDamaged(KnowledgeBaseError):
    """The file of calibration coefficients cannot be used."""


class ImportRefused(KnowledgeBaseError):
    """A table offered for import cannot be turned into entries."""


class ExportRefused(KnowledgeBaseError):
    """Entries cannot be written as the table that was asked for."""


class CasesUnreadable(KnowledgeBaseError):
    """A file of evaluation cases cannot be read."""


class FollowingDamaged(KnowledgeBaseError):
    """The file of learnt follow-up questions cannot be used."""
