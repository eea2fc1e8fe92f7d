"""What an agent does in the workspace: each event of its parts becomes one use-case of the desk."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from handoff.console.pages.fields import number_of, text_of, texts_of
from handoff.console.pages.shell import Frame
from handoff.console.pages.workspace import Parts, Workspace
from handoff.errors import InvalidRequest
from handoff.store.casework import Profile
from handoff.store.verdicts import Judgement

Data = dict[str, Any]
_VERDICTS: dict[str, Judgement] = {"right": "right", "too_early": "too_early", "too_late": "too_late"}


class Commands:
    """Listens to the parts of one page for as long as the page lives."""

    def __init__(self, frame: Frame, parts: Parts, space: Workspace) -> None:
        self._frame, self._parts, self._space = frame, parts, space
        self._services, self._desk = frame.services, frame.services.desk
        self._listen_to_queue()
        self._listen_to_conversation()
        self._listen_to_card()

    def _listen_to_queue(self) -> None:
        queue = self._parts.queue
        queue.hear("open", self._open)
        queue.hear("claim", self._claim)
        queue.hear("decline", self._decline)

    def _listen_to_conversation(self) -> None:
        head, composer = self._parts.head, self._parts.composer
        head.hear("claim", self._claim)
        head.hear("decline", self._decline)
        head.hear("close", self._close)
        head.hear("give_back", self._give_back)
        head.hear("transfer", self._transfer)
        head.hear("take_over", self._take_over)
        head.hear("colleagues", self._colleagues)
        head.hear("view", self._view)
        self._parts.thread.hear("seen", self._seen)
        composer.hear("send", self._send)
        composer.hear("typing", self._typing)
        composer.hear("catch_up", self._catch_up)
        composer.hear("texts", self._texts)

    def _listen_to_card(self) -> None:
        card = self._parts.card
        card.hear("view", self._view)
        card.hear("open", self._open)
        card.hear("verdict", self._verdict)
        card.hear("profile", self._profile)
        card.hear("complain", self._complain)

    async def _open(self, data: Data) -> None:
        await self._space.attempt(lambda: self._space.open(text_of(data, "conv")))

    async def _claim(self, data: Data) -> None:
        async def work() -> None:
            conversation = await self._desk.claim(self._frame.agent, text_of(data, "id"))
            await self._space.open(conversation.id)

        await self._space.attempt(work)

    async def _decline(self, data: Data) -> None:
        async def work() -> None:
            await self._services.team.decline(self._frame.agent, text_of(data, "id"))
            await self._space.refresh()

        await self._space.attempt(work)

    async def _send(self, data: Data) -> None:
        message_id = text_of(data, "id")
        sent = False

        async def work() -> None:
            nonlocal sent
            await self._write(data, message_id)
            sent = True
            self._parts.composer.acknowledged(message_id)
            await self._space.refresh()

        await self._space.attempt(work)
        if not sent:
            self._parts.composer.refused(message_id)

    async def _write(self, data: Data, message_id: str) -> None:
        agent, conv_id, fence = self._frame.agent, text_of(data, "conv"), number_of(data, "fence")
        words, files = text_of(data, "text"), texts_of(data, "files")
        if data.get("note") is True:
            await self._desk.note(agent, conv_id, fence, message_id, words)
            return
        await self._services.wording.demand(agent, conv_id, words, anyway=data.get("anyway") is True)
        await self._desk.reply(agent, conv_id, fence, message_id, words, files)

    async def _close(self, data: Data) -> None:
        async def work() -> None:
            await self._desk.close(
                self._frame.agent,
                text_of(data, "conv"),
                number_of(data, "fence"),
                reason=text_of(data, "reason"),
                tags=texts_of(data, "tags"),
            )
            await self._space.refresh()

        await self._space.attempt(work)

    async def _give_back(self, data: Data) -> None:
        async def work() -> None:
            await self._desk.return_to_bot(
                self._frame.agent, text_of(data, "conv"), number_of(data, "fence"), summary=text_of(data, "summary")
            )
            await self._space.refresh()

        await self._space.attempt(work)

    async def _transfer(self, data: Data) -> None:
        async def work() -> None:
            await self._desk.transfer(
                self._frame.agent,
                text_of(data, "conv"),
                number_of(data, "fence"),
                to_agent=text_of(data, "person") or None,
                to_skill=text_of(data, "skill") or None,
                note=text_of(data, "note"),
            )
            await self._space.refresh()
            self._tell("transferred")

        await self._space.attempt(work)

    async def _take_over(self, data: Data) -> None:
        async def work() -> None:
            await self._desk.take_over(self._frame.agent, text_of(data, "conv"), text_of(data, "note"))
            await self._space.refresh()

        await self._space.attempt(work)

    async def _colleagues(self, _data: Data) -> None:
        async def work() -> None:
            found = await self._services.team.colleagues()
            self._parts.head.show(
                colleagues=[
                    asdict(one) | {"role": str(one.role), "state": str(one.state)}
                    for one in found
                    if one.id != self._frame.agent.id
                ],
                skills=await self._services.team.skills(),
            )

        await self._space.attempt(work)

    async def _typing(self, data: Data) -> None:
        """Told often and of no weight: a refusal is not worth a message."""
        conv_id = text_of(data, "conv")
        if conv_id == self._space.conv_id:
            await self._services.team.typing(self._frame.agent, conv_id)

    async def _seen(self, data: Data) -> None:
        """Like typing, of no weight."""
        conv_id, seq = text_of(data, "conv"), number_of(data, "seq")
        if conv_id == self._space.conv_id and seq > 0:
            await self._services.team.read(self._frame.agent, conv_id, seq)

    async def _catch_up(self, data: Data) -> None:
        """After a lost connection: the page may send again once it has everything."""
        turn = number_of(data, "turn")
        if await self._space.attempt(self._space.refresh):
            self._parts.composer.caught_up(turn)

    async def _texts(self, _data: Data) -> None:
        await self._space.attempt(self._space.refresh_texts)

    async def _verdict(self, data: Data) -> None:
        async def work() -> None:
            verdict = _VERDICTS.get(text_of(data, "verdict"))
            if verdict is None:
                raise InvalidRequest("There is no such verdict.")
            await self._services.verdicts.give(
                self._frame.agent, text_of(data, "handoff"), verdict, text_of(data, "note")
            )
            await self._space.refresh()
            self._tell("judged")

        await self._space.attempt(work)

    async def _profile(self, data: Data) -> None:
        async def work() -> None:
            conv_id = await self._visible(data)
            profile = Profile(*(text_of(data, key) for key in ("name", "phone", "email", "note")))
            await self._services.casework.save_profile(self._frame.agent, conv_id, profile)
            await self._space.refresh()
            self._tell("profile_saved")

        await self._space.attempt(work)

    async def _complain(self, data: Data) -> None:
        async def work() -> None:
            conv_id = await self._visible(data)
            filed = await self._services.casework.file_complaint(
                self._frame.agent, conv_id, number_of(data, "severity"), text_of(data, "text")
            )
            await self._space.refresh()
            told = self._frame.words["said"]["complaint_filed"].format(number=filed.number)
            self._frame.tell(told, good=True)

        await self._space.attempt(work)

    def _view(self, data: Data) -> None:
        if data.get("to") in ("queue", "thread", "card"):
            self._space.turn_to(data["to"])

    async def _visible(self, data: Data) -> str:
        conv_id = text_of(data, "conv")
        await self._desk.thread(self._frame.agent, conv_id)
        return conv_id

    def _tell(self, said: str) -> None:
        self._frame.tell(self._frame.words["said"][said], good=True)
