"""Signatures and the message envelope of WeChat: AES-256-CBC under a SHA-1 signature, as the platform defines them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 32
AES_KEY_LENGTH = 43


class BadEnvelope(Exception):
    """A sealed message that this account could not have been sent."""


def sign(*parts: str) -> str:
    """The platform's signature: hex SHA-1 of the sorted, joined parts."""
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def is_signed(signature: str, *parts: str) -> bool:
    """Whether ``signature`` is the one over ``parts``; compared in constant time."""
    # Bytes, because comparing text with other than ASCII raises instead of answering.
    return hmac.compare_digest(signature.encode(), sign(*parts).encode())


class Box:
    """Seals and opens messages under one account's EncodingAESKey (43 characters)."""

    def __init__(self, aes_key: str, receive_id: str) -> None:
        try:
            self._key = base64.b64decode(aes_key + "=", validate=True)
        except ValueError as error:
            raise ValueError("the AES key is not Base64") from error
        if len(aes_key) != AES_KEY_LENGTH or len(self._key) != 32:
            raise ValueError("the AES key must be 43 characters of A-Z, a-z and 0-9")
        self._receive_id = receive_id.encode()

    def __repr__(self) -> str:
        return "Box(***)"

    def seal(self, message: bytes, prefix: bytes | None = None) -> str:
        """Base64 of the sealed message; ``prefix`` (16 random bytes) is given by tests only."""
        start = secrets.token_bytes(16) if prefix is None else prefix
        plain = start + struct.pack(">I", len(message)) + message + self._receive_id
        fill = BLOCK - len(plain) % BLOCK
        encryptor = self._cipher().encryptor()
        sealed = encryptor.update(plain + bytes([fill]) * fill) + encryptor.finalize()
        return base64.b64encode(sealed).decode()

    def open(self, sealed: str) -> bytes:
        """The message inside; `BadEnvelope` for anything that was not sealed for this account."""
        try:
            data = base64.b64decode(sealed, validate=True)
        except (binascii.Error, ValueError) as error:
            raise BadEnvelope("not Base64") from error
        if not data or len(data) % 16:
            raise BadEnvelope("not whole blocks")
        decryptor = self._cipher().decryptor()
        plain = _without_fill(decryptor.update(data) + decryptor.finalize())
        if len(plain) < 20:
            raise BadEnvelope("too short")
        (length,) = struct.unpack(">I", plain[16:20])
        message, receiver = plain[20 : 20 + length], plain[20 + length :]
        if len(message) != length or not hmac.compare_digest(receiver, self._receive_id):
            raise BadEnvelope("for another account")
        return message

    def _cipher(self) -> Cipher[modes.CBC]:
        return Cipher(algorithms.AES(self._key), modes.CBC(self._key[:16]))


def _without_fill(plain: bytes) -> bytes:
    fill = plain[-1]
    if not 1 <= fill <= BLOCK or plain[-fill:] != bytes([fill]) * fill:
        raise BadEnvelope("bad padding")
    return plain[:-fill]
