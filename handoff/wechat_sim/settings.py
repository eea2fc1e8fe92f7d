"""Makes the simulator's accounts from the gateway's own file, or a demo file where there is none."""

from __future__ import annotations

import secrets
import string
from pathlib import Path

from handoff.channels.wechat.accounts import load_accounts
from handoff.channels.wecom.accounts import load_kf_accounts
from handoff.wechat_sim.platform import SimAccount

_LETTERS = string.ascii_letters + string.digits


def sim_accounts(path: str, gateway: str) -> list[SimAccount]:
    """The accounts in the file at ``path``, as the platform would know them. ``gateway`` is our base address."""
    faces = [
        SimAccount(
            name=account.name if len(account.faces) == 1 else f"{account.name} {open_kfid}",
            app_id=open_kfid,
            original_id="",
            callback=f"{gateway}/wecom/{account.name}",
            corp_id=account.app_id,
            token=account.token,
            secret=account.secret,
            aes_key=account.aes_key,
        )
        for account in load_kf_accounts(path).values()
        for open_kfid in account.faces
    ]
    return [
        SimAccount(
            name=account.name,
            app_id=account.app_id,
            original_id=account.original_id or f"gh_{account.name}",
            callback=f"{gateway}/wechat/{account.name}",
            mode="plain" if account.box is None else "secure",
            verified=account.verified,
            mini=account.mini,
            menu=dict(account.menu),
            token=account.token,
            secret=account.secret,
            aes_key=account.aes_key,
        )
        for account in load_accounts(path).values()
    ] + faces


def write_demo_accounts(path: Path) -> None:
    """Two Official Accounts, a mini program and a service account with fresh secrets, readable by the owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    text = [_account("shop"), _account("club", "verified = false"), _account("mini", 'kind = "mini"'), _kf_account()]
    path.write_text("\n".join(text), encoding="utf-8")


def _account(name: str, *more: str) -> str:
    lines = [
        f"[{name}]",
        f'app_id = "wx{secrets.token_hex(8)}"',
        f'original_id = "gh_{secrets.token_hex(6)}"',
        f'token = "{_letters(24)}"',
        # The last of the 43 characters carries only four bits.
        f'aes_key = "{_letters(42)}A"',
        f'secret = "{secrets.token_hex(16)}"',
        *more,
        f"\n[{name}.menu]",
        'PERSON = "转人工"',
        "",
    ]
    return "\n".join(lines)


def _kf_account() -> str:
    lines = [
        "[service]",
        'kind = "kf"',
        f'corp_id = "ww{secrets.token_hex(8)}"',
        f'open_kfids = ["wk{secrets.token_hex(10)}"]',
        f'token = "{_letters(24)}"',
        f'aes_key = "{_letters(42)}A"',
        f'secret = "{secrets.token_hex(16)}"',
        "",
    ]
    return "\n".join(lines)


def _letters(count: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(count))
