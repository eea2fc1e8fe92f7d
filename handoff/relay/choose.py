"""Which carrier this installation uses."""

from __future__ import annotations

from handoff.relay.transport import Transport
from handoff.settings import Settings
from handoff.store.postgresql import is_postgresql, parse


def transport_for(settings: Settings) -> Transport | None:
    """Redis when it is set, else the shared database; None where only one gateway may run."""
    if not is_postgresql(settings.database):
        return None
    if settings.redis_url:
        from handoff.relay.redis import RedisTransport  # needs a package that the others do not

        return RedisTransport(settings.redis_url)
    from handoff.relay.postgresql import PostgresqlTransport  # as does this

    return PostgresqlTransport(parse(settings.database))
