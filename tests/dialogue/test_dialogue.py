"""Runs the dialogues of `test_stories.yml` through `rasa test` with the trained model."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.support.dialogue import MODELS, RASA_PYTHON, ROOT, RasaStack, train_if_needed

pytestmark = [pytest.mark.rasa, pytest.mark.timeout(600)]
STORIES = ROOT / "tests/dialogue/test_stories.yml"


def test_every_dialogue_goes_as_written(tmp_path: Path) -> None:
    train_if_needed()
    (tmp_path / "rasa").mkdir()
    environment = RasaStack("http://127.0.0.1:9", "http://127.0.0.1:9", tmp_path).environment()
    command = [
        *(str(RASA_PYTHON), "-m", "rasa", "test", "core", "--e2e", "--fail-on-prediction-errors"),
        *("--stories", str(STORIES), "-m", str(MODELS), "--out", str(tmp_path / "results")),
        *("--endpoints", str(ROOT / "bot/endpoints.yml")),
    ]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    report = json.loads((tmp_path / "results/story_report.json").read_text(encoding="utf-8"))
    written = STORIES.read_text(encoding="utf-8").count("\n  - story:")
    assert report["conversation_accuracy"] == {
        "accuracy": 1.0,
        "correct": written,
        "with_warnings": 0,
        "total": written,
    }
