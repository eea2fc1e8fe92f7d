"""Turns passwords into argon2id hashes and checks them."""

from __future__ import annotations

import secrets
from base64 import b64encode

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from handoff.errors import WeakPassword

MIN_PASSWORD = 10

_hasher = PasswordHasher()


def _decoy() -> str:
    """A hash that no password matches, of the same cost; made of chance, for hashing costs a tenth of a second."""
    salt, digest = (
        b64encode(secrets.token_bytes(size)).decode().rstrip("=") for size in (_hasher.salt_len, _hasher.hash_len)
    )
    cost = f"m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}"
    return f"$argon2id$v=19${cost}${salt}${digest}"


# Checked when the name is unknown, so that the time taken tells nothing.
DECOY = _decoy()


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
