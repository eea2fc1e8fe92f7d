"""The gateway dies with -9 while the platform holds its call: the message goes out once more, and agents are told."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import httpx

from handoff.wechat_sim.app import create_sim
from handoff.wechat_sim.people import People
from handoff.wechat_sim.platform import Fault, Platform
from handoff.wechat_sim.settings import sim_accounts
from tests.integration.handoff.gateway_process import GatewayProcess, TurnServer
from tests.integration.wechat.conftest import ACCOUNTS, free_port, serving, until


async def test_killed_between_sending_and_recording(tmp_path: Path) -> None:
    accounts, sim_port = tmp_path / "wechat.toml", free_port()
    accounts.write_text(ACCOUNTS, encoding="utf-8")
    with TurnServer() as rasa:
        gateway = GatewayProcess(tmp_path, rasa.port)
        gateway._env |= {
            "BATON_WECHAT_ACCOUNTS": str(accounts),
            "BATON_WECHAT_API": f"http://127.0.0.1:{sim_port}",
        }
        platform = Platform(sim_accounts(str(accounts), f"http://127.0.0.1:{gateway.port}"))
        async with (
            serving(create_sim(platform), sim_port),
            httpx.AsyncClient(trust_env=False, timeout=None) as http,
        ):
            await asyncio.to_thread(gateway.start)
            person = platform.person(platform.account_named("shop"))
            # The platform shows the message and keeps the caller waiting.
            platform.faults.append(Fault("silent", 20.0))
            await People(platform, http).say(person, "在吗")
            await until(lambda: [line for line in person.phone if line.side == "account"])
            gateway.kill()
            await asyncio.to_thread(gateway.start)
            await until(lambda: len([line for line in person.phone if line.side == "account"]) == 2)
            await asyncio.sleep(0.5)
            await asyncio.to_thread(gateway.kill)
    assert [line.text for line in person.phone if line.side == "account"] == ["answer 1 to 在吗"] * 2
    with sqlite3.connect(tmp_path / "baton.db") as stored:
        states = stored.execute("SELECT state, doubts FROM delivery").fetchall()
        notes = stored.execute("SELECT client_msg_id FROM event WHERE kind = 'note'").fetchall()
    assert states == [("sent", 1)]
    assert [note for (note,) in notes if "maybe_double" in note]
