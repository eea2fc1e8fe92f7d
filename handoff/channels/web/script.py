"""Serves the one script a site embeds: small on the wire, and asked for again only when it changed."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

from fastapi import APIRouter, Request, Response

_HEADERS = {
    # A page asks each time whether it changed; a new release is then with every customer at once.
    "Cache-Control": "no-cache",
    "Vary": "Accept-Encoding",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Access-Control-Allow-Origin": "*",  # pages that pin it by `integrity` load it with CORS
}


def router(path: Path) -> APIRouter:
    """``/widget.js`` from the built file at ``path``."""
    routes = APIRouter()
    plain = path.read_bytes()
    packed = gzip.compress(plain, 9, mtime=0)
    tag = f'"{hashlib.sha256(plain).hexdigest()[:24]}"'

    @routes.get("/widget.js", include_in_schema=False)
    async def widget(request: Request) -> Response:
        headers = _HEADERS | {"ETag": tag}
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(packed, media_type="text/javascript", headers=headers | {"Content-Encoding": "gzip"})
        return Response(plain, media_type="text/javascript", headers=headers)

    return routes
