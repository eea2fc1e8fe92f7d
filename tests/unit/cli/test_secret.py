"""The shared secret: made once, private, refused when it cannot protect."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from handoff.cli.errors import NotReadyToRun
from handoff.cli.supervisor.secret import shared_secret, stored_secret, write_private
from handoff.errors import ConfigError


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_is_made_once_and_readable_by_the_owner_only(tmp_path: Path) -> None:
    first = shared_secret(tmp_path / "new", None)
    assert len(first) >= 32
    assert shared_secret(tmp_path / "new", None) == first
    assert mode(tmp_path / "new" / "secret") == 0o600
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["secret"]


def test_the_setting_wins_and_writes_nothing(tmp_path: Path) -> None:
    assert shared_secret(tmp_path, "a-secret-of-the-operator") == "a-secret-of-the-operator"
    assert list(tmp_path.iterdir()) == []


def test_two_installations_differ(tmp_path: Path) -> None:
    assert shared_secret(tmp_path / "a", None) != shared_secret(tmp_path / "b", None)


def test_a_file_open_to_others_is_closed(tmp_path: Path) -> None:
    secret = shared_secret(tmp_path, None)
    (tmp_path / "secret").chmod(0o644)
    assert stored_secret(tmp_path) == secret
    assert mode(tmp_path / "secret") == 0o600


@pytest.mark.parametrize("content", [b"", b"short\n", b"\xff\xfe" * 20])
def test_a_damaged_file_is_refused_with_the_way_out(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "secret").write_bytes(content)
    with pytest.raises(NotReadyToRun) as caught:
        shared_secret(tmp_path, None)
    assert "Delete" in caught.value.remedy


@pytest.mark.parametrize("value", ["short", "密码密码密码密码密码密码密码密码密码", "has a\nline break in it......"])
def test_a_weak_or_unsendable_setting_is_refused_without_being_shown(tmp_path: Path, value: str) -> None:
    with pytest.raises(ConfigError) as caught:
        shared_secret(tmp_path, value)
    assert "BATON_SHARED_SECRET" in caught.value.message
    assert value not in caught.value.message


def test_a_private_file_replaces_an_open_one(tmp_path: Path) -> None:
    path = tmp_path / "first-login.txt"
    path.write_text("old")
    path.chmod(0o666)
    write_private(path, "new")
    assert (path.read_text(), mode(path)) == ("new", 0o600)
