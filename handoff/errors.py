"""Named errors of the handoff service; the HTTP edge turns each into a status and a stable code."""

from __future__ import annotations

from typing import Any, ClassVar


class BatonError(Exception):
    """Something Baton can explain.

    ``code`` is stable and machine readable, ``http_status`` is what the HTTP edge answers, ``remedy`` tells
    the operator how to mend it. ``fields`` fill the message catalogue's placeholders.
    """

    code: ClassVar[str] = "internal"
    http_status: ClassVar[int] = 500
    remedy: str = ""

    def __init__(self, message: str | None = None, *, remedy: str = "", **fields: Any) -> None:
        super().__init__(message or (self.__doc__ or self.code).strip().splitlines()[0])
        self.fields = fields
        if remedy:
            self.remedy = remedy

    @property
    def message(self) -> str:
        return str(self)


class ConfigError(BatonError):
    """A setting has a value that cannot be used."""

    code = "bad_config"


class DataDirBusy(BatonError):
    """Another Baton process already uses this data directory."""

    code = "data_dir_busy"


class StorageUnavailable(BatonError):
    """The database cannot be written now; nothing was stored."""

    code = "storage_unavailable"
    http_status = 503


class OutcomeUnknown(StorageUnavailable):
    """The connection to the database was lost while it committed: send the same again, under the same id."""


class InvalidRequest(BatonError):
    """The request cannot be understood."""

    code = "invalid_request"
    http_status = 422


class BadPeriod(InvalidRequest):
    """There is no such period, or it is too long."""

    code = "bad_period"
    remedy = "Choose today, 7d, 30d, or two dates at most 366 days apart, the first not after today."


class EmptyText(InvalidRequest):
    """The message holds no readable text."""

    code = "empty_text"


class TextTooLong(InvalidRequest):
    """The message is longer than allowed."""

    code = "text_too_long"
    http_status = 413


class AttachmentTooLarge(BatonError):
    """The file is larger than allowed."""

    code = "attachment_too_large"
    http_status = 413


class AttachmentRefused(BatonError):
    """Files of this type are not taken."""

    code = "attachment_refused"
    http_status = 415


class AttachmentDamaged(InvalidRequest):
    """The file is damaged or not what it seems."""

    code = "attachment_damaged"


class AttachmentQuota(BatonError):
    """This conversation holds as many files as allowed."""

    code = "attachment_quota"
    http_status = 413


class IdentityRefused(BatonError):
    """The proof of who the customer is cannot be accepted."""

    code = "identity_refused"
    http_status = 403


class IdentityUsed(IdentityRefused):
    """This proof of identity was used before."""

    code = "identity_used"
    http_status = 409


class TooManyRequests(BatonError):
    """Too many messages in a short time."""

    code = "too_many_requests"
    http_status = 429

    def __init__(self, retry_after: float) -> None:
        super().__init__(retry_after=max(1, round(retry_after)))
        self.retry_after = max(1, round(retry_after))


class PlatformAway(BatonError):
    """Another company's platform does not answer as it should; nothing was changed."""

    code = "platform_away"
    http_status = 503


class TokenInvalid(BatonError):
    """The session token is missing or unknown."""

    code = "token_invalid"
    http_status = 401


class TokenExpired(BatonError):
    """The session token has expired."""

    code = "token_expired"
    http_status = 401


class NotFound(BatonError):
    """There is no such thing, or it is not yours."""

    code = "not_found"
    http_status = 404


class IdempotencyConflict(BatonError):
    """The same message id was used before with another text."""

    code = "idempotency_conflict"
    http_status = 409


class StaleOwner(BatonError):
    """The conversation has changed hands since this was prepared."""

    code = "stale_owner"
    http_status = 409


class AlreadyClaimed(BatonError):
    """Another agent has taken this handoff."""

    code = "already_claimed"
    http_status = 409


class AtCapacity(BatonError):
    """This agent already holds as many conversations as allowed."""

    code = "at_capacity"
    http_status = 409


class OfferedToOther(BatonError):
    """The customer is offered to another agent for a moment."""

    code = "offered_to_other"
    http_status = 409


class SkillMissing(BatonError):
    """This customer needs a skill or a language that this agent does not have, and others who have it are here."""

    code = "skill_missing"
    http_status = 403


class ColleagueUnavailable(BatonError):
    """The colleague is not here, or holds as many conversations as allowed."""

    code = "colleague_unavailable"
    http_status = 409


class AgentAnswers(BatonError):
    """A person is answering this conversation; there is no need to leave a message."""

    code = "agent_answers"
    http_status = 409


class ContactMissing(InvalidRequest):
    """A message left needs a way to reach the customer."""

    code = "contact_missing"


class LoadAboveCap(InvalidRequest):
    """The agent holds more conversations now than the new limit allows."""

    code = "load_above_cap"


class ConversationClosed(BatonError):
    """The conversation is closed."""

    code = "conversation_closed"
    http_status = 409


class LoginFailed(BatonError):
    """Name or password is wrong, or the account is disabled."""

    code = "login_failed"
    http_status = 401


class NotSignedIn(BatonError):
    """Sign in first."""

    code = "not_signed_in"
    http_status = 401


class Forbidden(BatonError):
    """This account's role does not allow that."""

    code = "forbidden"
    http_status = 403


class CrossSiteRequest(Forbidden):
    """The request came from another site or without its CSRF token."""

    code = "cross_site_request"


class AgentExists(BatonError):
    """An account with this name exists already."""

    code = "agent_exists"
    http_status = 409


class UnknownAgent(NotFound):
    """There is no account with this name."""

    code = "unknown_agent"


class WeakPassword(InvalidRequest):
    """The password is too short: use at least 10 characters."""

    code = "weak_password"


class LastAdmin(BatonError):
    """This is the only administrator; make another one first."""

    code = "last_admin"
    http_status = 409


class PasswordWrong(BatonError):
    """The present password is wrong."""

    code = "password_wrong"
    http_status = 403


class SecondFactorNeeded(BatonError):
    """The password is right; a code of the authenticator app is needed too."""

    code = "second_factor_needed"
    http_status = 401


class SecondFactorWrong(BatonError):
    """The code is wrong, too old or used already."""

    code = "second_factor_wrong"
    http_status = 401


class SecondFactorUnreadable(BatonError):
    """The second factor was sealed with another BATON_SHARED_SECRET; an administrator has to remove it."""

    code = "second_factor_unreadable"
    http_status = 409


class ForbiddenWords(BatonError):
    """The message holds words that must not be said to customers."""

    code = "forbidden_words"
    http_status = 422


class UnknownVariable(InvalidRequest):
    """The reply holds a name in braces that nothing fills."""

    code = "unknown_variable"


class ReplyExists(BatonError):
    """A canned reply with this shortcut exists already."""

    code = "reply_exists"
    http_status = 409


class BotUnavailable(BatonError):
    """The dialogue engine gave no usable answer."""

    code = "bot_unavailable"
    http_status = 503


class BotTimeout(BotUnavailable):
    """The dialogue engine did not answer in time."""


class ActionsUnavailable(BatonError):
    """The action server gave no usable answer."""

    code = "actions_unavailable"
    http_status = 503


class SettingsConflict(BatonError):
    """Somebody else has saved these settings since they were opened; nothing was written."""

    code = "settings_conflict"
    http_status = 409
