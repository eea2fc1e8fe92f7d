"""One built index on disk: entries, vectors, term table and a manifest that names their model."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from knowledge_base.embedding import Embedder
from knowledge_base.errors import IndexDamaged, IndexForeign, IndexMissing
from knowledge_base.lexical import TermTable
from knowledge_base.manifest import MANIFEST_NAME, describe_files, first_damage, read_manifest, write_json
from knowledge_base.models import Entry
from knowledge_base.vectors import FaissIndex

FORMAT = 6
POINTER = "current"
_ENTRIES, _VECTORS, _FAISS, _TERMS = "entries.jsonl", "vectors.npy", "vectors.faiss", "terms.npz"
_ELSEWHERE, _PRECISION, _REFUSED = "elsewhere.npy", "precision.npy", "refused.json"
_REBUILD = "run: baton faq build"

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Scale:
    """How similar unrelated texts look to a model: mean and spread of their cosines."""

    mean: float
    spread: float


@dataclass(frozen=True)
class Scales:
    """One scale for two Chinese texts, one for two English ones, one for one of each."""

    zh: Scale
    en: Scale
    mixed: Scale

    def of(self, lang: str) -> Scale:
        """The scale between a query and an entry that both are in `lang`."""
        return self.en if lang == "en" else self.zh


@dataclass(frozen=True)
class IndexData:
    """Entries; one vector for each of their wordings, in order; one row of terms for each entry.

    Of each vector the first `meaning` numbers are the encoder's last layer, what follows is its middle one
    (`knowledge_base.layers`). `faiss` knows the former alone.

    `elsewhere` holds vectors (m, d) of texts that no entry answers, last those that the editor has `refused`;
    `precision` (d, d) how wordings of one entry vary.
    `later` holds vectors of wordings that are not in `faiss` yet, behind the others (see `knowledge_base.overlay`).
    """

    entries: tuple[Entry, ...]
    vectors: Floats
    faiss: FaissIndex
    table: TermTable
    elsewhere: Floats
    precision: Floats
    scales: Scales
    model: str
    content_hash: str
    elsewhere_hash: str
    meaning: int
    refused: tuple[str, ...] = ()
    later: Floats | None = None

    @property
    def dimension(self) -> int:
        """Length of the vectors, both layers together."""
        return int(self.vectors.shape[1])

    def take(self, rows: npt.NDArray[np.int64]) -> Floats:
        """Vectors of the given rows, shape (len(rows), d)."""
        if self.later is None:
            return self.vectors[rows]
        base = len(self.vectors)
        taken = np.empty((len(rows), self.vectors.shape[1]), np.float32)
        old = rows < base
        taken[old] = self.vectors[rows[old]]
        taken[~old] = self.later[rows[~old] - base]
        return taken

    @property
    def owners(self) -> npt.NDArray[np.int64]:
        """For each row, the position of its entry in `entries`."""
        return np.repeat(np.arange(len(self.entries)), [len(entry.wordings) for entry in self.entries])

    @property
    def texts(self) -> list[str]:
        """The texts of the vectors, row by row."""
        return [text for entry in self.entries for text in entry.wordings]

    @property
    def documents(self) -> list[str]:
        """The texts of the lexical index, one for each entry."""
        return [lexical_document(entry) for entry in self.entries]


def lexical_document(entry: Entry) -> str:
    """All words of an entry: its wordings complete each other, and the answer names what they leave out."""
    return "\n".join([*entry.wordings, *entry.tags, entry.answer])


def save_index(data: IndexData, index_dir: Path) -> Path:
    """Write `data` as a new version beside the old ones and point to it; readers never see a half of it."""
    index_dir.mkdir(parents=True, exist_ok=True)
    number = 1 + max((_number(path) for path in index_dir.glob("v[0-9]*")), default=0)
    version = index_dir / f"v{number:06d}"
    scratch = index_dir / f".{version.name}.{os.getpid()}.part"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    try:
        _write_files(data, scratch)
        os.replace(scratch, version)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    _point_to(index_dir, version.name)
    _forget_old(index_dir, keep=version)
    return version


def load_index(index_dir: Path, embedder: Embedder | None) -> IndexData:
    """Open the current version. `embedder=None` skips the check of the model.

    Raises IndexMissing, IndexDamaged (a file is gone, cut short or changed) or IndexForeign (other model).
    """
    folder = current_version(index_dir)
    manifest = read_manifest(folder)
    if manifest is None:
        raise IndexDamaged(f"the index {folder} has no readable {MANIFEST_NAME}", _REBUILD)
    if manifest.get("format") != FORMAT:
        raise IndexForeign(f"the index {folder} has format {manifest.get('format')}, not {FORMAT}", _REBUILD)
    model = str(manifest.get("model"))
    if embedder is not None and (model, manifest.get("dimension")) != (embedder.name, embedder.dimension):
        raise IndexForeign(
            f"the index {folder} belongs to the model {model!r} ({manifest.get('dimension')} dimensions), "
            f"but the model in use is {embedder.name!r} ({embedder.dimension} dimensions)",
            f"{_REBUILD}; or set BATON_EMBEDDER to the model of the index",
        )
    damage = first_damage(folder, manifest, digests=True)
    if damage:
        raise IndexDamaged(f"the index is damaged: {damage}", _REBUILD)
    try:
        return _read_files(folder, manifest)
    except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise IndexDamaged(f"the index {folder} cannot be read: {error}", _REBUILD) from error


def current_version(index_dir: Path) -> Path:
    """The folder the pointer names; raises IndexMissing or IndexDamaged."""
    try:
        name = (index_dir / POINTER).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise IndexMissing(f"there is no index in {index_dir}", _REBUILD) from error
    folder = index_dir / name
    if not name or Path(name).name != name or not folder.is_dir():
        raise IndexDamaged(f"{index_dir / POINTER} names {name!r}, which is not there", _REBUILD)
    return folder


def _write_files(data: IndexData, folder: Path) -> None:
    with (folder / _ENTRIES).open("w", encoding="utf-8") as stream:
        for entry in data.entries:
            stream.write(json.dumps(entry.to_dict(), ensure_ascii=False) + "\n")
    np.save(folder / _VECTORS, data.vectors)
    data.faiss.save(folder / _FAISS)
    data.table.save(folder / _TERMS)
    np.save(folder / _ELSEWHERE, data.elsewhere)
    np.save(folder / _PRECISION, data.precision)
    write_json(folder / _REFUSED, list(data.refused))
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "model": data.model,
        "dimension": data.dimension,
        "meaning": data.meaning,
        "content_hash": data.content_hash,
        "elsewhere_hash": data.elsewhere_hash,
        "entries": len(data.entries),
        "texts": len(data.vectors),
        "scales": asdict(data.scales),
        "files": describe_files(folder),
    }
    write_json(folder / MANIFEST_NAME, manifest)


def _read_files(folder: Path, manifest: dict[str, Any]) -> IndexData:
    with (folder / _ENTRIES).open(encoding="utf-8") as stream:
        entries = tuple(Entry.from_dict(json.loads(line)) for line in stream)
    data = IndexData(
        entries=entries,
        vectors=np.load(folder / _VECTORS, mmap_mode="r", allow_pickle=False),
        faiss=FaissIndex.load(folder / _FAISS),
        table=TermTable.load(folder / _TERMS),
        elsewhere=np.load(folder / _ELSEWHERE, allow_pickle=False),
        precision=np.load(folder / _PRECISION, allow_pickle=False),
        scales=Scales(**{key: Scale(**value) for key, value in manifest["scales"].items()}),
        model=str(manifest["model"]),
        content_hash=str(manifest["content_hash"]),
        elsewhere_hash=str(manifest["elsewhere_hash"]),
        meaning=int(manifest["meaning"]),
        refused=tuple(json.loads((folder / _REFUSED).read_text("utf-8"))),
    )
    if len({len(data.vectors), len(data.faiss), len(data.owners)}) != 1 or len(data.table) != len(entries):
        raise ValueError("its parts have different numbers of rows")
    return data


def _point_to(index_dir: Path, name: str) -> None:
    scratch = index_dir / f".{POINTER}.{os.getpid()}.part"
    scratch.write_text(name + "\n", "utf-8")
    os.replace(scratch, index_dir / POINTER)


def _forget_old(index_dir: Path, keep: Path) -> None:
    """Drop all but the new version and the one before, which a running process may still be opening."""
    versions: Sequence[Path] = sorted(index_dir.glob("v[0-9]*"), key=_number)
    for old in versions[:-2]:
        if old != keep:
            shutil.rmtree(old, ignore_errors=True)


def _number(path: Path) -> int:
    digits = path.name[1:]
    return int(digits) if digits.isdecimal() else 0
