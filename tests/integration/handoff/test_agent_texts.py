"""Canned replies, forbidden words, profiles and complaints on the real databases."""

from __future__ import annotations

import pytest

from handoff.canned import TEAM, CannedReplies, CannedReply
from handoff.casework import DUE_IN, Casework
from handoff.conversation import Role
from handoff.errors import Forbidden, ForbiddenWords, InvalidRequest, NotFound, ReplyExists, UnknownVariable
from handoff.store import audit
from handoff.store.casework import Profile
from handoff.store.erase import erase_customer
from handoff.wording import Wording, WordingRule
from tests.integration.handoff.conftest import ON_BOTH, World

HELLO = CannedReply("您好", "您好，我是{agent}。", "zh", "开场")


async def test_the_teams_replies_are_for_all_and_own_ones_for_their_owner(world: World) -> None:
    lin, wang = await world.colleague("lin"), await world.colleague("wang")
    boss = await world.colleague("boss", role=Role.SUPERVISOR)
    canned = CannedReplies(world.db)
    await canned.save(boss, HELLO)
    own = await canned.save(lin, CannedReply("您好", "我自己的", "zh", "", lin.id))
    assert {one.text for one in await canned.of(lin)} == {HELLO.text, "我自己的"}
    assert {one.text for one in await canned.of(wang)} == {HELLO.text}
    for forbidden in (
        canned.save(lin, CannedReply("再见", "再见", "zh")),
        canned.save(wang, CannedReply("抢", "抢来的", "zh", "", wang.id, own)),
        canned.delete(boss, own),
    ):
        with pytest.raises(Forbidden):
            await forbidden


@ON_BOTH
async def test_a_shortcut_is_free_in_each_language_and_for_each_owner_once(world: World) -> None:
    boss = await world.colleague("boss", role=Role.ADMIN)
    canned = CannedReplies(world.db)
    first = await canned.save(boss, HELLO)
    with pytest.raises(ReplyExists):
        await canned.save(boss, HELLO)
    await canned.save(boss, CannedReply("您好", "Hello", "en"))
    assert await canned.save(boss, CannedReply("您好", "改过的", "zh", "", TEAM, first)) == first
    await canned.delete(boss, first)
    with pytest.raises(NotFound):
        await canned.delete(boss, first)


@pytest.mark.parametrize("shortcut", ["", "two words", "a/b", "{x}", "x" * 33])
async def test_shortcuts_that_cannot_be_typed_are_refused(world: World, shortcut: str) -> None:
    lin = await world.colleague("lin")
    with pytest.raises(InvalidRequest):
        await CannedReplies(world.db).save(lin, CannedReply(shortcut, "x", "zh", "", lin.id))


async def test_a_variable_that_nothing_fills_is_named(world: World) -> None:
    lin = await world.colleague("lin")
    with pytest.raises(UnknownVariable) as refused:
        await CannedReplies(world.db).save(lin, CannedReply("x", "{agent} {nickname}", "zh", "", lin.id))
    assert refused.value.fields["names"] == "{nickname}"


async def test_the_starter_set_is_added_once_and_breaks_no_rule_of_wording(world: World) -> None:
    lin, boss = await world.colleague("lin"), await world.colleague("boss", role=Role.SUPERVISOR)
    canned, wording = CannedReplies(world.db), Wording(world.db)
    with pytest.raises(Forbidden):
        await canned.add_starter_set(lin)
    assert await canned.add_starter_set(boss) == 22
    assert await canned.add_starter_set(boss) == 0
    for reply in await canned.of(lin):
        assert await wording.broken(reply.text) == [], reply.text


async def test_forbidden_words_are_refused_and_supervisors_may_send_them_anyway(world: World) -> None:
    lin, boss = await world.colleague("lin"), await world.colleague("boss", role=Role.SUPERVISOR)
    wording = Wording(world.db)
    conv = await world.queued()
    with pytest.raises(ForbiddenWords) as refused:
        await wording.demand(lin, conv.id, "我们会尽快处理，百分之百", anyway=True)
    assert refused.value.fields["words"] == "百分之百、尽快"
    await wording.demand(lin, conv.id, "请您尽快寄回")
    with pytest.raises(ForbiddenWords):
        await wording.demand(boss, conv.id, "尽快")
    await wording.demand(boss, conv.id, "尽快", anyway=True)
    entry = (await world.db.read(lambda c: audit.trail(c, action="forbidden_words_sent")))[0]
    assert (entry.actor, entry.conv_id, entry.data) == (boss.id, conv.id, {"words": ["尽快"]})


