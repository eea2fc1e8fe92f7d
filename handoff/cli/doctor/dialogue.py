"""Checks of the trained dialogue model."""

from __future__ import annotations

import gzip
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from handoff.cli.doctor.check import Finding, Site, fail, ok, warn
from handoff.cli.supervisor.services import rasa_models

_CHUNK = 1 << 20
_TRAIN = "Run `make setup`, which trains it."


def check_dialogue_model(site: Site) -> Finding:
    """Present, whole, and younger than what it was trained from."""
    name = "dialogue model"
    folder = rasa_models(site.settings, site.root)
    model = newest(folder.glob("*.tar.gz"))
    if model is None:
        return fail(name, f"none in {folder}", _TRAIN)
    if damage := archive_damage(model):
        return fail(name, f"{model.name} is damaged: {damage}", f"Delete {model} and run `make setup`.")
    source = newest(training_sources(site.root))
    if source and source.stat().st_mtime > model.stat().st_mtime:
        shown = source.relative_to(site.root)
        return warn(name, f"{model.name} is older than {shown}", "Run `make setup` to train it again.")
    return ok(name, f"{model.name}, {model.stat().st_size / 1e6:.1f} MB")


def newest(paths: Iterator[Path]) -> Path | None:
    """The file that changed last."""
    return max(paths, key=lambda path: path.stat().st_mtime, default=None)


def training_sources(root: Path) -> Iterator[Path]:
    """Files that the dialogue model is trained from."""
    for name in ("config.yml", "domain.yml"):
        if (root / name).is_file():
            yield root / name
    yield from (root / "bot" / "data").rglob("*.yml")


def archive_damage(path: Path) -> str | None:
    """Why the archive cannot be used, or None. It is read to its end: tarfile alone overlooks a cut."""
    try:
        with gzip.open(path) as stream:
            while stream.read(_CHUNK):
                pass
        with tarfile.open(path, "r:gz") as archive:
            if not any("metadata" in name for name in archive.getnames()):
                return "it holds no model"
    except (OSError, EOFError, tarfile.TarError, zlib.error) as error:
        return str(error) or type(error).__name__
    return None
