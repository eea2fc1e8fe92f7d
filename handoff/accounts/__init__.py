"""Accounts of the team: who they are, how they sign in, what they may change; see docs/administration.md."""

from handoff.accounts.passwords import MIN_PASSWORD, hash_password, password_matches
from handoff.accounts.service import AccountService
from handoff.accounts.sign_in import SignIn

__all__ = ["MIN_PASSWORD", "AccountService", "SignIn", "hash_password", "password_matches"]
