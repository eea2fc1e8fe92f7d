"""The quality sample over a real ledger: what is drawn, who may score it, and what the sheets come to."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

import pytest
from sqlalchemy import Connection, select

from handoff.console.quality_sheets import quality_sheets
from handoff.conversation import Agent, Conversation, Draft, Role
from handoff.errors import Forbidden, InvalidRequest, NotFound
from handoff.insight.export import write
from handoff.insight.faq_gaps import Miss, missed_since
from handoff.quality import QualityDesk
from handoff.quality.errors import NothingToDraw, OwnWork, SheetIncomplete
from handoff.quality.service import Case
from handoff.quality.sheets import DIMENSIONS, Sheet
from handoff.store import tables as t
from handoff.store.append import append
from handoff.store.clock import read_clock
from handoff.store.erase import erase_customer
from tests.integration.handoff.conftest import World
from tests.integration.supervision.conftest import LONG_ON_POSTGRESQL, ON_BOTH

LONG_AGO = 3600.0


@dataclass
class House:
    """A boss, two agents, and services that ended an hour ago."""

    world: World
    quality: QualityDesk
    boss: Agent
    lin: Agent
    wang: Agent

    async def with_bot(self, times: int = 1) -> list[Conversation]:
        made = []
        for _ in range(times):
            conv = await self.world.customer()
            said = await self.world.say(conv, "多久发货？")
            await self.world.db.write(answered, conv.id, said.seq)
            made.append(conv)
        return made

    async def with_agent(self, agent: Agent, conv: Conversation | None = None) -> Conversation:
        if conv is None:
            conv = await self.world.queued()
        else:
            await self.world.say(conv, "还有一件事")
            await self.world.gateway.ask_for_person(conv.id, "again")
        await self.world.say(conv, "我要退货")
        now = await self.world.desk.claim(agent, await self.world.handoff_id(conv))
        await self.world.desk.reply(agent, conv.id, now.fence, f"r{now.fence}", "已经为您办好。")
        await self.world.desk.close(agent, conv.id, now.fence)
        return conv

    async def drawn(self, wanted: int, reader: Agent | None = None, kind: str = "all", seed: str = "s") -> list[Case]:
        reader = reader or self.boss
        now = await self.world.db.read(read_clock)
        sample = await self.quality.draw(reader, now - 86400.0, now, wanted, kind, seed)
        items = await self.quality.items(reader, sample.id)
        return [await self.quality.open(reader, one.conv_id, one.episode) for one in items]

    async def score(self, who: Agent, case: Case, *scores: int, **more: object) -> Case:
        sheet = Sheet(dict(zip(DIMENSIONS, scores, strict=True)), **more)  # type: ignore[arg-type]  # the test's own words
        return await self.quality.save(who, case.item.conv_id, case.item.episode, sheet, submit=True)


@pytest.fixture
async def house(world: World, quality: QualityDesk) -> House:
    boss = await world.colleague("boss", role=Role.SUPERVISOR)
    return House(world, quality, boss, await world.colleague("lin", cap=20), await world.colleague("wang", cap=20))


def answered(conn: Connection, conv_id: str, seq: int) -> None:
    """The bot's answer, under the id of its turn as the turn runner writes it."""
    turn = conn.execute(select(t.turn.c.id).where(t.turn.c.conv_id == conv_id, t.turn.c.in_seq == seq)).scalar_one()
    append(conn, conv_id, Draft("message", "bot", "48 小时内。", f"{turn}:0", payload={"meta": {"entry_id": "ship"}}))


def keys(cases: Iterable[Case]) -> list[tuple[str, int]]:
    return [(one.item.conv_id, one.item.episode) for one in cases]


@LONG_ON_POSTGRESQL
async def test_drawn_in_proportion_never_twice_and_only_what_is_over(house: House) -> None:
    bots = await house.with_bot(6)
    people = [await house.with_agent(house.lin) for _ in range(3)]
    still_open = await house.world.held(house.wang)
    await house.world.pass_time(LONG_AGO)
    (fresh,) = await house.with_bot()
    first = await house.drawn(3)
    assert sorted(one.item.handoff_id is None for one in first) == [False, True, True]
    rest = await house.drawn(100)
    assert sorted(keys([*first, *rest])) == sorted((one.id, 1) for one in [*bots, *people])
    assert {still_open.id, fresh.id}.isdisjoint(one.item.conv_id for one in [*first, *rest])
    with pytest.raises(NothingToDraw):
        await house.drawn(1)


async def test_the_same_seed_draws_the_same(house: House) -> None:
    await house.with_bot(12)
    await house.world.pass_time(LONG_AGO)
    drawn = keys(await house.drawn(5, seed="again"))

    def forget(conn: Connection) -> None:
        conn.execute(t.quality_item.delete())

    await house.world.db.write(forget)
    assert keys(await house.drawn(5, seed="again")) == drawn


