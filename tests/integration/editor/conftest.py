"""A FAQ folder, the real action server over it, and the editor's API over a real database."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from handoff.app import Services, build_services, create_api
from handoff.conversation import Role
from handoff.settings import Settings
from handoff.store.database import open_database
from knowledge_base.build import build_index
from knowledge_base.embedding import HashingEmbedder
from knowledge_base.models import Entry
from knowledge_base.writing import render_file
from tests.integration.handoff.conftest import PASSWORD, database_url, migrated_database
from tests.support.faq_actions import FaqActions

__all__ = ["database_url", "migrated_database"]  # fixtures
ORIGIN = {"Origin": "http://shop.test"}
EDITOR = "/api/v1/editor"
SECRET = "test-secret-of-the-editor"

RETURNS = Entry(
    "returns-window", "多久可以退货？", "签收后 7 天内可以退货。", ("买了多久还能退",), followups=("returns-how",)
)
HOW = Entry("returns-how", "怎么申请退货？", "在 **我的订单** 里申请。", ("退货流程",), buttons=("转人工",))
INVOICE = Entry("invoice-apply", "怎么开发票？", "在订单页申请。", ("可以开专票吗",))
CASES = (
    '{"question": "买了多久还能退", "id": "returns-window"}\n'
    '{"question": "可以开专票吗", "id": "invoice-apply"}\n'
    '{"question": "zzz qqq xxx", "id": null}\n'
)


@dataclass
class World:
    """The desk with its folder; ``call`` speaks to the API as the signed-in account."""

    services: Services
    client: TestClient
    faq: Path
    actions: FaqActions
    headers: dict[str, str]

    def sign_in(self, name: str, role: Role) -> None:
        asyncio.run(self.services.accounts.add(name, name.title(), role, PASSWORD))
        self.client.cookies.clear()
        body = {"name": name, "password": PASSWORD}
        answer = self.client.post("/api/v1/agent/login", json=body, headers=ORIGIN).json()
        self.headers = ORIGIN | {"X-CSRF-Token": answer["csrf"]}

    def get(self, path: str, /, **params: Any) -> httpx.Response:
        return self.client.get(EDITOR + path, params=params)

    def post(self, path: str, /, **body: Any) -> httpx.Response:
        return self.client.post(EDITOR + path, json=body, headers=self.headers)

    def draft(self, entry_id: str, **changes: Any) -> dict[str, Any]:
        """The entry opened, with changed fields, as the form sends it."""
        opened = self.get(f"/entries/{entry_id}").json()
        fields = opened["fields"] | changes
        return {"path": opened["path"], "entry_id": entry_id, "fields": fields, "version": opened["version"]}


def write_folder(faq: Path) -> None:
    (faq / "zh").mkdir(parents=True)
    entries = [replace(entry, owner="service-team") for entry in (RETURNS, HOW)]
    (faq / "zh" / "returns.md").write_text("\ufeff" + render_file(entries, "zh").replace("\n", "\r\n"), newline="")
    (faq / "zh" / "invoices.md").write_text(render_file([INVOICE], "zh"))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with its index, made once: encoding the texts that no entry answers takes longest."""
    made = tmp_path_factory.mktemp("built")
    write_folder(made / "faq")
    build_index(made / "faq", made / "index", HashingEmbedder(512))
    return made


@pytest.fixture
def world(tmp_path: Path, database_url: str, built: Path) -> Iterator[World]:
    faq = tmp_path / "faq"
    for part in ("faq", "index"):
        shutil.copytree(built / part, tmp_path / part)
    cases = tmp_path / "cases.jsonl"
    cases.write_text(CASES)
    actions = FaqActions(faq, tmp_path / "index", SECRET)
    actions.start()
    settings = Settings(
        data_dir=tmp_path,
        database_url=database_url,
        shared_secret=SECRET,
        faq_dir=faq,
        faq_cases=cases,
        actions_url=actions.url,
        rasa_url="http://127.0.0.1:9",
        message_burst=1000,
    )
    services = build_services(settings, open_database(settings))
    with TestClient(create_api(services), base_url="http://shop.test") as client:
        made = World(services, client, faq, actions, {})
        made.sign_in("eva", Role.EDITOR)
        yield made
    actions.stop()
