"""The client with which the gateway asks its sister processes: shared secret, no proxy, soon tired of waiting."""

from __future__ import annotations

import functools
import ssl

import httpx

CONNECT_S = 1.0


def inside_client(secret: str, answer_s: float, base_url: str = "") -> httpx.AsyncClient:
    """A client whose answers may take ``answer_s`` seconds; close it with ``aclose``."""
    return httpx.AsyncClient(
        base_url=base_url,
        headers={"X-Baton-Secret": secret},
        timeout=httpx.Timeout(answer_s, connect=CONNECT_S),
        trust_env=False,
        verify=trusted(),
    )


@functools.cache
def trusted() -> ssl.SSLContext:
    """The authorities that clients of ours trust; none of the environment's."""
    # Reading the authorities takes 30 ms, for every client anew, and between our own processes TLS is the exception.
    return httpx.create_ssl_context(trust_env=False)
