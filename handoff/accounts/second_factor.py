"""One-time codes of an authenticator app (RFC 6238) beside the password, and codes for the day the phone is lost."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass, field

import pyotp
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import Connection

from handoff.conversation import Agent
from handoff.errors import SecondFactorNeeded, SecondFactorUnreadable, SecondFactorWrong
from handoff.settings import Settings
from handoff.store import audit, second_factors
from handoff.store.database import Database

ISSUER = "Baton"
STEP = 30
RECOVERY_CODES = 10


@dataclass(frozen=True)
class Enrolment:
    """What the person needs once: ``uri`` for the QR picture, ``secret`` to type in."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)


class SecondFactor:
    """Use-cases of the account page and of the sign-in; secrets lie sealed in the database."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self._db = db
        key = hashlib.sha256(b"baton second factor:" + (settings.shared_secret or "").encode()).digest()
        self._seal = Fernet(base64.urlsafe_b64encode(key))

    async def is_on(self, agent: Agent) -> bool:
        found = await self._db.read(second_factors.find, agent.id)
        return found is not None and found.confirmed

    async def begin(self, agent: Agent) -> Enrolment:
        """A new secret that counts only after `confirm`; an earlier unconfirmed one is replaced."""
        secret = pyotp.random_base32()
        sealed = self._seal.encrypt(secret.encode()).decode()
        await self._db.write(second_factors.begin, agent.id, sealed)
        return Enrolment(secret, pyotp.TOTP(secret).provisioning_uri(name=agent.name, issuer_name=ISSUER))

    async def confirm(self, agent: Agent, code: str) -> list[str]:
        """Turn it on with the first code of the app; returns the recovery codes, shown this one time.

        `SecondFactorWrong` when the code does not fit.
        """
        codes = [_recovery_code() for _ in range(RECOVERY_CODES)]

        def work(conn: Connection) -> list[str]:
            found = second_factors.find(conn, agent.id)
            step = self._step_of(found.sealed_secret, code) if found and not found.confirmed else None
            if step is None:
                raise SecondFactorWrong()
            second_factors.confirm(conn, agent.id, step, [_hash(one) for one in codes])
            audit.record(conn, agent.id, "second_factor_on", name=agent.name)
            return codes

        return await self._db.write(work)

    async def turn_off(self, agent: Agent, code: str) -> None:
        """Back to the password alone; needs a code, so that a page left open is not enough."""

        def work(conn: Connection) -> None:
            self._use(conn, agent, code)
            second_factors.remove(conn, agent.id)
            audit.record(conn, agent.id, "second_factor_off", name=agent.name)

        await self._db.write(work)

    async def demand(self, agent: Agent, code: str) -> None:
        """At the sign-in: nothing for accounts without one, else the code is used up.

        `SecondFactorNeeded` without a code, `SecondFactorWrong` for a wrong, old or used one.
        """
        await self._db.write(self._use, agent, code)

    def _use(self, conn: Connection, agent: Agent, code: str) -> None:
        found = second_factors.find(conn, agent.id)
        if found is None or not found.confirmed:
            return
        given = code.replace(" ", "").replace("-", "").lower()
        if not given:
            raise SecondFactorNeeded()
        if second_factors.use_recovery(conn, agent.id, _hash(given)):
            audit.record(conn, agent.id, "recovery_code_used", name=agent.name)
            return
        step = self._step_of(found.sealed_secret, given)
        # A code that was seen over a shoulder is no use: each counts once, and time only goes on.
        if step is None or not second_factors.use_step(conn, agent.id, step):
            raise SecondFactorWrong()

    def _step_of(self, sealed: str, code: str) -> int | None:
        """The time step whose code this is, one step of clock difference allowed; None for none."""
        try:
            totp = pyotp.TOTP(self._seal.decrypt(sealed.encode()).decode())
        except InvalidToken as error:
            raise SecondFactorUnreadable() from error
        given = code.replace(" ", "")
        here = int(time.time()) // STEP
        matching = (s for s in (here, here - 1, here + 1) if hmac.compare_digest(totp.at(s * STEP), given))
        return next(matching, None) if given.isascii() else None


def _recovery_code() -> str:
    raw = secrets.token_hex(5)
    return f"{raw[:5]}-{raw[5:]}"


def _hash(code: str) -> str:
    """40 random bits of a code that is used once; a slow hash would add nothing but waiting."""
    return hashlib.sha256(code.replace("-", "").lower().encode()).hexdigest()
