"""Named errors of connecting accounts of other platforms."""

from __future__ import annotations

from handoff.errors import BatonError, InvalidRequest, StorageUnavailable


class WechatAccountRefused(InvalidRequest):
    """An entry of the WeChat account cannot be used; ``field`` names it, ``reason`` is what is wrong with it."""

    code = "wechat_account_refused"


class WechatAccountExists(BatonError):
    """There is a WeChat account of this name or id already."""

    code = "wechat_account_exists"
    http_status = 409


class WechatAccountFixed(BatonError):
    """This WeChat account comes from the environment and is changed there."""

    code = "wechat_account_fixed"
    http_status = 409
    remedy = "Change the variables that its section of the accounts file names, and start the gateway again."


class AccountsFileUnwritable(StorageUnavailable):
    """The accounts file of WeChat cannot be written; nothing was changed."""

    code = "accounts_file_unwritable"
    remedy = "Let the gateway write the folder of the file; in a container mount the folder, not the file."


class AccountsFileBroken(BatonError):
    """The accounts file of WeChat has a mistake in it that must be mended on the server first."""

    code = "accounts_file_broken"
    http_status = 409
