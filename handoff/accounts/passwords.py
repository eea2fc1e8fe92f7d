"""Turns passwords into argon2id hashes and checks them."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from handoff.errors import WeakPassword

MIN_PASSWORD = 10

_hasher = PasswordHasher()
# Checked when the name is unknown, so that the time taken tells nothing.
DECOY = _hasher.hash("no account has this password")


def hash_password(password: str) -> str:
    """argon2id hash; `WeakPassword` below ten characters."""
    if len(password) < MIN_PASSWORD:
        raise WeakPassword()
    return _hasher.hash(password)


def password_matches(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (Argon2Error, InvalidHashError):
        return False
