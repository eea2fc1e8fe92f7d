"""Files: what is taken, what is refused, who may read them, and that nothing half done stays."""

from __future__ import annotations

import io
import os
import time
import uuid
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from PIL import Image
from sqlalchemy import select, update

from handoff.app import Services
from handoff.attachments import images
from handoff.conversation import HandoffRequest, Role
from handoff.queue import open_handoff
from handoff.store import erase
from handoff.store import tables as t
from tests.integration.handoff.conftest import PASSWORD
from tests.integration.web.conftest import WEB, Customer

AGENT = "/api/v1/agent"
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
GPS = 0x8825


def picture(form: str = "PNG", size: tuple[int, int] = (900, 600), **options: object) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, (20, 120, 100)).save(file, form, **options)
    return file.getvalue()


def document(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, "<xml/>")
    return file.getvalue()


def files_of(services: Services) -> list[Path]:
    return [path for path in (services.settings.data_dir / "attachments").glob("??/*") if path.is_file()]


def test_a_picture_is_drawn_anew_sent_and_read_back(customer: Customer, services: Services) -> None:
    exif = Image.Exif()
    exif[GPS] = {1: "N", 2: (39.0, 54.0, 0.0)}
    original = picture("JPEG", exif=exif, comment=b"<script>alert(1)</script>")
    taken = customer.upload(original, "../../收据 <1>.jpeg").json()
    assert (taken["name"], taken["type"], taken["width"], taken["height"]) == ("收据 1.jpeg", "image/jpeg", 900, 600)
    assert customer.say("这是收据", attachments=[taken["id"]]).status_code == 200
    event = customer.events()[0]
    assert event["attachments"] == [taken]
    kept = customer.get(f"/attachments/{taken['id']}")
    assert b"script" not in kept.content and GPS not in Image.open(io.BytesIO(kept.content)).getexif()
    assert kept.headers["content-disposition"].startswith("attachment;")
    assert kept.headers["x-content-type-options"] == "nosniff"
    assert kept.headers["content-security-policy"] == "sandbox; default-src 'none'"
    small = Image.open(io.BytesIO(customer.get(f"/attachments/{taken['id']}/thumbnail").content))
    assert (small.format, max(small.size)) == ("WEBP", 480)
    assert all(path.stat().st_mode & 0o077 == 0 for path in files_of(services))


def test_a_message_of_files_alone_gets_words_and_the_bot_says_that_it_cannot_see(customer: Customer) -> None:
    first, second = customer.upload(PDF, "合同.pdf").json(), customer.upload(picture(), "b.png").json()
    customer.say("", attachments=[first["id"], second["id"]])
    said, notice = customer.settled(2)
    assert (said["text"], said["meta"]) == ("[文件] 合同.pdf\n[图片] b.png", {"wordless": True})
    assert (notice["kind"], notice["meta"]["code"]) == ("notice", "files_unread")


def test_words_beside_a_file_are_answered(customer: Customer) -> None:
    taken = customer.upload(picture("GIF"), "a.gif").json()
    customer.say("怎么退货？", attachments=[taken["id"]])
    assert customer.settled(2)[1]["text"] == "answer to 怎么退货？"


def test_a_repeat_is_the_same_message(customer: Customer) -> None:
    taken = customer.upload(PDF, "a.pdf").json()
    body = {"client_msg_id": "file-message", "text": "", "attachments": [taken["id"]]}
    assert customer.post("/messages", body).json() == customer.post("/messages", body).json()
    again = customer.say("noch einmal", attachments=[taken["id"]])
    assert (again.status_code, again.json()["error"]["code"]) == (404, "not_found")
    assert [event["author"] for event in customer.events()].count("customer") == 1


NAMES: list[tuple[bytes, str, str]] = [
    (PDF, "invoice.exe", "invoice.exe.pdf"),
    ("订单,数量\n1,2\n".encode(), "表.csv", "表.csv"),
    (picture("WEBP"), "x" * 300 + ".webp", "x" * 112 + ".webp"),
    (picture(), "\u202egnp.exe", "gnp.exe.png"),
    (picture(), "", "file.png"),
    (document("[Content_Types].xml", "word/document.xml"), "信.zip", "信.zip.docx"),
]


def test_the_name_follows_the_content(customer: Customer) -> None:
    assert [customer.upload(content, name).json()["name"] for content, name, _ in NAMES] == [kept for *_, kept in NAMES]