@LONG_ON_POSTGRESQL
async def test_a_service_is_one_episode_with_its_own_lines(house: House) -> None:
    conv = await house.with_agent(house.lin)
    await house.with_agent(house.wang, conv)
    await house.world.say(conv, "谢谢，再问一句")
    draft = Draft("message", "bot", "请说。", "bot9")
    await house.world.db.write(append, conv.id, draft)
    await house.world.pass_time(LONG_AGO)
    cases = sorted(await house.drawn(10), key=lambda one: one.item.episode)
    assert [one.item.agent_name for one in cases] == ["Lin", "Wang", None]
    assert keys(cases) == [(conv.id, 1), (conv.id, 2), (conv.id, 3)]
    assert (await house.world.now(conv)).episode == 3
    places = [event.seq for one in cases for event in one.events]
    assert places == sorted(set(places)), "no line belongs to two services"
    assert [cases[1].events[0].text, cases[2].events[0].text] == ["还有一件事", "谢谢，再问一句"]
    assert cases[2].events[-1].text == "请说。"


async def test_nobody_scores_their_own_work(house: House) -> None:
    mine = await house.with_agent(house.boss)
    await house.with_agent(house.lin)
    await house.world.pass_time(LONG_AGO)
    chief = await house.world.colleague("chief", role=Role.ADMIN)
    assert [one.item.agent_id for one in await house.drawn(5)] == [house.lin.id], "the boss's own is not drawn"
    (case,) = await house.drawn(5, chief)
    assert case.item.conv_id == mine.id and not case.own_work
    assert (await house.quality.open(house.boss, mine.id, 1)).own_work
    with pytest.raises(OwnWork):
        await house.score(house.boss, case, 5, 5, 5, 5, 5)


async def test_a_sheet_is_a_draft_until_it_is_whole_and_submitted(house: House) -> None:
    await house.with_bot()
    await house.world.pass_time(LONG_AGO)
    chief = await house.world.colleague("chief", role=Role.ADMIN)
    (case,) = await house.drawn(1)
    conv, episode = case.item.conv_id, case.item.episode
    part = Sheet({"empathy": 2}, "  先说原因 ", True, case.events[1].seq)
    kept = await house.quality.save(house.boss, conv, episode, part, submit=False)
    assert kept.own is not None and kept.own.sheet == Sheet({"empathy": 2}, "先说原因", True, case.events[1].seq)
    with pytest.raises(SheetIncomplete):
        await house.quality.save(house.boss, conv, episode, part, submit=True)
    for bad in (Sheet({"empathy": 6}), Sheet({}, "", True, case.events[0].seq)):
        with pytest.raises(InvalidRequest):
            await house.quality.save(house.boss, conv, episode, bad, submit=False)
    await house.score(chief, case, 5, 4, 3, 2, 1)
    assert (await house.quality.open(house.boss, conv, episode)).others == (), "kept back until the own is in"
    done = await house.score(house.boss, case, 5, 5, 5, 5, 5)
    assert [one.reviewer_name for one in done.others] == ["Chief"]
    with pytest.raises(InvalidRequest):
        await house.quality.save(house.boss, conv, episode, part, submit=False)
    await house.score(house.boss, case, 4, 4, 4, 4, 4)

    def trail(conn: Connection) -> list[tuple[object, object]]:
        rows = conn.execute(select(t.audit).where(t.audit.c.action == "quality_reviewed").order_by(t.audit.c.at))
        return [(row.data["scores"]["empathy"], (row.data["before"] or {}).get("empathy")) for row in rows]

    assert await house.world.db.read(trail) == [(2, None), (5, None), (4, 5)]


