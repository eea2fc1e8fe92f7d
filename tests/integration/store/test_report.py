"""`baton report`: the very figures of the history, in JSON and for people."""

from __future__ import annotations

import json
import time

from handoff.insight.history.report import make_report
from handoff.insight.history.service import Asked, scope_of
from handoff.insight.targets import Targets
from tests.integration.handoff.conftest import World
from tests.integration.store.conftest import Baton
from tests.support.past import DAY, Past


async def test_it_prints_the_figures_of_the_history(world: World, baton: Baton) -> None:
    await world.db.write(lambda conn: Past(5, time.time() - 20 * DAY, 18).conversations(25).write(conn))
    told = baton("report", "--period", "30d", "--by", "channel", "--json")
    assert told.code == 0
    body = json.loads(told.out)
    asked = Asked("30d", by="channel")
    found = await world.db.read(lambda conn: make_report(conn, scope_of(conn, asked, Targets(), {}), "channel"))
    expected = json.loads(json.dumps(found.to_dict()))
    assert (body["figures"], body["lines"]) == (expected["figures"], expected["lines"])
    assert body["figures"][0]["n"] > 10
    shown = baton("report", "--from", body["period"]["first"], "--lang", "zh")
    assert shown.code == 0 and "首问解决率" in shown.out and "open before + opened" in shown.out
    wrong = baton("report", "--from", "2026-02-30")
    assert (wrong.code, "366 days" in wrong.err) == (1, True)
