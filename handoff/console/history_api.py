"""The history as part of the agent API: figures of a period, the rows behind one, and both as files."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response

from handoff.accounts import SignIn
from handoff.console.auth import Guard
from handoff.console.downloads import table_file
from handoff.console.history_sheets import behind_sheet, figure_sheets
from handoff.conversation import Agent
from handoff.errors import InvalidRequest
from handoff.insight.export import Format
from handoff.insight.history.behind import PAGE, Which
from handoff.insight.history.rows import check_dimension
from handoff.insight.history.service import MOST_EXPORTED, Asked, History
from handoff.settings import Settings

MOST_AT_ONCE = 500


def asked(
    period: str = "7d",
    first: str = "",
    last: str = "",
    by: str = "day",
    where: Annotated[list[str], Query(max_length=10)] = [],  # noqa: B006  # FastAPI copies it for each call
) -> Asked:
    """The query's period and what to break it down by; ``where`` is ``dimension:value``, any number of times."""
    return Asked(period, first, last, check_dimension(by), dict(_narrowed(one) for one in where))


def _narrowed(text: str) -> tuple[str, str]:
    dimension, colon, value = text.partition(":")
    if not colon:
        raise InvalidRequest(f"{text!r} is not dimension:value.")
    return check_dimension(dimension), value


def router(history: History, sign_in: SignIn, settings: Settings) -> APIRouter:
    """Routes under ``/api/v1/agent/history``; supervisors and administrators only."""
    routes = APIRouter(prefix="/api/v1/agent/history", tags=["history"])
    Me = Annotated[Agent, Depends(Guard(sign_in, settings).agent)]
    What = Annotated[Asked, Depends(asked)]

    @routes.get("")
    async def report(me: Me, what: What) -> dict[str, Any]:
        """Every figure with its target and what it was before, by day, and by the chosen dimension."""
        return (await history.report(me, what)).to_dict()

    @routes.get("/behind")
    async def behind(
        me: Me,
        what: What,
        figure: str,
        which: Which = "counted",
        limit: Annotated[int, Query(ge=1, le=MOST_AT_ONCE)] = PAGE,
        offset: Annotated[int, Query(ge=0)] = 0,
    ) -> dict[str, Any]:
        """The conversations behind a figure: those that count, or the rest of those it is counted out of."""
        page = await history.behind(me, what, figure, which, limit=limit, offset=offset)
        return {"total": page.total, "rows": [row.to_dict() for row in page.rows]}

    @routes.get("/figures.{form}")
    async def figures(me: Me, what: What, form: Format, lang: Literal["zh", "en"] = "zh") -> Response:
        """The figures and their breakdown as a file."""
        found = await history.report(me, what)
        await history.note_export(me, what, "figures", form)
        return await table_file(
            figure_sheets(found, lang), form, found.period.first.isoformat(), found.period.last.isoformat()
        )

    @routes.get("/conversations.{form}")
    async def conversations(
        me: Me,
        what: What,
        figure: str,
        form: Format,
        which: Which = "counted",
        lang: Literal["zh", "en"] = "zh",
    ) -> Response:
        """The conversations behind a figure as a file: places, times and reasons, never a word that was said."""
        page = await history.behind(me, what, figure, which, limit=MOST_EXPORTED)
        await history.note_export(me, what, figure, form)
        zone = await history.zone()
        return await table_file([behind_sheet(page, figure, lang, zone)], form, figure)

    return routes
