"""How a bot turn ends: what the bot said is committed exactly once, or kept as a note when it came too late."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from handoff import queue
from handoff.conversation import Conversation, Draft, HandoffRequest, Mode, MoodReading, Turn, TurnState
from handoff.rasa import Answer
from handoff.routing.rules import Rules
from handoff.store import customers, moods, turns
from handoff.store.append import append, event_at, get_conversation
from handoff.store.append_many import append_many, lock_free

_WITH_BOT = (Mode.BOT,)


def finish(conn: Connection, turn: Turn, answer: Answer, rules: Rules | None = None) -> Conversation:
    """Commit the bot's answer, its mood reading and the handoff it asked for; or nothing, if it came too late."""
    conversation = get_conversation(conn, turn.conv_id)
    if not _is_current(turn, conversation):
        return _supersede(conn, conversation, turn, answer)
    if not turns.end_turn(conn, turn, TurnState.DONE, _summary(answer)):
        return conversation
    _put_mood(conn, turn, answer)
    _set_lang(conn, conversation, answer)
    for draft in _drafts(turn, answer):
        # The turn ended in this very transaction, so nobody wrote its answer before.
        _, conversation = append(conn, conversation.id, draft, modes=_WITH_BOT, fence=turn.fence, known_new=True)
    if answer.handoff is None:
        return conversation
    queue.open_handoff(conn, get_conversation(conn, conversation.id), _request_of(answer), rules)
    return get_conversation(conn, conversation.id)


def finish_together(conn: Connection, answered: Sequence[tuple[Turn, Answer]]) -> list[Conversation | None]:
    """As `finish` for many turns of different conversations; None for one that needs a look of its own.

    That is one whose answer asks for a person, came too late, or whose conversation somebody changes at this moment.
    """
    free, at = lock_free(conn, {turn.conv_id for turn, _ in answered})
    plain = {
        number: (turn, answer)
        for number, (turn, answer) in enumerate(answered)
        if answer.handoff is None and turn.conv_id in free and _is_current(turn, free[turn.conv_id])
    }
    ended = turns.end_turns(conn, [(turn, _summary(answer)) for turn, answer in plain.values()], TurnState.DONE)
    done = {number: each for number, each in plain.items() if each[0].id in ended}
    for turn, answer in done.values():
        _put_mood(conn, turn, answer)
        _set_lang(conn, free[turn.conv_id], answer)
    drafts = [(turn.conv_id, draft) for turn, answer in done.values() for draft in _drafts(turn, answer)]
    _, after = append_many(conn, free, drafts, at)
    return [after[turn.conv_id] if number in plain else None for number, (turn, _) in enumerate(answered)]


def _is_current(turn: Turn, conversation: Conversation) -> bool:
    """Whether the conversation is still as it was when the bot was asked: with the bot, and in the same hands."""
    return conversation.fence == turn.fence and conversation.mode is Mode.BOT


def _set_lang(conn: Connection, conversation: Conversation, answer: Answer) -> None:
    lang = answer.slots.get("lang")
    if lang in ("zh", "en") and lang != conversation.lang:
        customers.set_lang(conn, conversation.id, lang)


def fail(conn: Connection, turn: Turn, rules: Rules | None = None) -> Conversation:
    """The bot cannot answer: the customer is told and a person is asked, in one step."""
    conversation = get_conversation(conn, turn.conv_id)
    if not turns.end_turn(conn, turn, TurnState.FAILED) or conversation.mode is not Mode.BOT:
        return conversation
    asked = event_at(conn, turn.conv_id, turn.in_seq)
    details = {"last_ask": asked.text}
    request = HandoffRequest("bot_failed", "bot_unavailable", 1, None, details, actor="gateway")
    queue.open_handoff(conn, conversation, request, rules)
    return get_conversation(conn, conversation.id)


def _supersede(conn: Connection, conversation: Conversation, turn: Turn, answer: Answer) -> Conversation:
    if turns.end_turn(conn, turn, TurnState.SUPERSEDED, _summary(answer)):
        _put_mood(conn, turn, answer)
        said = "\n".join(message.text for message in answer.messages if message.text)
        if said:
            meta = {"meta": {"code": "superseded_answer"}}
            note = Draft("note", "bot", said, f"{turn.id}:late", payload=meta, internal=True)
            append(conn, conversation.id, note)
    return conversation


def _drafts(turn: Turn, answer: Answer) -> list[Draft]:
    return [
        Draft(
            "message",
            "bot",
            message.text,
            f"{turn.id}:{index}",
            payload={"buttons": [button.model_dump() for button in message.buttons], "meta": message.meta},
        )
        for index, message in enumerate(answer.messages)
        if message.text or message.buttons
    ]


def _put_mood(conn: Connection, turn: Turn, answer: Answer) -> None:
    mood = answer.mood
    if mood is not None:
        reading = MoodReading(turn.in_seq, mood.valence, mood.anger, mood.urgency, mood.label, tuple(mood.spans))
        moods.put_mood(conn, turn.conv_id, reading)


def _request_of(answer: Answer) -> HandoffRequest:
    asked = answer.handoff
    assert asked is not None
    details = {
        "last_ask": asked.last_ask,
        "faq": asked.faq,
        "slots": {key: value for key, value in asked.slots.items() if value is not None},
        "ticket": asked.ticket,
    }
    return HandoffRequest(asked.reason, asked.rule, asked.priority, asked.skill, details)


def _summary(answer: Answer) -> dict[str, object]:
    return {"intent": answer.intent, "decision": answer.decision, "messages": len(answer.messages)}
