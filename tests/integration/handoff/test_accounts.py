"""Accounts on the real databases: roles, passwords, second factors, sessions, and what the audit trail keeps."""

from __future__ import annotations

import time

import pyotp
import pytest

from handoff.accounts import AuditTrail, SecondFactor, Sessions
from handoff.conversation import Agent, Role
from handoff.errors import (
    Forbidden,
    InvalidRequest,
    LastAdmin,
    LoginFailed,
    NotFound,
    PasswordWrong,
    SecondFactorNeeded,
    SecondFactorUnreadable,
    SecondFactorWrong,
    WeakPassword,
)
from handoff.rates import Rates
from tests.integration.handoff.conftest import ON_BOTH, PASSWORD, World


async def with_factor(world: World, agent: Agent) -> tuple[SecondFactor, pyotp.TOTP, list[str]]:
    """The account's second factor turned on by the code of the step before, so that this step's is still unused."""
    factor = SecondFactor(world.db, world.settings)
    totp = pyotp.TOTP((await factor.begin(agent)).secret)
    codes = await factor.confirm(agent, totp.at(int(time.time()) - 30))
    return factor, totp, codes


async def actions(world: World) -> list[str]:
    return [entry.action for entry in (await AuditTrail(world.db).page()).entries]


async def test_the_only_administrator_cannot_be_demoted_or_disabled(world: World) -> None:
    await world.agent("boss", Role.ADMIN)
    for change in (world.accounts.set_role("boss", Role.AGENT), world.accounts.disable("boss")):
        with pytest.raises(LastAdmin):
            await change
    await world.agent("second", Role.ADMIN)
    assert (await world.accounts.set_role("boss", Role.EDITOR)).role is Role.EDITOR
    assert await actions(world) == ["agent_role_set", "agent_added", "agent_added"]


async def test_a_disabled_account_is_signed_out_and_may_be_enabled_with_its_old_password(world: World) -> None:
    await world.agent("lin")
    _, session_id, _ = await world.sign_in.login("lin", PASSWORD, "here")
    await world.accounts.disable("lin")
    assert await world.sign_in.check(session_id) is None
    with pytest.raises(LoginFailed):
        await world.sign_in.login("lin", PASSWORD, "here")
    await world.accounts.enable("lin")
    assert (await world.sign_in.login("lin", PASSWORD, "here"))[0].name == "lin"


@pytest.mark.parametrize("name", ["", "   ", "two\nlines", "x" * 65])
async def test_names_that_nobody_can_read_are_refused(world: World, name: str) -> None:
    await world.agent("lin")
    with pytest.raises(InvalidRequest):
        await world.accounts.rename("lin", name)
    with pytest.raises(InvalidRequest):
        await world.accounts.add(name, "Lin", Role.AGENT, PASSWORD)


@ON_BOTH
async def test_a_code_is_needed_once_the_second_factor_is_on_and_counts_once(world: World) -> None:
    lin = await world.agent("lin")
    factor, totp, _ = await with_factor(world, lin)
    assert await factor.is_on(lin) and await world.accounts.second_factors() == {lin.id}
    with pytest.raises(SecondFactorNeeded):
        await world.sign_in.login("lin", PASSWORD, "here")
    with pytest.raises(LoginFailed):
        await world.sign_in.login("lin", "wrong password", "here", code=totp.now())
    code = totp.now()
    await world.sign_in.login("lin", PASSWORD, "here", code=f"{code[:3]} {code[3:]}")
    with pytest.raises(SecondFactorWrong):
        await world.sign_in.login("lin", PASSWORD, "here", code=code)


@pytest.mark.parametrize("code", ["000000", "abc", "１２３４５６", "-"])
async def test_wrong_codes_are_refused(world: World, code: str) -> None:
    lin = await world.agent("lin")
    await with_factor(world, lin)
    with pytest.raises((SecondFactorWrong, SecondFactorNeeded)):
        await world.sign_in.login("lin", PASSWORD, "here", code=code)


@ON_BOTH
async def test_each_recovery_code_signs_in_once(world: World) -> None:
    lin = await world.agent("lin")
    _, _, codes = await with_factor(world, lin)
    assert len(set(codes)) == 10
    await world.sign_in.login("lin", PASSWORD, "here", code=codes[0].upper())
    with pytest.raises(SecondFactorWrong):
        await world.sign_in.login("lin", PASSWORD, "here", code=codes[0])
    assert "recovery_code_used" in await actions(world)


