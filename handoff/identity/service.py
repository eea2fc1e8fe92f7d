"""Signs customers in by a proof of their site, and out again; each is one transaction."""

from __future__ import annotations

from sqlalchemy import Connection

from handoff.conversation import Conversation
from handoff.errors import IdentityUsed, TokenExpired, TokenInvalid
from handoff.identity.proof import Identity, ProofReader
from handoff.pokes import Pokes
from handoff.rates import Rates
from handoff.settings import Settings
from handoff.store import customers, identity
from handoff.store.database import Database


class Identities:
    """Use-cases of signed identity, for channels whose customers may log in on the host site."""

    def __init__(self, db: Database, pokes: Pokes, rates: Rates, settings: Settings) -> None:
        self._db = db
        self._pokes = pokes
        self._rates = rates
        self._settings = settings
        self._proofs = ProofReader(settings)

    async def sign_in(
        self, channel: str, proof: str, lang: str, address: str, anonymous: str | None = None
    ) -> tuple[str, Conversation]:
        """Token and open conversation of the customer the proof names.

        ``anonymous`` is the visitor's token so far: it ends, and what was said under it moves along (see
        `store.identity.adopt`). `IdentityRefused` or `IdentityUsed` say that the proof does not count.
        """
        await self._rates.check("session", address, amount=self._settings.sessions_per_minute, seconds=60)
        who = self._proofs.read(proof)
        token, conversation = await self._db.write(self._sign_in, channel, who, lang, anonymous)
        self._pokes.poke(conversation.id)
        return token, conversation

    async def sign_out(self, token: str, conv_id: str, *, everywhere: bool = False) -> None:
        """End this browser's session, or all of the customer's; open sockets notice at once."""

        def work(conn: Connection) -> None:
            if everywhere:
                customers.revoke_all(conn, customers.customer_of_token(conn, token))
            else:
                customers.revoke_token(conn, token)

        await self._db.write(work)
        self._pokes.poke(conv_id)

    def _sign_in(
        self, conn: Connection, channel: str, who: Identity, lang: str, anonymous: str | None
    ) -> tuple[str, Conversation]:
        if not identity.use_proof(conn, who.proof_hash, who.until):
            raise IdentityUsed()
        customer_id = identity.identified(conn, channel, who.subject)
        identity.describe(conn, customer_id, who.name, who.vip)
        visitor = _visitor(conn, anonymous) if anonymous else None
        if visitor is not None and anonymous is not None and visitor != customer_id:
            # Another customer's session in this browser is never merged; it only ends.
            if identity.is_anonymous(conn, visitor):
                identity.adopt(conn, visitor, customer_id, channel)
            customers.revoke_token(conn, anonymous)
        token = customers.issue_token(conn, customer_id, self._settings.token_ttl)
        return token, customers.open_conversation(conn, customer_id, channel, lang)


def _visitor(conn: Connection, token: str) -> str | None:
    try:
        return customers.customer_of_token(conn, token)
    except (TokenInvalid, TokenExpired):
        return None
