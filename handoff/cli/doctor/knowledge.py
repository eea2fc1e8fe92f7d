"""Checks of the encoder, the FAQ files, the index and the mood model."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from handoff.cli.doctor.check import Finding, Site, Status, fail, ok, warn
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
    """Whole, made with the encoder that is set, and younger than the FAQ files."""
    name = "FAQ index"
    folder = absolute(site.settings.data_dir, site.root) / "index"
    build = "Run `baton faq build`."
    if not folder.is_dir():
        return fail(name, f"not in {folder}", build)
    found = _compared(name, folder, build)
    if found.status is not Status.OK:
        return found
    return found


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


def _compared(name: str, folder: Path, remedy: str) -> Finding:
    manifest = read_manifest(folder)
    if manifest is None:
        return fail(name, f"{folder} has no readable manifest", remedy)
    if damage := first_damage(folder, manifest, digests=True):
        return fail(name, damage, remedy)
    return ok(name, f"{folder}, {len(manifest['files'])} files as their digests say")
