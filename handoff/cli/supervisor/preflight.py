"""What must be there before anything is started; every missing thing is named at once, with its remedy."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from handoff.cli.errors import NotReadyToRun
from handoff.cli.supervisor.services import absolute, is_local, rasa_models
from handoff.settings import Settings
from knowledge_base.errors import KnowledgeBaseError
from knowledge_base.manifest import first_damage, read_manifest

SETUP = "make setup"
BUILD = "baton faq build"


@dataclass(frozen=True)
class Missing:
    """One thing that is not there, and the command that makes it."""

    what: str
    command: str = SETUP


def require_everything(settings: Settings, root: Path) -> None:
    """Raise `NotReadyToRun` listing all that is missing."""
    missing = list(find_missing(settings, root))
    if not missing:
        return
    commands = list(dict.fromkeys(item.command for item in missing))
    raise NotReadyToRun(
        "Baton cannot start yet:\n" + "\n".join(f"  - {item.what}" for item in missing),
        remedy=f"Run {' and then '.join(f'`{command}`' for command in commands)}; "
        "`baton doctor` shows everything that is checked.",
    )


def find_missing(settings: Settings, root: Path) -> Iterator[Missing]:
    """Yields in the order in which set-up makes them."""
    if any(map(is_local, settings.rasa_urls)):
        yield from _rasa_parts(settings, root)
    if is_local(settings.actions_url):
        yield from _action_parts(settings, root)


def _rasa_parts(settings: Settings, root: Path) -> Iterator[Missing]:
    python = absolute(settings.rasa_python, root)
    if not os.access(python, os.X_OK):
        yield Missing(f"Rasa's Python 3.10 environment is not at {python} (BATON_RASA_PYTHON).")
    for name in ("bot/endpoints.yml", "bot/credentials.yml"):
        if not (root / name).is_file():
            yield Missing(f"{root / name} is missing.", f"git checkout -- {name}")
    if not any(rasa_models(settings, root).glob("*.tar.gz")):
        yield Missing(f"No trained dialogue model in {rasa_models(settings, root)}.")


def _action_parts(settings: Settings, root: Path) -> Iterator[Missing]:
    if not settings.embedder:
        folder = absolute(Path(settings.embedder_path), root)
        if folder.is_dir():
            yield from _damaged(folder, "encoder", f"rm -r {folder} && {SETUP}")
        else:
            yield Missing(f"The default encoder is not in {folder}.")
    yield from _index(absolute(settings.data_dir, root) / "index")


def _index(folder: Path) -> Iterator[Missing]:
    from knowledge_base.index import current_version  # brings numpy and faiss

    try:
        yield from _damaged(current_version(folder), "FAQ index", BUILD)
    except KnowledgeBaseError as error:
        yield Missing(f"The FAQ index cannot be used: {error.message}.", BUILD)


def _damaged(folder: Path, name: str, command: str) -> Iterator[Missing]:
    """Compares with the folder's own manifest: sizes only, as `baton doctor` reads the whole files."""
    manifest = read_manifest(folder)
    damage = first_damage(folder, manifest, digests=False) if manifest else f"{folder} has no manifest"
    if damage:
        yield Missing(f"The {name} is damaged: {damage}.", command)
