"""Files on WeChat: what customers send reaches the agents, and agents' pictures reach the customers."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from typing import Any

import pytest
from PIL import Image

from handoff.attachments.service import Upload
from handoff.channels.wechat.media import MAX_IMAGE_BYTES, as_wechat_shows
from handoff.conversation import Event
from handoff.wechat_sim import kf
from handoff.wechat_sim.platform import Person
from tests.integration.wechat.conftest import Wechat, until

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def files_shown(world: Wechat, person: Person) -> list[dict[str, Any]]:
    return [file for event in await world.events(person) for file in event.payload.get("attachments") or []]


async def note(world: Wechat, person: Person, code: str) -> Event:
    async def look() -> Event | None:
        found = [e for e in await world.events(person) if (e.payload.get("meta") or {}).get("code") == code]
        return found[0] if found else None

    event: Event = await until(look)
    return event


@pytest.mark.parametrize(
    ("account", "kind", "media_type"),
    [
        ("shop", "image", "image/png"),
        ("shop", "voice", "audio/amr"),
        ("mini", "image", "image/png"),
        ("service", "image", "image/png"),
    ],
)
async def test_a_customers_file_is_shown_to_the_agents(world: Wechat, account: str, kind: str, media_type: str) -> None:
    person = world.person(account)
    await world.people.send_media(person, kind)
    await world.told(person)
    event = await note(world, person, "media_kept")
    (file,) = event.payload["attachments"]
    assert (event.internal, file["type"]) == (True, media_type)
    attachment, stored = await world.services.attachments.open(file["id"])
    assert stored.path.is_file() and attachment.author == "customer" and attachment.seq == 1


async def test_a_file_the_platform_no_longer_has_is_told(world: Wechat) -> None:
    person = world.person("service")
    kf.said(world.platform, person, "image", media_id="expired")
    await world.people.poke(person)
    await world.told(person)
    event = await note(world, person, "media_gone")
    assert event.internal and await files_shown(world, person) == []


def picture(kind: str, size: tuple[int, int] = (40, 30)) -> bytes:
    drawn = io.BytesIO()
    Image.new("RGBA", size, (200, 30, 30, 128)).save(drawn, kind)
    return drawn.getvalue()


async def once(content: bytes) -> AsyncIterator[bytes]:
    yield content


@pytest.mark.parametrize(
    ("account", "name", "content", "shown"),
    [
        ("shop", "plan.png", picture("PNG"), "[image] plan.png"),
        ("shop", "plan.webp", picture("WEBP"), "[image] plan.jpg"),
        ("service", "plan.png", picture("PNG"), "[image] plan.png"),
        ("service", "note.txt", "您好".encode(), "[file] note.txt"),
        ("shop", "note.txt", "您好".encode(), "[文件] note.txt（请在网页对话里查看）"),
    ],
)
async def test_an_agents_file_reaches_the_customer(
    world: Wechat, account: str, name: str, content: bytes, shown: str
) -> None:
    person, agent = world.person(account), await world.agent()
    await world.people.say(person, "转人工")
    await world.told(person)
    conversation = await world.held(person, agent)
    upload = Upload(conversation.id, "agent", agent.id, name, once(content), len(content))
    attachment = await world.services.attachments.take(upload)
    await world.services.desk.reply(agent, conversation.id, conversation.fence, "file-1", "", [attachment.id])
    await until(lambda: shown in "\n".join(world.shown(person)))


async def test_a_large_picture_is_made_smaller_and_keeps_its_look() -> None:
    noise = Image.effect_noise((3000, 2000), 90).convert("RGB")
    drawn = io.BytesIO()
    noise.save(drawn, "PNG")
    small, name = as_wechat_shows(drawn.getvalue(), "image/png", "big.png")
    with Image.open(io.BytesIO(small)) as image:
        assert max(image.size) <= 2048 and image.format == "JPEG"
    assert len(small) <= MAX_IMAGE_BYTES and name == "big.jpg"
