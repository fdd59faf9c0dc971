"""Messages that arrived and are not answered yet, each with as much time as it has really waited."""

from __future__ import annotations

from smpp.timers import NEVER
from smpp.window import Window

_LONG_SECONDS = 1.0  # a shorter stretch of not reading takes nothing from anyone
_CATCHING_UP_SECONDS = 1.0


class Arrivals(Window[tuple[int, int]]):
    """(command_id, sequence_number) of each message, by ticket, oldest first.

    While nothing is read, messages wait unseen.  What is read in the first second after a long stretch of that may
    have waited since it began, and is counted from there: nobody waits the answer's time twice.
    """

    __slots__ = ("_caught_up_at", "_deaf_at", "_tickets", "_unread_at")

    def __init__(self, timeout_seconds: float) -> None:
        super().__init__(timeout_seconds)
        self._tickets = 0
        self._deaf_at = NEVER  # since when nothing is read
        self._unread_at = NEVER  # since when what is read now may have waited
        self._caught_up_at = 0.0

    def take(self, command_id: int, sequence_number: int, now: float) -> int:
        """A message was read; its ticket."""
        self._tickets += 1
        self.open(self._tickets, (command_id, sequence_number), self._unread_at if now < self._caught_up_at else now)
        return self._tickets

    def stop_listening(self, now: float) -> None:
        """Nothing is read from here on."""
        self._deaf_at = now

    def listen_again(self, now: float) -> None:
        """What was not read is read now."""
        if now - self._deaf_at >= _LONG_SECONDS:
            self._unread_at = self._deaf_at
            self._caught_up_at = now + _CATCHING_UP_SECONDS
