"""`baton identity`: the secret by which a site vouches for its customers, and a proof to try it out with."""

from __future__ import annotations

import secrets
import time
from typing import Annotated

import jwt
import typer

from handoff.errors import ConfigError
from handoff.identity.proof import LONGEST, ProofReader
from handoff.settings import load_settings

app = typer.Typer(name="identity", help="Signed identity of a site's logged-in customers.", no_args_is_help=True)


@app.command()
def secret() -> None:
    """Print a new secret for BATON_IDENTITY_SECRETS; the site's server signs with the same."""
    typer.echo(secrets.token_urlsafe(48))


@app.command()
def proof(
    subject: Annotated[str, typer.Argument(help="The customer's id on the site.")],
    name: Annotated[str, typer.Option(help="The name agents see.")] = "",
    vip: Annotated[bool, typer.Option(help="Whether this customer is a VIP.")] = False,
) -> None:
    """Print a proof for that customer, good once within five minutes: what the site's server would sign."""
    settings = load_settings()
    known = [part.strip() for part in settings.identity_secrets.split(",") if part.strip()]
    if not known:
        raise ConfigError(
            "BATON_IDENTITY_SECRETS is not set.", remedy="Make a secret with `baton identity secret` and set it."
        )
    ProofReader(settings)  # says what is wrong with the secrets, if anything is
    now = int(time.time())
    claims = {"sub": subject, "aud": settings.identity_audience, "iat": now, "exp": now + int(LONGEST)}
    more = {"jti": secrets.token_hex(16), "vip": vip} | ({"name": name} if name else {})
    typer.echo(jwt.encode(claims | more, known[-1], algorithm="HS256"))