@ON_BOTH
async def test_the_team_replaces_rules_of_the_knowledge_base_and_takes_them_back(world: World) -> None:
    boss = await world.colleague("boss", role=Role.ADMIN)
    wording = Wording(world.db)
    rule = await wording.save(boss, WordingRule("尽快", "写明时间", "顾客等的是钟点", ("请尽快",)))
    assert [one.alternative for one in await wording.broken("尽快回复")] == ["写明时间"]
    assert await wording.broken("请尽快") == []
    assert (await wording.save(boss, WordingRule("尽快", "写明几点"))).id == rule.id
    renamed = await wording.save(boss, WordingRule("马上", "写明几点", "", (), rule.id))
    assert renamed.id == rule.id and [one.word for one in await wording.broken("马上")] == ["马上"]
    await wording.delete(boss, rule.id)
    assert [one.alternative for one in await wording.broken("尽快回复")] == ["写明几小时或几天"]
    with pytest.raises(NotFound):
        await wording.delete(boss, rule.id)


async def test_a_rule_needs_word_alternative_and_allowed_texts_that_hold_the_word(world: World) -> None:
    lin, boss = await world.colleague("lin"), await world.colleague("boss", role=Role.ADMIN)
    wording = Wording(world.db)
    for bad in (WordingRule("", "x"), WordingRule("x", " "), WordingRule("x", "y", "", ("z",))):
        with pytest.raises(InvalidRequest):
            await wording.save(boss, bad)
    with pytest.raises(Forbidden):
        await wording.save(lin, WordingRule("x", "y"))


@ON_BOTH
async def test_a_profile_is_kept_for_the_customer_and_erased_with_the_person(world: World) -> None:
    lin = await world.colleague("lin")
    casework = Casework(world.db, world.pokes)
    conv = await world.queued()
    await casework.save_profile(lin, conv.id, Profile("  王  女士 ", "138", "", "喜欢电话"))
    await casework.save_profile(lin, conv.id, Profile("王女士", "139", "", "喜欢电话"))
    assert (await casework.file_of(conv.id)).profile == Profile("王女士", "139", "", "喜欢电话")
    with pytest.raises(InvalidRequest):
        await casework.save_profile(lin, conv.id, Profile("x" * 101))
    await casework.file_complaint(lin, conv.id, 2, "破损")
    await world.db.write(erase_customer, conv.customer_id, "asked")
    case = await casework.file_of(conv.id)
    assert case.profile == Profile() and [one.text for one in case.complaints] == [""]


@ON_BOTH
@pytest.mark.parametrize("severity", [2, 4])
async def test_a_complaint_is_due_by_its_severity_and_ends_once(world: World, severity: int) -> None:
    lin = await world.colleague("lin")
    casework = Casework(world.db, world.pokes)
    conv = await world.queued()
    filed = await casework.file_complaint(lin, conv.id, severity, "收到破损的杯子")
    assert filed.due_at - filed.created_at == pytest.approx(DUE_IN[severity]) and filed.number.startswith("TS20")
    assert [one.id for one in await casework.open_complaints()] == [filed.id]
    done = await casework.finish_complaint(lin, filed.id, "已补发，顾客满意")
    assert done.done_at is not None and await casework.open_complaints() == []
    with pytest.raises(NotFound):
        await casework.finish_complaint(lin, filed.id, "再一次")
    assert (await casework.file_of(conv.id)).complaints == [done]


async def test_a_complaint_of_an_unknown_severity_or_without_words_is_refused(world: World) -> None:
    lin = await world.colleague("lin")
    casework = Casework(world.db, world.pokes)
    conv = await world.queued()
    for severity, words in ((0, "x"), (5, "x"), (2, "  ")):
        with pytest.raises(InvalidRequest):
            await casework.file_complaint(lin, conv.id, severity, words)
    with pytest.raises(NotFound):
        await casework.file_complaint(lin, "nobody", 2, "x")


async def test_the_card_shows_the_customers_handoffs_from_every_conversation(world: World) -> None:
    lin = await world.colleague("lin")
    conv = await world.queued("vip")
    claimed = await world.desk.claim(lin, await world.handoff_id(conv))
    await world.desk.close(lin, conv.id, claimed.fence, "solved", ["退款"])
    await world.say(conv, "我又来了")
    past = (await Casework(world.db, world.pokes).file_of(conv.id)).past
    assert [(one.reason, one.outcome, one.agent_name) for one in past] == [("vip", "resolved", "Lin")]
