"""What an agent writes down about a customer: profile and complaints, with who did it in the audit trail."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from handoff.clean_text import clean_text
from handoff.conversation import Agent
from handoff.errors import InvalidRequest, NotFound
from handoff.pokes import Pokes
from handoff.store import audit, casework
from handoff.store.append import get_conversation
from handoff.store.casework import Complaint, PastConversation, Profile
from handoff.store.database import Database

MAX_TEXT = 2000
MAX_FIELD = 100
# Seconds until the customer must have a first answer, by severity: the golden 24 hours, four for serious matters,
# one when the public may be watching (service standards of the source documents).
DUE_IN = {1: 24 * 3600.0, 2: 24 * 3600.0, 3: 4 * 3600.0, 4: 3600.0}


@dataclass(frozen=True)
class CaseFile:
    """Everything that is kept beside a conversation."""

    profile: Profile
    past: list[PastConversation]
    complaints: list[Complaint]


class Casework:
    """Use-cases of the card and of the follow-up page. Callers have checked that the agent may see the conversation."""

    def __init__(self, db: Database, pokes: Pokes) -> None:
        self._db = db
        self._pokes = pokes

    async def file_of(self, conv_id: str, but_handoff: str | None = None) -> CaseFile:
        """Profile, complaints, and the customer's other handoffs."""

        def work(conn: Connection) -> CaseFile:
            customer_id = get_conversation(conn, conv_id).customer_id
            return CaseFile(
                casework.profile_of(conn, customer_id),
                casework.past_of(conn, customer_id, but_handoff),
                casework.complaints_of(conn, conv_id),
            )

        return await self._db.read(work)

    async def save_profile(self, agent: Agent, conv_id: str, profile: Profile) -> None:
        """Replace what is known of the customer of this conversation."""
        fields = (profile.name, profile.phone, profile.email)
        if any(len(one) > MAX_FIELD for one in fields) or len(profile.note) > MAX_TEXT:
            raise InvalidRequest("A field of the profile is too long.")
        name, phone, email = (_line(one) for one in fields)
        cleaned = Profile(name, phone, email, profile.note.strip())

        def work(conn: Connection) -> None:
            customer_id = get_conversation(conn, conv_id).customer_id
            casework.put_profile(conn, customer_id, cleaned, agent.id)
            audit.record(conn, agent.id, "profile_saved", conv_id)

        await self._db.write(work)
        self._pokes.poke(conv_id)

    async def file_complaint(self, agent: Agent, conv_id: str, severity: int, text: str) -> Complaint:
        """File a complaint in the agent's name; `InvalidRequest` for a severity that there is not."""
        if severity not in DUE_IN:
            raise InvalidRequest("A severity is 1 to 4.")
        words = clean_text(text, MAX_TEXT)

        def work(conn: Connection) -> Complaint:
            get_conversation(conn, conv_id)
            filed = casework.insert_complaint(conn, conv_id, severity, words, DUE_IN[severity], agent.id)
            audit.record(conn, agent.id, "complaint_filed", conv_id, number=filed.number, severity=severity)
            return filed

        filed = await self._db.write(work)
        self._pokes.poke(conv_id)
        return filed

    async def open_complaints(self) -> list[Complaint]:
        """What is not finished, the most pressing first."""
        return await self._db.read(casework.open_complaints)

    async def finish_complaint(self, agent: Agent, complaint_id: str, result: str) -> Complaint:
        """Say how it ended; `NotFound` when it is finished already."""
        words = clean_text(result, MAX_TEXT)

        def work(conn: Connection) -> Complaint:
            done = casework.finish_complaint(conn, complaint_id, words)
            if done is None:
                raise NotFound()
            audit.record(conn, agent.id, "complaint_finished", done.conv_id, number=done.number)
            return done

        done = await self._db.write(work)
        self._pokes.poke(done.conv_id)
        return done


def _line(text: str) -> str:
    return " ".join(text.split())
