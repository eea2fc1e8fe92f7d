"""Tables as files that a browser saves: the one answer of every export of the console."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from urllib.parse import quote

from fastapi import Response

from handoff.insight.export import MEDIA_TYPES, Format, Sheet, write


async def table_file(sheets: Sequence[Sheet], form: Format, *name: str) -> Response:
    """The file ``baton-<name>.<form>``, kept by no cache; ``name`` in parts that a hyphen joins."""
    filename = quote("-".join(("baton", *name)))
    headers = {"Content-Disposition": f'attachment; filename="{filename}.{form}"', "Cache-Control": "private, no-store"}
    data = await asyncio.to_thread(write, sheets, form)  # many rows take seconds
    return Response(data, media_type=MEDIA_TYPES[form], headers=headers)
