"""What can go wrong in SMPP, by what is to be done about it."""

from __future__ import annotations


class SmppError(Exception):
    """The root of this package's errors."""


class UnreadablePdu(SmppError):
    """The mandatory part of a PDU cannot be read: answer it with `command_status`, keep the session."""

    def __init__(self, command_status: int, reason: str) -> None:
        super().__init__(reason)
        self.command_status = command_status


class NotNow(SmppError):
    """The session's state does not allow this operation (SMPP 3.4, 2.3): wait until the link is bound."""


class AlreadyUsed(SmppError):
    """A reservation serves one message: reserve again for the next one."""


class NoLink(SmppError):
    """No link of the account could take the message in the time given: try later, or see why the links are down."""


class Expired(SmppError):
    """The links are up, but window, rate or throttling left no room in the time given: the message is too late."""


class SettingsFault(SmppError, ValueError):
    """A setting cannot be used; the text says which one and what it may be."""
