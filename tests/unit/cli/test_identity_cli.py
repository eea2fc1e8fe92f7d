"""`baton identity`: a secret long enough, and a proof that the gateway accepts."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from handoff.cli.identity import app
from handoff.errors import ConfigError
from handoff.identity.proof import MIN_SECRET, ProofReader
from handoff.settings import Settings

RUN = CliRunner()


def test_a_secret_is_long_enough_and_never_the_same() -> None:
    first, second = (RUN.invoke(app, ["secret"]).output.strip() for _ in range(2))
    assert len(first) >= MIN_SECRET
    assert first != second
    ProofReader(Settings(identity_secrets=first))


def test_a_proof_made_here_is_accepted_by_the_newest_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = "the old secret of the shop, no longer used".replace(",", ""), "n" * MIN_SECRET
    monkeypatch.setenv("BATON_IDENTITY_SECRETS", f"{old},{new}")
    made = RUN.invoke(app, ["proof", "user-17", "--name", "王芳", "--vip"])
    assert made.exit_code == 0, made.output
    identity = ProofReader(Settings(identity_secrets=new)).read(made.output.strip())
    assert (identity.subject, identity.name, identity.vip) == ("user-17", "王芳", True)


def test_without_a_secret_it_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATON_IDENTITY_SECRETS", "")
    failed = RUN.invoke(app, ["proof", "user-17"])
    assert isinstance(failed.exception, ConfigError)
    assert "baton identity secret" in failed.exception.remedy
