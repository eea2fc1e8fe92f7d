"""Judges a storm: what clients tried, were told and saw, against what the database holds once everything is quiet.

After Jepsen's ``total-queue`` checker: nothing acknowledged is lost, nothing is stored twice, nothing comes from
nowhere; what was tried and never answered may have landed ("recovered") or not. Beyond it: numbers without gaps,
every reader sees the stored order, fences never fall, one owner at a time, one answer to each question.
"""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from itertools import pairwise

Key = tuple[str, str, str]  # conversation, author, client_msg_id


@dataclass(frozen=True)
class Stored:
    """One event as the database holds it. ``answers`` is the number of the message that a bot's reply answers."""

    conv: str
    seq: int
    author: str
    key: str
    text: str
    fence: int = 0
    kind: str = "message"
    internal: bool = False
    author_id: str | None = None
    answers: int | None = None


@dataclass(frozen=True)
class Attempt:
    """One message a client tried to send. ``after`` is the number of attempts this client knew stored before."""

    conv: str
    author: str
    key: str
    text: str
    after: int | None


@dataclass(frozen=True)
class Claim:
    """An agent was told that the conversation is theirs, under this fence."""

    conv: str
    agent: str
    fence: int


@dataclass(frozen=True)
class Report:
    """What is wrong, by kind; every line names the conversation and the event. All empty: the history is good."""

    lost: tuple[str, ...] = ()
    unexpected: tuple[str, ...] = ()
    duplicated: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    disordered: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()
    misread: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    fence_fell: tuple[str, ...] = ()
    two_owners: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    recovered: int = 0
    acknowledged: int = 0
    attempted: int = 0

    @property
    def faults(self) -> dict[str, tuple[str, ...]]:
        """The kinds of fault that were found."""
        lists = {item.name: getattr(self, item.name) for item in fields(self)}
        return {name: value for name, value in lists.items() if isinstance(value, tuple) and value}

    def __str__(self) -> str:
        counts = f"{self.attempted} attempted, {self.acknowledged} acknowledged, {self.recovered} recovered"
        lines = [f"{name} ({len(found)}): {'; '.join(found[:5])}" for name, found in self.faults.items()]
        return "\n".join([counts, *(lines or ["no fault"])])


