"""Reads a signed proof of identity: a JWT of at most five minutes, made for us, by somebody who knows the secret."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from typing import Any

import jwt

from handoff.errors import ConfigError, IdentityRefused
from handoff.settings import Settings

LONGEST = 300.0
MIN_SECRET = 32
_CLAIMS = ["sub", "aud", "exp", "jti"]


@dataclass(frozen=True)
class Identity:
    """Who the site says its visitor is. ``until`` is epoch seconds (UTC); ``proof_hash`` names this very proof."""

    subject: str
    name: str | None
    vip: bool | None
    until: float
    proof_hash: str


class ProofReader:
    """Checks proofs against the secrets of the settings, several while one is being replaced by the next."""

    def __init__(self, settings: Settings) -> None:
        self._secrets = [part.strip() for part in settings.identity_secrets.split(",") if part.strip()]
        self._audience = settings.identity_audience
        self._skew = settings.identity_skew
        if any(len(secret.encode()) < MIN_SECRET for secret in self._secrets):
            raise ConfigError(
                f"BATON_IDENTITY_SECRETS holds a secret of fewer than {MIN_SECRET} bytes.",
                remedy="Make one with `baton identity secret`.",
            )

    def read(self, token: str) -> Identity:
        """The identity a proof names; `IdentityRefused` says in the log what is wrong with it, never to the caller."""
        if not self._secrets:
            raise IdentityRefused("BATON_IDENTITY_SECRETS is not set, so nobody can be identified.")
        problem: jwt.PyJWTError | None = None
        for secret in self._secrets:
            try:
                claims = jwt.decode(
                    token,
                    secret,
                    algorithms=["HS256"],  # named here: what the token says of itself counts for nothing
                    audience=self._audience,
                    leeway=self._skew,
                    options={"require": _CLAIMS},
                )
            except jwt.InvalidSignatureError as error:
                problem = error
            except jwt.PyJWTError as error:
                raise IdentityRefused(f"The proof of identity is refused: {error}.") from error
            else:
                return self._identity(claims)
        raise IdentityRefused(f"The proof of identity is refused: {problem}.")

    def _identity(self, claims: dict[str, Any]) -> Identity:
        subject, proof, until = str(claims["sub"]), str(claims["jti"]), float(claims["exp"])
        if until > time.time() + LONGEST + self._skew:
            raise IdentityRefused(f"The proof of identity lasts longer than {LONGEST:.0f} seconds.")
        if not 1 <= len(subject) <= 200 or not subject.isprintable() or not 8 <= len(proof) <= 200:
            raise IdentityRefused(
                "The proof of identity has an empty or overlong `sub`, or a `jti` of under 8 characters."
            )
        name = claims.get("name")
        vip = claims.get("vip")
        return Identity(
            subject=subject,
            name=_one_line(name)[:80] or None if isinstance(name, str) else None,
            vip=vip if isinstance(vip, bool) else None,
            until=until + self._skew,
            proof_hash=hashlib.sha256(f"{subject}\n{proof}".encode()).hexdigest(),
        )


def _one_line(text: str) -> str:
    return " ".join("".join(char for char in text if char.isprintable()).split())
