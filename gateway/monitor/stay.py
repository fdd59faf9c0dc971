"""How long somebody who was let in may stay, for pages that outlive their request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from gateway.monitor.sessions import Term


class Stay(Protocol):
    """What admitted a request: a session or a token."""

    @property
    def is_current(self) -> Callable[[], bool]:
        """Whether it still holds: what is streamed asks with every event."""

    @property
    def term(self) -> Callable[[], Term | None]:
        """What is left of a session; None of a token, and of a session that has ended."""

    @property
    def prolong(self) -> Callable[[], None]:
        """Somebody is there: a session's idle time begins anew, its absolute end stays."""


@dataclass(frozen=True, slots=True)
class SessionStay:
    """By the cookie of a session."""

    is_current: Callable[[], bool]
    term: Callable[[], Term | None]
    prolong: Callable[[], None]


@dataclass(frozen=True, slots=True)
class TokenStay:
    """By a program's token, which has no end but its revocation."""

    is_current: Callable[[], bool]

    def term(self) -> None:
        """None."""

    def prolong(self) -> None:
        """Nothing."""
