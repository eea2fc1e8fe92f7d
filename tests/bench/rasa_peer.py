"""Starts `response_selector` in Rasa's environment, with a limit of time; says clearly when there is no figure."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from knowledge_base.models import Entry

PYTHON = Path(os.environ.get("BATON_RASA_PYTHON", ".venv-rasa/bin/python"))
SCRIPT = Path(__file__).with_name("response_selector.py")
EPOCHS = 100


class PeerAbsent(Exception):
    """There is no figure of the peer; the message says why."""


def response_selector(
    entries: Sequence[Entry], asked: Sequence[str], lang: str, limit_s: float, epochs: int = EPOCHS
) -> list[list[str]]:
    """Ids of the best three entries for each question; raises PeerAbsent."""
    if not PYTHON.is_file():
        raise PeerAbsent(f"no Rasa at {PYTHON}: make setup, or name it in BATON_RASA_PYTHON")
    listed = [{"id": entry.id, "texts": list(entry.wordings)} for entry in entries]
    task = {"lang": lang, "entries": listed, "asked": list(asked), "epochs": epochs}
    quiet = {"RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    with tempfile.TemporaryDirectory() as scratch:
        given, answered = Path(scratch, "task.json"), Path(scratch, "found.json")
        given.write_text(json.dumps(task, ensure_ascii=False), "utf-8")
        try:
            ended = subprocess.run(
                [str(PYTHON), str(SCRIPT), str(given), str(answered)],
                env=os.environ | quiet,
                capture_output=True,
                text=True,
                timeout=limit_s,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise PeerAbsent(f"not trained and asked within {limit_s:.0f} s") from error
        if ended.returncode or not answered.is_file():
            last = (ended.stderr.strip().splitlines() or ["no message"])[-1]
            raise PeerAbsent(f"Rasa ended with {ended.returncode}: {last}")
        found: list[list[str]] = json.loads(answered.read_text("utf-8"))
    return found
