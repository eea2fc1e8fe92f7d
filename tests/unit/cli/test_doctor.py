"""`baton doctor`: every check finds what is wrong, says how to mend it, and never ends in a traceback."""

from __future__ import annotations

import io
import json
import os
import sqlite3
import sys
import tarfile
from pathlib import Path

import pytest
from cli_support import Baton
from rich.console import Console

from handoff.cli.doctor import dialogue, environments, knowledge, services, storage
from handoff.cli.doctor.check import Finding, Site, Status, exit_code, ok, run_check
from handoff.cli.doctor.report import as_json, show_table, summary
from handoff.cli.supervisor.lock import run_lock
from handoff.settings import load_settings
from handoff.store.database import open_database
from knowledge_base.manifest import describe_files, write_json

FAQ = "---\nlang: en\ncategory: orders\n---\n\n## {question} {{#{id}}}\n\nAn answer.\n"


@pytest.fixture
def site(clean_env: Path, tmp_path: Path) -> Site:
    return Site(load_settings(), tmp_path)


def set_up(site: Site, **values: object) -> Site:
    return Site(site.settings.model_copy(update=values), site.root)


def encoder(site: Site) -> Path:
    folder = site.settings.data_dir / "models" / "e5-small"
    folder.mkdir(parents=True)
    (folder / "model.onnx").write_bytes(b"weights" * 100)
    write_json(folder / "manifest.json", {"files": describe_files(folder)})
    return folder


def dialogue_model(site: Site) -> Path:
    path = site.settings.data_dir / "rasa" / "models" / "baton-1.tar.gz"
    path.parent.mkdir(parents=True)
    with tarfile.open(path, "w:gz") as archive:
        for name, content in (("metadata.json", b"{}"), ("weights", os.urandom(200_000))):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def test_a_check_that_raises_becomes_a_failed_row(site: Site) -> None:
    def check_odd_thing(_: Site) -> Finding:
        raise RuntimeError("surprise")

    finding = run_check(check_odd_thing, site)
    assert (finding.name, finding.status) == ("odd thing", Status.FAIL)
    assert "surprise" in finding.detail and finding.remedy


def test_python_and_packages_of_this_environment(site: Site) -> None:
    assert run_check(environments.check_python, site).status is Status.OK
    assert "rasa-sdk" in run_check(environments.check_packages, site).detail


@pytest.mark.parametrize("python", ["no/such/python", "/bin/false"])
def test_a_rasa_environment_that_does_not_work(site: Site, python: str) -> None:
    finding = run_check(environments.check_rasa_environment, set_up(site, rasa_python=Path(python)))
    assert finding.status is Status.FAIL and "make setup" in finding.remedy


def test_a_rasa_environment_of_the_wrong_python(site: Site) -> None:
    finding = run_check(environments.check_rasa_environment, set_up(site, rasa_python=Path(sys.executable)))
    assert finding.status is Status.FAIL and "3.10" in finding.remedy


def test_encoder_absent_whole_and_cut_short(site: Site) -> None:
    assert run_check(knowledge.check_encoder, site).status is Status.FAIL
    folder = encoder(site)
    assert run_check(knowledge.check_encoder, site).status is Status.OK
    weights = folder / "model.onnx"
    weights.write_bytes(weights.read_bytes()[:-1])
    cut = run_check(knowledge.check_encoder, site)
    assert cut.status is Status.FAIL and "model.onnx" in cut.detail and "make setup" in cut.remedy


def test_encoder_with_one_changed_byte(site: Site) -> None:
    weights = encoder(site) / "model.onnx"
    weights.write_bytes(b"W" + weights.read_bytes()[1:])
    assert "SHA-256" in run_check(knowledge.check_encoder, site).detail


def test_faq_files_broken_and_absent(site: Site, tmp_path: Path) -> None:
    absent = run_check(knowledge.check_faq_files, set_up(site, faq_dir=tmp_path / "none"))
    assert absent.status is Status.FAIL and absent.remedy
    (tmp_path / "faq").mkdir()
    (tmp_path / "faq" / "bad.md").write_text("---\nlang: [\n---\n## Q\n\nA\n")
    broken = run_check(knowledge.check_faq_files, set_up(site, faq_dir=tmp_path / "faq"))
    assert broken.status is Status.FAIL and "bad.md" in broken.detail and "baton faq lint" in broken.remedy