@dataclass
class History:
    """Written by many clients at once. A message is *attempted*, then perhaps *acknowledged* or *refused*."""

    attempts: dict[Key, Attempt] = field(default_factory=dict)
    acknowledged: dict[Key, int] = field(default_factory=dict)
    refused: set[Key] = field(default_factory=set)
    seen: dict[tuple[str, str], list[tuple[int, str]]] = field(default_factory=lambda: defaultdict(list))
    complete: set[tuple[str, str]] = field(default_factory=set)
    claims: list[Claim] = field(default_factory=list)
    changed_acks: list[str] = field(default_factory=list)
    _newest: dict[tuple[str, str], int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def attempt(self, conv: str, author: str, key: str, text: str) -> None:
        """About to send; called once for a message, however often it is then tried."""
        with self._lock:
            self.attempts.setdefault(
                (conv, author, key), Attempt(conv, author, key, text, self._newest.get((conv, author)))
            )

    def ack(self, conv: str, author: str, key: str, seq: int) -> None:
        """The server said that it is stored as ``seq``."""
        with self._lock:
            known = self.acknowledged.setdefault((conv, author, key), seq)
            if known != seq:
                self.changed_acks.append(f"{conv} {key}: acknowledged as {known}, then as {seq}")
            self._newest[conv, author] = max(seq, self._newest.get((conv, author), 0))

    def refuse(self, conv: str, author: str, key: str) -> None:
        """The server said that it will never be stored."""
        with self._lock:
            self.refused.add((conv, author, key))

    def saw(self, reader: str, conv: str, seq: int, text: str) -> None:
        """A reader was shown the event, after all it was shown before."""
        self.seen[reader, conv].append((seq, text))

    def caught_up(self, reader: str, conv: str) -> None:
        """The reader was told that there is nothing more; it must have seen everything."""
        self.complete.add((reader, conv))

    def forget(self, reader: str, conv: str) -> None:
        """The server told the reader to drop what it has."""
        self.seen[reader, conv].clear()

    def claimed(self, conv: str, agent: str, fence: int) -> None:
        with self._lock:
            self.claims.append(Claim(conv, agent, fence))


def check(
    history: History,
    stored: Iterable[Stored],
    questions: Mapping[str, Iterable[int]] | None = None,
    authors: Iterable[str] = ("customer", "agent"),
) -> Report:
    """The faults of a history, given everything that is stored at the end.

    ``questions`` gives for each conversation the numbers that must have exactly one answer from the bot; without
    it answers are not judged. ``authors`` are those whose messages the history knows in full.
    """
    rows = sorted(stored, key=lambda event: (event.conv, event.seq))
    threads: dict[str, list[Stored]] = defaultdict(list)
    for event in rows:
        threads[event.conv].append(event)
    ours = [event for event in rows if event.author in authors and event.kind == "message"]
    places: dict[Key, list[int]] = defaultdict(list)
    for event in ours:
        places[event.conv, event.author, event.key].append(event.seq)
    return Report(
        lost=tuple(f"{key} acknowledged as {seq}" for key, seq in history.acknowledged.items() if key not in places),
        unexpected=tuple(_unexpected(history, ours)),
        duplicated=tuple(_duplicated(ours, places)),
        changed=tuple(_changed(history, ours, places)),
        disordered=tuple(_disordered(history, places)),
        gaps=tuple(_gaps(threads)),
        misread=tuple(_misread(history, threads)),
        unread=tuple(_unread(history, threads)),
        fence_fell=tuple(_fences(threads)),
        two_owners=tuple(_owners(history, rows)),
        answers=tuple(_answers(threads, questions) if questions is not None else ()),
        recovered=sum(key not in history.acknowledged for key in places if key in history.attempts),
        acknowledged=len(history.acknowledged),
        attempted=len(history.attempts),
    )


def _unexpected(history: History, ours: list[Stored]) -> Iterable[str]:
    for event in ours:
        key = (event.conv, event.author, event.key)
        if key not in history.attempts:
            yield f"{key} at {event.seq} was never sent"
        elif key in history.refused:
            yield f"{key} at {event.seq} was refused"


def _duplicated(ours: list[Stored], places: Mapping[Key, list[int]]) -> Iterable[str]:
    for key, seqs in places.items():
        if len(seqs) > 1:
            yield f"{key} at {seqs}"
    # The storm never says the same words twice, so equal words under two keys are one message stored twice.
    for (conv, text), count in Counter((event.conv, event.text) for event in ours).items():
        keys = {event.key for event in ours if (event.conv, event.text) == (conv, text)} if count > 1 else set()
        if len(keys) > 1:
            yield f"{conv}: {text!r} under {sorted(keys)}"


def _changed(history: History, ours: list[Stored], places: Mapping[Key, list[int]]) -> Iterable[str]:
    yield from history.changed_acks
    for key, seq in history.acknowledged.items():
        if key in places and seq not in places[key]:
            yield f"{key} acknowledged as {seq}, stored at {places[key]}"
    for event in ours:
        attempt = history.attempts.get((event.conv, event.author, event.key))
        if attempt is not None and attempt.text != event.text:
            yield f"{event.conv}:{event.seq} says {event.text!r}, sent was {attempt.text!r}"


def _disordered(history: History, places: Mapping[Key, list[int]]) -> Iterable[str]:
    for key, attempt in history.attempts.items():
        if key in places and attempt.after is not None and places[key][0] <= attempt.after:
            yield f"{key} at {places[key][0]} was sent after {attempt.after} was acknowledged"


def _gaps(threads: Mapping[str, list[Stored]]) -> Iterable[str]:
    for conv, events in threads.items():
        seqs = [event.seq for event in events]
        if seqs != list(range(1, len(seqs) + 1)):
            wrong = next(seq for place, seq in enumerate(seqs, 1) if seq != place)
            yield f"{conv}: number {wrong} is out of place"


def _misread(history: History, threads: Mapping[str, list[Stored]]) -> Iterable[str]:
    for (reader, conv), shown in history.seen.items():
        held = {event.seq: event.text for event in threads.get(conv, ())}
        for (before, _), (after, _) in pairwise(shown):
            if after <= before:
                yield f"{reader} in {conv} was shown {after} after {before}"
        for seq, text in shown:
            if held.get(seq) != text:
                yield f"{reader} in {conv} was shown {text!r} as {seq}; stored is {held.get(seq)!r}"


def _unread(history: History, threads: Mapping[str, list[Stored]]) -> Iterable[str]:
    for reader, conv in history.complete:
        shown = {seq for seq, _ in history.seen[reader, conv]}
        missing = [event.seq for event in threads.get(conv, ()) if not event.internal and event.seq not in shown]
        if missing:
            yield f"{reader} in {conv} was never shown {missing}"


def _fences(threads: Mapping[str, list[Stored]]) -> Iterable[str]:
    for conv, events in threads.items():
        for one, two in pairwise(events):
            if two.fence < one.fence:
                yield f"{conv}: fence {one.fence} at {one.seq}, then {two.fence} at {two.seq}"


def _owners(history: History, rows: list[Stored]) -> Iterable[str]:
    holders: dict[tuple[str, int], set[str]] = defaultdict(set)
    for claim in history.claims:
        holders[claim.conv, claim.fence].add(claim.agent)
    # An agent's words carry the fence under which they were let in, so they too say who owned the conversation.
    for event in rows:
        if event.author == "agent" and event.kind == "message" and event.author_id is not None:
            holders[event.conv, event.fence].add(event.author_id)
    for (conv, fence), agents in holders.items():
        if len(agents) > 1:
            yield f"{conv} under fence {fence} belongs to {sorted(agents)}"


def _answers(threads: Mapping[str, list[Stored]], questions: Mapping[str, Iterable[int]]) -> Iterable[str]:
    for conv, asked in questions.items():
        given = [event.answers for event in threads.get(conv, ()) if event.answers is not None and not event.internal]
        counts = Counter(given)
        for seq in asked:
            if counts[seq] != 1:
                yield f"{conv}: {counts[seq]} answers to {seq}"
        if given != sorted(given):
            yield f"{conv}: answers in the order {given}"
