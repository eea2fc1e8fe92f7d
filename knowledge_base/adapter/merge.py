"""Merges the project's adapter into the unpacked encoder at set-up, so that nothing of it is left to do in a turn."""

from __future__ import annotations

from pathlib import Path

from knowledge_base.errors import AdapterUnusable
from knowledge_base.manifest import sha256_of

WEIGHTS = Path(__file__).with_name("weights")
_FILES = ("adapter_config.json", "adapter_model.safetensors")
_REMEDY = (
    "restore knowledge_base/adapter/weights from the repository, train the adapter again "
    "(python -m knowledge_base.adapter.train), or leave it out: python -m knowledge_base.prepare --no-adapter; "
    "mood and needs are then to be trained anew: python -m actions.mood.train; python -m actions.needs.train"
)


def adapter_digests(adapter: Path = WEIGHTS) -> dict[str, str]:
    """SHA-256 of the adapter's files, by name: an encoder of another adapter is another encoder.

    Raises AdapterUnusable when one is absent.
    """
    absent = next((name for name in _FILES if not (adapter / name).is_file()), None)
    if absent is not None:
        raise AdapterUnusable(f"the encoder's adapter has no file {adapter / absent}", _REMEDY)
    return {name: sha256_of(adapter / name) for name in _FILES}


def merge_adapter(folder: Path, adapter: Path = WEIGHTS) -> None:
    """Add the adapter's corrections to the weights of the checkpoint in `folder`; raises AdapterUnusable."""
    from peft import PeftModel
    from transformers import AutoModel

    try:
        merged = PeftModel.from_pretrained(AutoModel.from_pretrained(folder), adapter).merge_and_unload()
    except Exception as error:  # damaged files raise whatever the library that reads them raises
        raise AdapterUnusable(f"the encoder's adapter in {adapter} cannot be merged: {error}", _REMEDY) from error
    merged.save_pretrained(folder)
