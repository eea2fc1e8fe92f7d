"""Gaps, outcomes and confirmed questions as the ledger tells them, on both databases."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, insert
from typer.testing import CliRunner

from handoff import queue
from handoff.accounts import AccountService
from handoff.cli.faq import app
from handoff.conversation import Agent, Conversation, Draft, HandoffRequest, Role
from handoff.desk import Desk
from handoff.editor.cases import SavedCases
from handoff.editor.following import FollowupLearner
from handoff.errors import InvalidRequest
from handoff.gateway import Gateway
from handoff.insight.faq_gap_list import gap_list, questions_to_group, ungrouped
from handoff.insight.faq_gaps import Miss, missed_since
from handoff.insight.faq_outcomes import outcomes_since
from handoff.insight.faq_steps import steps_since
from handoff.pokes import Pokes
from handoff.rates import Rates
from handoff.settings import Settings
from handoff.store import saved_questions
from handoff.store import tables as t
from handoff.store.append import append, get_conversation
from handoff.store.clock import now
from handoff.store.database import Database, open_database
from knowledge_base.build import build_entries
from knowledge_base.embedding import HashingEmbedder
from knowledge_base.following import FILE_NAME, Following
from knowledge_base.models import Entry
from tests.integration.handoff.conftest import (
    ON_BOTH,
    PASSWORD,
    database_url,
    migrated_database,
    migrated_postgres,
)

__all__ = ["database_url", "migrated_database", "migrated_postgres"]  # fixtures
pytestmark = ON_BOTH

NO_ANSWER = {"response": "utter_no_answer"}
CLARIFY = {"response": "utter_clarify"}


@dataclass
class Shop:
    """Conversations written as the turn runner writes them."""

    db: Database
    gateway: Gateway
    desk: Desk
    lin: Agent

    async def customer(self) -> Conversation:
        return (await self.gateway.start("web", "zh", uuid.uuid4().hex)).conversation

    async def turn(self, conv: Conversation, question: str, meta: dict[str, Any], *buttons: str) -> int:
        """A question and the bot's answer; returns the answer's place."""

        def work(conn: Connection) -> int:
            asked, _ = append(conn, conv.id, Draft("message", "customer", question, uuid.uuid4().hex))
            turn = uuid.uuid4().hex
            row = {"id": turn, "conv_id": conv.id, "in_seq": asked.seq, "fence": 1, "state": "done", "attempt": 1}
            conn.execute(insert(t.turn).values(**row, not_before=0, created_at=now()))
            payload = {"buttons": [{"title": b, "payload": b} for b in buttons], "meta": meta}
            said, _ = append(conn, conv.id, Draft("message", "bot", "回答", f"{turn}:0", payload=payload))
            return said.seq

        return await self.db.write(work)

    async def served(self, conv: Conversation, reason: str, last_ask: str, *replies: str) -> None:
        """A person takes over, answers and closes."""

        def opened(conn: Connection) -> str:
            request = HandoffRequest(reason, reason, 1, None, {"last_ask": last_ask})
            return queue.open_handoff(conn, get_conversation(conn, conv.id), request).id

        held = await self.desk.claim(self.lin, await self.db.write(opened))
        for reply in replies:
            await self.desk.reply(self.lin, conv.id, held.fence, uuid.uuid4().hex, reply)
        await self.desk.close(self.lin, conv.id, held.fence)

    async def thumb(self, conv: Conversation, seq: int, verdict: str) -> None:
        values = {"conv_id": conv.id, "seq": seq, "entry_id": None, "verdict": verdict, "reason": ""}
        await self.db.write(lambda conn: conn.execute(insert(t.answer_feedback).values(**values, at=now())))


@pytest.fixture
async def shop(tmp_path: Path, database_url: str) -> AsyncIterator[Shop]:
    settings = Settings(data_dir=tmp_path, database_url=database_url, shared_secret="test-secret")
    db, pokes = open_database(settings), Pokes()
    lin = await AccountService(db, settings, pokes).add("lin", "林", Role.AGENT, PASSWORD)
    yield Shop(db, Gateway(db, pokes, Rates(), settings), Desk(db, pokes, settings), lin)
    db.close()


async def test_misses_of_every_kind_with_the_agents_answer_as_a_draft(shop: Shop) -> None:
    silent, chosen, unchosen, disliked, handed = [await shop.customer() for _ in range(5)]
    await shop.turn(silent, "旧家电回收吗", NO_ANSWER)
    await shop.turn(chosen, "快递", CLARIFY, "怎么查物流？", "转人工")
    await shop.turn(chosen, "怎么查物流？", {"entry_id": "delivery-track"})
    await shop.turn(unchosen, "发的啥快递", CLARIFY, "怎么查物流？", "转人工")
    await shop.turn(unchosen, "算了不问了", {"response": "utter_goodbye"})
    place = await shop.turn(disliked, "几天能退", {"entry_id": "returns-window"})
    await shop.thumb(disliked, place, "down")
    await shop.turn(handed, "有学生优惠吗", NO_ANSWER)
    await shop.turn(handed, "学生证打折吗", {"response": "utter_handover_no_answer"})
    await shop.served(
        handed, "no_answer", "学生证打折吗", "您好", "学生认证后全场九五折，在我的页面上传学生证。", "再见"
    )
    missed = {item.question: item for item in await shop.db.read(missed_since, 0.0)}
    assert {question: item.miss for question, item in missed.items()} == {
        "旧家电回收吗": Miss.NO_ANSWER,
        "发的啥快递": Miss.CLARIFIED,
        "几天能退": Miss.THUMBS_DOWN,
        "有学生优惠吗": Miss.NO_ANSWER,
        "学生证打折吗": Miss.HANDED_OVER,
    }
    assert missed["几天能退"].entry_id == "returns-window"
    assert (
        missed["学生证打折吗"].draft == missed["有学生优惠吗"].draft == "学生认证后全场九五折，在我的页面上传学生证。"
    )
    assert missed["旧家电回收吗"].draft == ""
    assert await shop.db.read(missed_since, 4e9) == []


async def test_gaps_count_every_asking_and_keep_what_was_put_aside(shop: Shop) -> None:
    for question in ("旧家电回收吗", "旧家电回收吗？", "今天天气"):
        await shop.turn(await shop.customer(), question, NO_ANSWER)
    missed = await shop.db.read(missed_since, 0.0)
    groups = ungrouped(questions_to_group(missed))
    gaps = gap_list(missed, groups, {"今天天气"})
    assert [(gap.count, gap.misses, gap.dismissed) for gap in gaps] == [
        (2, {"no_answer": 2}, False),
        (1, {"no_answer": 1}, True),
    ]
    await shop.db.write(saved_questions.dismiss, [("今天天气", "今天天气")], "eva")
    await shop.db.write(saved_questions.dismiss, [("今天天气", "今天天气")], "eva")
    assert await shop.db.read(saved_questions.dismissed_keys) == {"今天天气"}
    await shop.db.write(saved_questions.restore, ["今天天气"])
    assert await shop.db.read(saved_questions.dismissed_keys) == set()


async def test_outcomes_of_entries(shop: Shop) -> None:
    fine, liked, disliked, again, handed = [await shop.customer() for _ in range(5)]
    window = {"entry_id": "returns-window"}
    await shop.turn(fine, "几天能退", window)
    await shop.thumb(liked, await shop.turn(liked, "几天能退", window), "up")
    await shop.thumb(disliked, await shop.turn(disliked, "几天能退", window), "down")
    await shop.turn(again, "几天能退", window)
    await shop.turn(again, "到底几天能退", window)
    await shop.turn(handed, "几天能退", window)
    await shop.turn(handed, "怎么退", {"entry_id": "returns-how"})
    await shop.served(handed, "asked_for_person", "转人工", "好的")
    found = {outcome.entry_id: outcome for outcome in await shop.db.read(outcomes_since, 0.0)}
    returns = found["returns-window"]
    assert (returns.asked, returns.accepted, returns.up, returns.down) == (6, 4, 1, 1)
    assert (returns.handed_over, returns.asked_again) == (0, 1)
    assert (found["returns-how"].asked, found["returns-how"].accepted, found["returns-how"].handed_over) == (1, 0, 1)
    assert found["returns-how"].to_dict()["accepted_share"] == 0.0


async def test_what_customers_asked_next_is_learnt_from_accepted_answers(shop: Shop, tmp_path: Path) -> None:
    window, how = {"entry_id": "returns-window"}, {"entry_id": "returns-how"}
    for number in range(3):
        conv = await shop.customer()
        await shop.turn(conv, "几天能退", window, "怎么退")
        await shop.turn(conv, "怎么退" if number else "退货流程", how)
    disliked = await shop.customer()
    await shop.turn(disliked, "几天能退", window)
    await shop.thumb(disliked, await shop.turn(disliked, "发票", {"entry_id": "invoice-apply"}), "down")
    handed = await shop.customer()
    await shop.turn(handed, "几天能退", window)
    await shop.turn(handed, "怎么退", how)
    await shop.served(handed, "asked_for_person", "转人工", "好的")
    steps = await shop.db.read(steps_since, 0.0)
    assert sorted(step.tapped for step in steps) == [False, True, True]
    assert {(step.before, step.after) for step in steps} == {("returns-window", "returns-how")}
    file = tmp_path / FILE_NAME
    found = await FollowupLearner(shop.db, file).learn()
    assert found.after("returns-window") == ("returns-how",)
    assert Following.load(file).next["returns-window"][0].customers == 3


async def test_what_agents_answer_with_an_entrys_text_is_saved_once(shop: Shop, tmp_path: Path) -> None:
    entries = {"returns-window": Entry("returns-window", "多久可以退货？", "签收后 7 天内可以退货。")}
    private, plain = await shop.customer(), await shop.customer()
    for conv, question in ((plain, "买了几天还能退呀"), (private, "订单 20261122001 还能退吗")):
        await shop.turn(conv, question, NO_ANSWER)
        await shop.served(conv, "no_answer", question, "签收后 7 天内可以退货！")
    cases = SavedCases(shop.db, tmp_path / "absent.jsonl")
    assert await cases.collect(entries) == 1
    assert await cases.collect(entries) == 0
    (saved,) = await shop.db.read(saved_questions.list_saved)
    assert (saved.question, saved.entry_id, saved.source) == ("买了几天还能退呀", "returns-window", "agent")
    await cases.confirm("买了几天还能退呀？", None, "editor", "eva")
    assert await cases.all(entries) == [{"question": "买了几天还能退呀？", "id": None, "lang": "zh"}]
    assert await cases.all({}) == await cases.all(entries)
    for question in ("？！", "打 13800138000 给我", "a@b.example 收到没", "x" * 300):
        with pytest.raises(InvalidRequest):
            await cases.confirm(question, "returns-window", "editor", "eva")


async def test_the_saved_file_joins_and_a_broken_one_is_left_out(shop: Shop, tmp_path: Path) -> None:
    entries = {"a": Entry("a", "问？", "答。")}
    file = tmp_path / "cases.jsonl"
    file.write_text('{"question": "问吗", "id": "a"}\n{"question": "没有", "id": "gone"}\n')
    assert await SavedCases(shop.db, file).all(entries) == [{"question": "问吗", "id": "a", "lang": None}]
    file.write_text("{oops\n")
    assert await SavedCases(shop.db, file).all(entries) == []


async def test_the_commands_read_the_database_beside_the_gateway(
    shop: Shop, tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shop.turn(await shop.customer(), "旧家电回收吗", NO_ANSWER)
    await shop.turn(await shop.customer(), "几天能退", {"entry_id": "returns-window"})
    await SavedCases(shop.db, tmp_path / "none").confirm("能退吗", "returns-window", "editor", "eva")
    build_entries([Entry("returns-window", "多久可以退货？", "7 天。")], tmp_path / "index", HashingEmbedder(64))
    monkeypatch.chdir(tmp_path)
    for name, value in (("DATA_DIR", tmp_path), ("DATABASE_URL", database_url), ("EMBEDDER", "hashing:64")):
        monkeypatch.setenv(f"BATON_{name}", str(value))

    def run(*words: str) -> str:
        done = CliRunner().invoke(app, list(words))
        assert done.exit_code == 0, done.output
        return done.stdout

    (gap,) = json.loads(await asyncio.to_thread(run, "gaps", "--since", "7d", "--json"))
    assert (gap["count"], gap["misses"], gap["nearest"]["id"]) == (1, {"no_answer": 1}, "returns-window")
    assert "旧家电回收吗" in await asyncio.to_thread(run, "gaps")
    (outcome,) = json.loads(await asyncio.to_thread(run, "outcomes", "--json"))
    assert (outcome["entry_id"], outcome["asked"]) == ("returns-window", 1)
    assert json.loads(await asyncio.to_thread(run, "saved")) == {
        "question": "能退吗",
        "id": "returns-window",
        "lang": "zh",
    }
    assert json.loads(await asyncio.to_thread(run, "followups", "--json"))["steps"] == 0
    assert json.loads((tmp_path / FILE_NAME).read_text())["next"] == {}
    assert "nothing to try" in await asyncio.to_thread(run, "followups", "--measure")
