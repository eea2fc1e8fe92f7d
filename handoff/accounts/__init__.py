"""Accounts of the team: who they are, how they sign in, what they may change; see docs/administration.md."""

from handoff.accounts.passwords import MIN_PASSWORD, hash_password, password_matches
from handoff.accounts.second_factor import SecondFactor
from handoff.accounts.service import AccountService
from handoff.accounts.sessions import Sessions
from handoff.accounts.sign_in import SignIn
from handoff.accounts.trail import AuditTrail

__all__ = [
    "MIN_PASSWORD",
    "AccountService",
    "AuditTrail",
    "SecondFactor",
    "Sessions",
    "SignIn",
    "hash_password",
    "password_matches",
]
