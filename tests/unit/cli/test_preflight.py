"""Everything that is missing is named before a process starts, each with the command that makes it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from handoff.cli.errors import NotReadyToRun
from handoff.cli.supervisor.preflight import find_missing, require_everything
from handoff.settings import Settings, load_settings
from knowledge_base.build import build_index
from knowledge_base.embedding import load_embedder
from knowledge_base.manifest import describe_files, write_json

PROJECT = Path(__file__).parents[3]


@pytest.fixture
def complete(clean_env: Path) -> Settings:
    """An installation with every part, small ones."""
    encoder = clean_env / "models" / "e5-small"
    encoder.mkdir(parents=True)
    (encoder / "model.onnx").write_bytes(b"weights" * 100)
    write_json(encoder / "manifest.json", {"files": describe_files(encoder)})
    faq = clean_env / "faq"
    faq.mkdir()
    source = next((PROJECT / "knowledge_base" / "faq").rglob("*.md"))
    (faq / "zh").mkdir()
    (faq / "zh" / source.name).write_bytes(source.read_bytes())
    build_index(faq, clean_env / "index", load_embedder("hashing"))
    (clean_env / "rasa" / "models").mkdir(parents=True)
    (clean_env / "rasa" / "models" / "baton-1.tar.gz").write_bytes(b"x")
    return load_settings().model_copy(update={"rasa_python": Path(sys.executable)})


def missing(settings: Settings) -> list[str]:
    return [f"{item.what} -> {item.command}" for item in find_missing(settings, PROJECT)]


def test_nothing_is_missing_from_a_complete_installation(complete: Settings) -> None:
    assert missing(complete) == []
    require_everything(complete, PROJECT)


def test_a_cut_encoder_is_found_by_its_size(complete: Settings) -> None:
    (complete.data_dir / "models" / "e5-small" / "model.onnx").write_bytes(b"w")
    (found,) = missing(complete)
    assert "encoder is damaged" in found and "model.onnx" in found and "make setup" in found


def test_a_cut_index_is_found_by_its_size(complete: Settings) -> None:
    vectors = next((complete.data_dir / "index").rglob("*.npy"))
    vectors.write_bytes(vectors.read_bytes()[:-7])
    (found,) = missing(complete)
    assert "FAQ index" in found and vectors.name in found and "baton faq build" in found


def test_an_encoder_of_the_operators_choice_needs_no_prepared_one(complete: Settings) -> None:
    (complete.data_dir / "models" / "e5-small" / "model.onnx").unlink()
    assert missing(complete.model_copy(update={"embedder": "hashing"})) == []


def test_parts_of_servers_elsewhere_are_not_needed_here(clean_env: Path) -> None:
    far = {"rasa_url": "http://far.example:5005", "actions_url": "http://far.example:5055"}
    assert missing(load_settings().model_copy(update=far)) == []


def test_all_is_said_at_once_with_each_command_once(clean_env: Path) -> None:
    settings = load_settings().model_copy(update={"rasa_python": Path("no/python")})
    with pytest.raises(NotReadyToRun) as caught:
        require_everything(settings, PROJECT)
    assert caught.value.message.count("\n  - ") == 4
    assert caught.value.remedy.count("`make setup`") == 1