async def test_a_secret_counts_only_after_its_first_code(world: World) -> None:
    lin = await world.agent("lin")
    factor = SecondFactor(world.db, world.settings)
    first = await factor.begin(lin)
    second = await factor.begin(lin)
    with pytest.raises(SecondFactorWrong):
        await factor.confirm(lin, pyotp.TOTP(first.secret).now())
    await world.sign_in.login("lin", PASSWORD, "here")
    await factor.confirm(lin, pyotp.TOTP(second.secret).now())
    with pytest.raises(SecondFactorWrong):
        await factor.confirm(lin, pyotp.TOTP(second.secret).now())


async def test_turning_it_off_needs_a_code_and_an_administrator_needs_none(world: World) -> None:
    lin = await world.agent("lin")
    factor, _, codes = await with_factor(world, lin)
    with pytest.raises(SecondFactorWrong):
        await factor.turn_off(lin, "000000")
    await factor.turn_off(lin, codes[0])
    assert not await factor.is_on(lin)
    await with_factor(world, lin)
    await world.accounts.remove_second_factor("lin")
    await world.sign_in.login("lin", PASSWORD, "here")


async def test_another_shared_secret_cannot_read_the_second_factor(world: World) -> None:
    lin = await world.agent("lin")
    await with_factor(world, lin)
    elsewhere = SecondFactor(world.db, world.settings.model_copy(update={"shared_secret": "another"}))
    with pytest.raises(SecondFactorUnreadable):
        await elsewhere.demand(lin, "123456")


async def test_changing_the_own_password_ends_the_other_sessions(world: World) -> None:
    lin = await world.agent("lin")
    sessions = Sessions(world.db, Rates())
    _, here, _ = await world.sign_in.login("lin", PASSWORD, "1.2.3.4", browser="Firefox/1")
    _, there, _ = await world.sign_in.login("lin", PASSWORD, "5.6.7.8")
    with pytest.raises(PasswordWrong):
        await sessions.change_password(lin, here, "not this", "a fresh long one")
    with pytest.raises(WeakPassword):
        await sessions.change_password(lin, here, PASSWORD, "short")
    await sessions.change_password(lin, here, PASSWORD, "a fresh long one")
    assert await world.sign_in.check(there) is None
    (left,) = await sessions.list(lin.id, here)
    assert (left.current, left.address, left.browser) == (True, "1.2.3.4", "Firefox/1")
    with pytest.raises(LoginFailed):
        await world.sign_in.login("lin", PASSWORD, "here")


@ON_BOTH
async def test_a_session_is_ended_by_its_public_id_and_only_for_its_account(world: World) -> None:
    lin, boss = await world.agent("lin"), await world.agent("boss", Role.ADMIN)
    sessions = Sessions(world.db, Rates())
    _, secret, _ = await world.sign_in.login("lin", PASSWORD, "here")
    (one,) = await sessions.list(lin.id)
    assert secret not in one.id
    with pytest.raises(NotFound):
        await sessions.revoke(boss, boss.id, one.id)
    await sessions.revoke(boss, lin.id, one.id)
    assert await world.sign_in.check(secret) is None
    with pytest.raises(NotFound):
        await sessions.revoke(boss, lin.id, one.id)


@ON_BOTH
async def test_the_audit_trail_is_read_in_pages_by_person_and_by_action(world: World) -> None:
    boss = await world.agent("boss", Role.ADMIN)
    for number in range(2):
        await world.accounts.add(f"a{number}", "", Role.AGENT, PASSWORD, actor=boss.id)
    for number in range(60):
        await world.accounts.rename("boss", f"Boss {number}", actor=boss.id)
    trail = AuditTrail(world.db)
    first = await trail.page()
    assert len(first.entries) == 50 and first.more and first.names[boss.id] == "Boss 59"
    last = first.entries[-1]
    second = await trail.page(before=(last.at, last.id))
    assert {e.id for e in first.entries}.isdisjoint(e.id for e in second.entries) and not second.more
    assert len(first.entries) + len(second.entries) == 63
    assert [e.data["name"] for e in (await trail.page(actor=boss.id, action="agent_added")).entries] == ["a1", "a0"]
    assert (await trail.page(actor="nobody")).entries == []


async def test_supervisors_set_what_an_account_is_given_and_agents_do_not(world: World) -> None:
    lin, boss = await world.agent("lin"), await world.agent("boss", Role.SUPERVISOR)
    with pytest.raises(Forbidden):
        await world.team.set_routing(lin, "lin", ["refunds"], [], 5)
    changed = await world.team.set_routing(boss, "lin", ["refunds"], ["en"], 2)
    assert (changed.skills, changed.langs, changed.cap) == (("refunds",), ("en",), 2)
