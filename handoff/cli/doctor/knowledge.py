"""Checks of the encoder, the FAQ files, the index and the mood model."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

from handoff.cli.doctor.check import Finding, Site, fail, ok, warn
from handoff.cli.supervisor.services import absolute
from knowledge_base.manifest import first_damage, read_manifest


def check_encoder(site: Site) -> Finding:
    """Reads every file of the prepared model and compares its digest."""
    name = "encoder"
    given = site.settings.embedder_path
    folder = absolute(Path(given), site.root)
    if not folder.is_dir():
        if site.settings.embedder:
            return warn(name, f"{given} is not a folder here", "It is looked for on the hub at the start.")
        return fail(name, f"not in {folder}", "Run `make setup`, which prepares it.")
    return _compared(name, folder, f"Run `rm -r {folder}` and `make setup`.")


def check_faq_files(site: Site) -> Finding:
    """Parses every FAQ file; counts errors and names the first."""
    from knowledge_base.markdown import faq_files, load_entries, parse_file

    name = "FAQ files"
    folder = absolute(site.settings.faq_dir, site.root)
    parsed = [parse_file(path, folder) for path in faq_files(folder)]
    errors = [error for file in parsed for error in file.errors]
    if errors:
        first = errors[0]
        detail = f"{len(errors)} errors, the first in {first.path}:{first.line}: {first.message}"
        return fail(name, detail, "`baton faq lint` lists them all.")
    entries = load_entries(folder)  # raises what only shows across files, such as an id used twice
    counts = ", ".join(f"{n} {lang}" for lang, n in sorted(Counter(str(e.lang) for e in entries).items()))
    if warnings := sum(len(file.warnings) for file in parsed):
        return warn(name, f"{len(entries)} entries ({counts}), {warnings} warnings", "`baton faq lint` lists them.")
    return ok(name, f"{len(entries)} entries ({counts})")


def check_faq_index(site: Site) -> Finding:
    """Loads encoder and index: whole, made for each other, and made from the FAQ files as they are."""
    from knowledge_base.build import content_hash
    from knowledge_base.index import load_index
    from knowledge_base.layers import load_search_embedder
    from knowledge_base.markdown import load_entries

    name = "FAQ index"
    embedder = load_search_embedder(_embedder_path(site))
    index = load_index(absolute(site.settings.data_dir, site.root) / "index", embedder)
    today = date.today()
    live = [e for e in load_entries(absolute(site.settings.faq_dir, site.root)) if e.is_live(today)]
    detail = f"{len(index.entries)} entries, made with {index.model}"
    if content_hash(live, embedder.name) != index.content_hash:
        return warn(name, f"{detail}; the FAQ files have changed since", "Run `baton faq build`.")
    return ok(name, detail)


def check_mood_model(site: Site) -> Finding:
    """The trained head that reads the mood."""
    name = "mood model"
    folder = site.root / "actions" / "mood"
    heads = sorted(path for kind in ("*.npz", "*.safetensors", "*.onnx") for path in folder.rglob(kind))
    if not heads:
        return fail(name, f"no trained head in {folder}", "Run `git checkout -- actions/mood`, then `make setup`.")
    empty = [path.name for path in heads if path.stat().st_size < 1024]
    if empty:
        return fail(name, f"cut short: {', '.join(empty)}", "Run `git checkout -- actions/mood`.")
    return ok(name, ", ".join(f"{path.name} ({path.stat().st_size / 1e6:.1f} MB)" for path in heads))


def _embedder_path(site: Site) -> str:
    """A folder when there is one, else the name as it was given."""
    given = site.settings.embedder_path
    folder = absolute(Path(given), site.root)
    return str(folder) if folder.is_dir() or not site.settings.embedder else given


def _compared(name: str, folder: Path, remedy: str) -> Finding:
    manifest = read_manifest(folder)
    if manifest is None:
        return fail(name, f"{folder} has no readable manifest", remedy)
    if damage := first_damage(folder, manifest, digests=True):
        return fail(name, damage, remedy)
    return ok(name, f"{folder}, {len(manifest['files'])} files as their digests say")