REFUSED: list[tuple[bytes, int, str]] = [
    (b"", 415, "attachment_refused"),
    (b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00" + b"\0" * 200, 415, "attachment_refused"),
    (b"\x7fELF\x02\x01\x01\x00" + b"\0" * 200, 415, "attachment_refused"),
    (b"PK\x03\x04" + b"\0" * 200, 415, "attachment_refused"),
    (document("run.sh"), 415, "attachment_refused"),
    (document("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), 415, "attachment_refused"),
    (b"<!doctype html><script>alert(1)</script>", 415, "attachment_refused"),
    (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', 415, "attachment_refused"),
    (b"\xef\xbb\xbf  <HTML><body onload=alert(1)>", 415, "attachment_refused"),
    (picture()[:200], 422, "attachment_damaged"),
    (b"GIF89a<script>alert(1)</script>", 422, "attachment_damaged"),
    (b"x" * 300_001, 413, "attachment_too_large"),
]


def test_what_is_not_taken_leaves_nothing(customer: Customer, services: Services) -> None:
    answers = [customer.upload(content, "photo.png") for content, *_ in REFUSED]
    told = [(answer.status_code, answer.json()["error"]["code"]) for answer in answers]
    assert told == [(status, code) for _, status, code in REFUSED]
    assert files_of(services) == []


def test_a_body_without_a_length_is_counted_while_it_comes(customer: Customer, services: Services) -> None:
    refused = customer.http.post(
        f"{WEB}/attachments", content=(b"x" * 10_000 for _ in range(100)), headers=customer.headers
    )
    assert (refused.status_code, refused.json()["error"]["code"]) == (413, "attachment_too_large")
    assert files_of(services) == []


def test_a_picture_that_unpacks_to_too_much_is_refused(customer: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "MAX_PIXELS", 500_000)
    refused = customer.upload(picture("PNG", (900, 600)), "bomb.png")
    assert (refused.status_code, refused.json()["error"]["code"]) == (413, "attachment_too_large")


def test_uploads_are_limited(customer: Customer, services: Services) -> None:
    answers = [customer.upload(b"one line\n", f"{n}.txt") for n in range(services.settings.attachments_per_minute + 1)]
    assert {answer.status_code for answer in answers[:-1]} == {200}
    assert (answers[-1].status_code, int(answers[-1].headers["retry-after"]) > 0) == (429, True)


def test_only_the_owner_reads_a_file(arrive: Callable[..., Customer], http: TestClient) -> None:
    mine, other = arrive(), arrive()
    file_id = mine.upload(PDF, "a.pdf").json()["id"]
    assert mine.get(f"/attachments/{file_id}").status_code == 200
    assert other.get(f"/attachments/{file_id}").status_code == 404
    assert other.say("", attachments=[file_id]).status_code == 404
    assert http.get(f"{WEB}/attachments/{file_id}").status_code == 401
    assert mine.get(f"/attachments/{file_id}/thumbnail").status_code == 404
    for nonsense in ("..%2f..%2fbaton.db", "0" * 32, uuid.uuid4().hex[:31] + "/"):
        assert mine.get(f"/attachments/{nonsense}").status_code == 404


async def agent_with(services: Services, http: TestClient, conv_id: str) -> tuple[dict[str, str], int]:
    """An agent who holds the conversation: headers of the session, and the fence."""
    agent = await services.accounts.add("lin", "林晓", Role.AGENT, PASSWORD)
    signed = http.post(
        f"{AGENT}/login", json={"name": "lin", "password": PASSWORD}, headers={"Origin": "http://shop.test"}
    )
    conversation = (await services.desk.thread(agent, conv_id)).conversation
    handoff = services.db.read_now(lambda conn: conn.execute(select(t.handoff.c.id)).scalar_one())
    conversation = await services.desk.claim(agent, handoff)
    return {"Origin": "http://shop.test", "X-CSRF-Token": signed.json()["csrf"]}, conversation.fence


async def test_files_go_both_ways_between_customer_and_agent(
    customer: Customer, services: Services, http: TestClient
) -> None:
    conversation = await services.gateway.conversation_of(customer.token, "web")
    sent = customer.upload(picture(), "mine.png").json()
    customer.say("请看", attachments=[sent["id"]])
    customer.settled(2)
    now = await services.gateway.conversation_of(customer.token, "web")
    await services.db.write(open_handoff, now, HandoffRequest("angry"))
    headers, fence = await agent_with(services, http, conversation.id)
    assert http.get(f"{AGENT}/attachments/{sent['id']}").status_code == 200
    url = f"{AGENT}/conversations/{conversation.id}"
    theirs = http.post(f"{url}/attachments", content=PDF, headers=headers | {"X-File-Name": "label.pdf"}).json()
    # Uploaded but not sent: not yet the customer's to read.
    assert customer.get(f"/attachments/{theirs['id']}").status_code == 404
    body = {"client_msg_id": "agent-file", "fence": fence, "text": "", "attachments": [theirs["id"]]}
    assert http.post(f"{url}/messages", json=body, headers=headers).status_code == 200
    assert customer.events()[-1]["attachments"][0]["name"] == "label.pdf"
    assert customer.get(f"/attachments/{theirs['id']}").content == PDF
    stolen = {"client_msg_id": "agent-steals", "fence": fence, "text": "", "attachments": [sent["id"]]}
    assert http.post(f"{url}/messages", json=stolen, headers=headers).status_code == 404
    http.cookies.clear()
    assert http.get(f"{AGENT}/attachments/{sent['id']}").status_code == 401


async def test_what_nobody_sent_and_what_was_erased_goes(customer: Customer, services: Services) -> None:
    kept, unsent = customer.upload(PDF, "kept.pdf").json(), customer.upload(PDF, "unsent.pdf").json()
    customer.say("", attachments=[kept["id"]])
    past = time.time() - 25 * 3600
    services.db.write_now(lambda conn: conn.execute(update(t.attachment).values(created_at=past)))
    assert await services.attachments.sweep() == 1
    assert [path.name for path in files_of(services)] == [kept["id"]]
    assert customer.get(f"/attachments/{unsent['id']}").status_code == 404
    conversation = await services.gateway.conversation_of(customer.token, "web")
    services.db.write_now(erase.erase_customer, conversation.customer_id, "asked")
    for path in files_of(services):
        os.utime(path, (past, past))
    assert await services.attachments.sweep() == 1
    assert files_of(services) == []
