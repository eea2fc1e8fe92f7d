"""What a widget asks before it has a session: how it should look, its first words, the assistant's picture."""

from typing import Any

from fastapi import APIRouter, Depends, Response

from handoff.channels.web.caller import origin_check
from handoff.errors import NotFound
from handoff.widget import WidgetDesk

# Long enough that a visitor who looks at ten pages asks once or twice, short enough for who changes the settings.
KEPT_FOR = 60


def router(widget: WidgetDesk) -> APIRouter:
    """``/api/v1/web/look`` and the picture it names."""
    routes = APIRouter(prefix="/api/v1/web", tags=["web channel"])

    @routes.get("/look", dependencies=[Depends(origin_check(lambda: widget.sites))])
    async def look(response: Response) -> dict[str, Any]:
        """The look and first words of the chat; the same for everybody, and of no person."""
        response.headers["Cache-Control"] = f"max-age={KEPT_FOR}"
        response.headers["Vary"] = "Origin"
        return widget.public()

    @routes.get("/avatar/{name}")
    async def avatar(name: str) -> Response:
        """The assistant's picture; its name changes with its pixels."""
        picture = widget.avatar(name)
        if picture is None:
            raise NotFound()
        headers = {"Cache-Control": "max-age=31536000, immutable", "Cross-Origin-Resource-Policy": "cross-origin"}
        return Response(picture, media_type="image/webp", headers=headers)

    return routes
