"""Trains the Rasa model when its inputs have changed: `.venv-rasa/bin/python bot/train.py`.

Exit codes: 0 trained or up to date, 2 broken input (one message with file and line), 1 the training itself failed.
The last good model stays in place until a new one is complete.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import logging
import os
import re
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Iterator, List

ROOT = Path(__file__).resolve().parent.parent
KEPT_MODELS = 3


class BadInput(Exception):
    """A training file is broken; the message names file and line."""


def inputs() -> List[Path]:
    """Every file the model depends on, sorted; `BadInput` when a needed one is missing."""
    files = [ROOT / "config.yml", ROOT / "domain.yml"]
    missing = [file.name for file in files if not file.is_file()]
    if missing:
        raise BadInput(f"{', '.join(missing)}: not found in the project folder; restore it from git.")
    files += sorted((ROOT / "bot" / "data").rglob("*.yml"))
    # Rasa's components are part of the model; the channel and its helpers are not.
    return [*files, ROOT / "bot" / "rasa" / "next_step.py"]


def fingerprint(files: List[Path]) -> str:
    """Hash over names and contents of the inputs."""
    digest = hashlib.sha256()
    for file in files:
        if file.is_file():
            digest.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def check_yaml(files: List[Path]) -> None:
    """Raise `BadInput` at the first file that is not YAML."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    for file in files:
        if file.suffix != ".yml":
            continue
        name = file.relative_to(ROOT)
        try:
            YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8"))
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = mark.line + 1 if mark else 1
            raise BadInput(f"{name}:{line}: {error.problem or error.context}. Mend this line and run again.") from error
        except UnicodeDecodeError as error:
            raise BadInput(f"{name}:1: not UTF-8 text ({error.reason}). Save the file as UTF-8.") from error
        except YAMLError as error:
            raise BadInput(f"{name}:1: {error}") from error


def check_steps(files: List[Path]) -> None:
    """Raise `BadInput` at the first step of a rule or story that names an action or intent the domain has not."""
    from rasa.shared.core.domain import Domain

    with _quiet():
        domain = Domain.load(str(ROOT / "domain.yml"))
    known = {"action": set(domain.action_names_or_texts), "intent": {*domain.intents, "nlu_fallback"}}
    for file in files:
        if file.parent.name != "data" or file.suffix != ".yml":
            continue
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            step = re.match(r"\s*- (action|intent): (\w+)", line)
            if step and step[2] not in known[step[1]]:
                where = f"{file.relative_to(ROOT)}:{number}"
                raise BadInput(f"{where}: {step[1]} '{step[2]}' is not in domain.yml. Correct the name or add it.")


def check_project() -> None:
    """Let Rasa read everything and compare domain, rules and NLU data; raise `BadInput` with what it says."""
    from rasa.shared.exceptions import RasaException
    from rasa.shared.importers.importer import TrainingDataImporter
    from rasa.validator import Validator

    said: List[str] = []
    with warnings.catch_warnings(record=True) as caught, _quiet():
        warnings.simplefilter("always", UserWarning)
        try:
            importer = TrainingDataImporter.load_from_config(
                str(ROOT / "config.yml"), str(ROOT / "domain.yml"), [str(ROOT / "bot" / "data")]
            )
            validator = Validator.from_importer(importer)
            good = all(
                [
                    validator.verify_domain_validity(),
                    validator.verify_intents_in_stories(ignore_warnings=False),
                    validator.verify_utterances_in_stories(ignore_warnings=True),
                    validator.verify_actions_in_stories_rules(),
                    validator.verify_forms_in_stories_rules(),
                    validator.verify_form_slots(),
                    validator.verify_slot_mappings(),
                    validator.verify_story_structure(ignore_warnings=False),
                ]
            )
        except RasaException as error:
            raise BadInput(_relative(str(error))) from error
        except Exception as error:  # Rasa meets a wrong type in valid YAML with whatever Python raises
            reason = f"{type(error).__name__}: {error}"
            raise BadInput(f"Rasa cannot read the project ({reason}). Look at domain.yml.") from error
        said = [str(w.message) for w in caught if issubclass(w.category, UserWarning)]
    if not good:
        raise BadInput(_relative("\n".join(said) or "Rasa refused the project; run `rasa data validate` for details."))


def train(target: Path) -> None:
    """Train into a temporary folder and move the finished model to `target`."""
    import rasa
    from rasa.utils.log_utils import configure_structlog

    configure_structlog(logging.WARNING)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".training-") as folder:
        result = rasa.train(
            domain=str(ROOT / "domain.yml"),
            config=str(ROOT / "config.yml"),
            training_files=[str(ROOT / "bot" / "data")],
            output=folder,
            fixed_model_name="model",
            force_training=True,
        )
        if result.code != 0 or result.model is None:
            raise SystemExit(1)
        os.replace(result.model, target)


def forget_old(folder: Path) -> None:
    models = sorted(folder.glob("*.tar.gz"), key=lambda file: file.stat().st_mtime, reverse=True)
    for old in models[KEPT_MODELS:]:
        old.unlink()


def main() -> int:
    parser = argparse.ArgumentParser(description="Train the Rasa model if config.yml, domain.yml or bot/data changed.")
    default = Path(os.environ.get("BATON_DATA_DIR", "var")) / "rasa" / "models"
    parser.add_argument("--out", type=Path, default=default, help="folder of the models (default: %(default)s)")
    parser.add_argument("--force", action="store_true", help="train even if nothing changed")
    parser.add_argument("--check", action="store_true", help="only check the files")
    options = parser.parse_args()
    out: Path = options.out.absolute()
    _environment()
    try:
        files = inputs()
        target = out / f"baton-{fingerprint(files)}.tar.gz"
        if target.is_file() and not options.force and not options.check:
            os.utime(target)  # Rasa takes the newest model of the folder
            print(f"model up to date: {target.name}")
            return 0
        check_yaml(files)
        check_project()
        check_steps(files)
    except BadInput as error:
        print(f"The training data cannot be used.\n{error}", file=sys.stderr)
        return 2
    if options.check:
        print("training data in order")
        return 0
    started = time.monotonic()
    train(target)
    forget_old(out)
    print(f"model trained in {time.monotonic() - started:.0f} s: {target.name}")
    return 0


def _environment() -> None:
    os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
    warnings.simplefilter("ignore")  # deprecations of Rasa's old libraries would bury our one message
    os.chdir(ROOT)
    sys.path[0] = str(ROOT)  # not bot/, whose package `rasa` would hide the real one


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    with contextlib.redirect_stdout(io.StringIO()):
        yield


def _relative(text: str) -> str:
    return text.replace(f"{ROOT}{os.sep}", "")


if __name__ == "__main__":
    sys.exit(main())