def test_the_projects_own_faq_files_can_be_read(site: Site) -> None:
    folder = Path(knowledge.__file__).parents[3] / "knowledge_base" / "faq"
    finding = run_check(knowledge.check_faq_files, set_up(site, faq_dir=folder))
    assert finding.status is not Status.FAIL and "entries" in finding.detail


def test_index_absent(site: Site) -> None:
    encoder(site)
    finding = run_check(knowledge.check_faq_index, set_up(site, embedder="hashing"))
    assert finding.status is Status.FAIL and "index" in finding.detail and finding.remedy


def test_dialogue_model_absent_whole_old_and_cut_short(site: Site) -> None:
    assert run_check(dialogue.check_dialogue_model, site).status is Status.FAIL
    model = dialogue_model(site)
    assert run_check(dialogue.check_dialogue_model, site).status is Status.OK
    (site.root / "domain.yml").write_text("version: '3.1'\n")
    later = model.stat().st_mtime + 5
    os.utime(site.root / "domain.yml", (later, later))
    old = run_check(dialogue.check_dialogue_model, site)
    assert old.status is Status.WARN and "domain.yml" in old.detail
    model.write_bytes(model.read_bytes()[:100_000])
    cut = run_check(dialogue.check_dialogue_model, site)
    assert cut.status is Status.FAIL and "damaged" in cut.detail


def test_data_directory(site: Site, tmp_path: Path) -> None:
    assert run_check(storage.check_data_directory, site).status is not Status.FAIL
    (tmp_path / "file").write_text("")
    broken = run_check(storage.check_data_directory, set_up(site, data_dir=tmp_path / "file"))
    assert broken.status is Status.FAIL and broken.remedy


def test_database_new_current_old_and_damaged(site: Site) -> None:
    assert "first start" in run_check(storage.check_database, site).detail
    open_database(site.settings).close()
    assert run_check(storage.check_database, site).status is Status.OK
    path = site.settings.data_dir / "baton.db"
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'older'")
    connection.close()
    assert "back-up" in run_check(storage.check_database, site).remedy
    for file in path.parent.glob("baton.db*"):
        file.unlink()
    path.write_bytes(b"not a database at all" * 100)
    assert run_check(storage.check_database, site).status is Status.FAIL


def test_secret_open_to_others(site: Site) -> None:
    site.settings.data_dir.mkdir()
    path = site.settings.data_dir / "secret"
    path.write_text("x" * 40)
    path.chmod(0o644)
    finding = run_check(storage.check_secret_file, site)
    assert finding.status is Status.WARN and "chmod 600" in finding.remedy


def test_a_service_that_should_run_and_does_not_is_a_failure(site: Site) -> None:
    with run_lock(site.settings.data_dir):
        assert "running" in run_check(storage.check_supervisor, site).detail
        findings = [run_check(check, site) for check in services.service_checks(site)]
    gateway = findings[-1]
    assert gateway.name == "gateway on port 1"
    assert gateway.status is Status.FAIL and "gateway.log" in gateway.remedy


def test_json_and_table_show_every_finding() -> None:
    findings = [ok("one", "[fine]"), Finding("two", Status.FAIL, "broken", "mend it")]
    assert [item["status"] for item in json.loads(as_json(findings))] == ["ok", "fail"]
    shown = io.StringIO()
    show_table(Console(file=shown), findings)
    assert all(word in shown.getvalue() for word in ("one", "[fine]", "two", "broken", "mend it"))
    assert "1 of 2 checks failed" in shown.getvalue()


@pytest.mark.parametrize(
    ("statuses", "code", "said"),
    [
        ([Status.OK], 0, "in order"),
        ([Status.OK, Status.WARN], 0, "Nothing failed"),
        ([Status.WARN, Status.FAIL], 1, "1 of 2 checks failed, 1 with a warning"),
    ],
)
def test_exit_code_and_summary(statuses: list[Status], code: int, said: str) -> None:
    findings = [Finding("x", status, "") for status in statuses]
    assert exit_code(findings) == code and said in summary(findings)


def test_the_command_on_an_empty_installation(baton: Baton) -> None:
    outcome = baton("doctor", "--json")
    names = {item["name"]: item for item in json.loads(outcome.out)}
    assert outcome.code == 1
    assert names["encoder"]["status"] == "fail" and names["dialogue model"]["status"] == "fail"
    assert all(item["remedy"] for item in names.values() if item["status"] != "ok")
