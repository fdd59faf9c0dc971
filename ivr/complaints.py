"""Warnings that a hostile peer could repeat without end: said at once, then once a minute with their number.  Pure."""

from __future__ import annotations

_QUIET_SECONDS = 60.0


class Complaints:
    """By kind, of which there are a few.  Instants are seconds of a steady clock."""

    def __init__(self) -> None:
        self._said_at: dict[str, float] = {}
        self._unsaid: dict[str, int] = {}

    def count(self, kind: str, now: float) -> int:
        """How many of this kind are to be told now, those kept back among them; 0: not now."""
        waiting = self._unsaid.get(kind, 0) + 1
        if now - self._said_at.get(kind, -_QUIET_SECONDS) < _QUIET_SECONDS:
            self._unsaid[kind] = waiting
            return 0
        self._said_at[kind] = now
        self._unsaid[kind] = 0
        return waiting
