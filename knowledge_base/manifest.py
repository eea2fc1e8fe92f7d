"""Sizes and digests of a folder's files, so that a damaged model or index is noticed before use."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

MANIFEST_NAME = "manifest.json"
_CHUNK = 1 << 20


def sha256_of(path: Path) -> str:
    """Hex SHA-256 of a file, read in pieces of 1 MiB."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def describe_files(folder: Path) -> dict[str, dict[str, Any]]:
    """`{relative path: {"size": bytes, "sha256": hex}}` of every file below `folder` but the manifest."""
    return {
        path.relative_to(folder).as_posix(): {"size": path.stat().st_size, "sha256": sha256_of(path)}
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != MANIFEST_NAME
    }


def write_json(path: Path, data: Mapping[str, Any] | list[Any]) -> None:
    """Write UTF-8 JSON so that a reader sees the old file or the new one, never half of it."""
    scratch = path.with_name(path.name + ".part")
    with scratch.open("w", encoding="utf-8") as stream:
        json.dump(data, stream, ensure_ascii=False, indent=2)
        stream.write("\n")
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(scratch, path)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or stays as it was; raises OSError, and leaves nothing half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with scratch.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(scratch, path)
    finally:
        scratch.unlink(missing_ok=True)


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """The folder's manifest, or None when it is absent or is not a JSON object."""
    try:
        data = json.loads((folder / MANIFEST_NAME).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return data if isinstance(data, dict) else None


def first_damage(folder: Path, manifest: Mapping[str, Any], *, digests: bool) -> str | None:
    """Name the first file that differs from the manifest, with the difference; None when all agree.

    Sizes cost nothing and are always compared; `digests=True` also reads every file.
    """
    files = manifest.get("files")
    if not isinstance(files, dict) or not files:
        return f"{folder / MANIFEST_NAME} lists no files"
    for name, facts in files.items():
        path = folder / name
        if not path.is_file():
            return f"{path} is missing"
        size = path.stat().st_size
        if size != facts["size"]:
            return f"{path} has {size:,} bytes instead of {facts['size']:,}"
        if digests and sha256_of(path) != facts["sha256"]:
            return f"{path} does not have the expected content (SHA-256 differs)"
    return None