@ON_BOTH
async def test_results_equal_a_naive_count(house: House) -> None:
    chief = await house.world.colleague("chief", role=Role.ADMIN)
    await house.with_bot(3)
    for agent in (house.lin, house.lin, house.wang):
        await house.with_agent(agent)
    await house.world.pass_time(LONG_AGO)
    cases = await house.drawn(6)
    for n, case in enumerate(cases):
        await house.score(house.boss, case, 1 + n % 5, 3, 4, 5 - n % 3, 2, bot_wrong=n == 0)
        if n < 4:
            await house.score(chief, case, 1 + (n + n % 2) % 5, 3, 5, 5 - n % 3, 2)
    now = await house.world.db.read(read_clock)
    found = await house.quality.results(house.boss, now - 60.0, now + 60.0)

    def rows(conn: Connection) -> list[object]:
        joined = t.quality_review.join(
            t.quality_item,
            (t.quality_item.c.conv_id == t.quality_review.c.conv_id)
            & (t.quality_item.c.episode == t.quality_review.c.episode),
        )
        columns = [t.quality_review, t.quality_item.c.agent_id]
        return list(conn.execute(select(*columns).select_from(joined)).mappings())

    sheets = [dict(row) for row in await house.world.db.read(rows)]  # type: ignore[call-overload]  # rows of the driver
    by_agent = defaultdict(list)
    for sheet in sheets:
        by_agent[sheet["agent_id"] or "bot"].append(sheet)
    for scores, own in [(found.all, sheets), *((one, by_agent[one.who]) for one in found.by_agent)]:
        assert (scores.sheets, scores.bot_wrong) == (len(own), sum(bool(one["bot_wrong"]) for one in own))
        for name in DIMENSIONS:
            assert scores.means[name] == pytest.approx(sum(one[name] for one in own) / len(own))
    assert len(found.by_agent) == len(by_agent) == 3
    for name in DIMENSIONS:
        pairs = [
            (one[name], other[name])
            for one, other in combinations(sheets, 2)
            if (one["conv_id"], one["episode"]) == (other["conv_id"], other["episode"])
        ]
        assert found.agreement[name].pairs == len(pairs) == 4
        assert found.agreement[name].same == pytest.approx(sum(a == b for a, b in pairs) / 4)
    assert found.agreement["empathy"].alpha == pytest.approx(1.0)
    assert found.agreement["responsiveness"].alpha is None
    empty = await house.quality.results(house.boss, now - 600.0, now - 500.0)
    assert (empty.all.sheets, empty.all.means, empty.by_agent) == (0, {}, ())


async def test_the_file_holds_no_formula_and_no_word_of_the_customer(house: House) -> None:
    await house.with_bot()
    await house.world.pass_time(LONG_AGO)
    (case,) = await house.drawn(1)
    await house.score(house.boss, case, 5, 4, 3, 2, 1, note="=HYPERLINK(1)", bot_wrong=True)
    now = await house.world.db.read(read_clock)
    found = await house.quality.results(house.boss, 0.0, now + 60.0)
    reviews = await house.quality.sheets(house.boss, 0.0, now + 60.0)
    body = write(quality_sheets(found, reviews, "zh", await house.quality.zone()), "csv").decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(body)))
    assert lines[-1][-1] == "'=HYPERLINK(1)"
    assert lines[-1][6:13] == ["5", "4", "3", "2", "1", "3.0", "是"]
    assert "多久发货" not in body


@LONG_ON_POSTGRESQL
async def test_an_answer_judged_wrong_is_a_gap_once_the_sheet_is_submitted(house: House) -> None:
    await house.with_bot()
    await house.world.pass_time(LONG_AGO)
    (case,) = await house.drawn(1)
    wrong = {"bot_wrong": True, "wrong_seq": case.events[1].seq}
    sheet = Sheet({"empathy": 3}, **wrong)
    await house.quality.save(house.boss, case.item.conv_id, 1, sheet, submit=False)
    assert await house.world.db.read(missed_since, 0.0) == []
    await house.score(house.boss, case, 1, 3, 3, 3, 3, **wrong)
    (gap,) = await house.world.db.read(missed_since, 0.0)
    assert (gap.miss, gap.question, gap.entry_id) == (Miss.REVIEWED, "多久发货？", "ship")


async def test_erased_words_are_not_drawn_and_leave_no_remark(house: House) -> None:
    one, other = await house.with_bot(2)
    await house.world.pass_time(LONG_AGO)
    await house.world.db.write(erase_customer, one.customer_id, "asked")
    (case,) = await house.drawn(5)
    assert case.item.conv_id == other.id
    await house.score(house.boss, case, 5, 5, 5, 5, 5, note="王女士")
    await house.world.db.write(erase_customer, other.customer_id, "asked")
    opened = await house.quality.open(house.boss, other.id, 1)
    assert opened.own is not None and opened.own.sheet.note == ""


async def test_bad_draws_and_other_roles_are_refused(house: House) -> None:
    quality, boss = house.quality, house.boss
    for since, until, wanted, kind in (
        (5.0, 5.0, 1, "all"),
        (0.0, 1e9, 1, "all"),
        (0.0, 9.0, 101, "all"),
        (0.0, 9.0, 1, "x"),
    ):
        with pytest.raises(InvalidRequest):
            await quality.draw(boss, since, until, wanted, kind)
    with pytest.raises(NotFound):
        await quality.items(boss, "nothing")
    with pytest.raises(NotFound):
        await quality.open(boss, "nothing", 1)
    for refused in (quality.draw(house.lin, 0.0, 9.0, 1), quality.samples(house.lin), quality.open(house.lin, "x", 1)):
        with pytest.raises(Forbidden):
            await refused
