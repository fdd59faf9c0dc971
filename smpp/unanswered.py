"""Messages that arrived and wait for our response: answered once, by whoever is first, the caller or the session."""

from __future__ import annotations

from enum import Enum

from smpp.timers import NEVER
from smpp.window import Window

_LONG_SECONDS = 1.0  # a shorter stretch of not reading takes nothing from anyone
_CATCHING_UP_SECONDS = 1.0
_Request = tuple[int, int]  # command_id, sequence_number


class Response(Enum):
    """What became of our response to a message."""

    SENT = "sent"
    REFUSED = "refused"  # too late: the session had refused it by then, with ESME_RX_T_APPN
    LOST = "lost"  # its session had ended without one, or it was answered before


class Unanswered:
    """By ticket, a number that the caller is given with the message; all have the same time-out.

    While nothing is read, messages wait unseen.  What is read in the first second after a long stretch of that may
    have waited since it began, and is counted from there: nobody waits the answer's time twice.
    """

    __slots__ = ("_caught_up_at", "_deaf_at", "_open", "_refused", "_tickets", "_unread_at")

    def __init__(self, timeout_seconds: float) -> None:
        self._open: Window[tuple[int, _Request]] = Window(timeout_seconds)
        self._refused: set[int] = set()  # answered for callers who have not noticed yet
        self._tickets = 0
        self._deaf_at = NEVER  # since when nothing is read
        self._unread_at = NEVER  # since when what is read now may have waited
        self._caught_up_at = 0.0

    def __len__(self) -> int:
        return len(self._open)

    @property
    def oldest_at(self) -> float:
        """When the oldest arrived; NEVER if there is none."""
        return self._open.oldest_at

    @property
    def overdue_at(self) -> float:
        """When the oldest will have waited too long."""
        return self._open.overdue_at

    def open(self, command_id: int, sequence_number: int, now: float) -> int:
        """One more was read; its ticket."""
        self._tickets += 1
        arrived_at = self._unread_at if now < self._caught_up_at else now
        self._open.open(self._tickets, (self._tickets, (command_id, sequence_number)), arrived_at)
        return self._tickets

    def stop_listening(self, now: float) -> None:
        """Nothing is read from here on."""
        self._deaf_at = now

    def listen_again(self, now: float) -> None:
        """What was not read is read now."""
        if now - self._deaf_at >= _LONG_SECONDS:
            self._unread_at = self._deaf_at
            self._caught_up_at = now + _CATCHING_UP_SECONDS

    def close(self, ticket: int) -> _Request | Response:
        """What the caller may answer; or why there is nothing to answer any more."""
        entry = self._open.close(ticket)
        if entry is not None:
            return entry[1][1]
        if ticket in self._refused:
            self._refused.remove(ticket)
            return Response.REFUSED
        return Response.LOST

    def take_overdue(self, now: float) -> list[_Request]:
        """What has waited too long, for the session to refuse."""
        return self._taken(self._open.overdue(now))

    def take_all(self) -> list[_Request]:
        """Everything, for the session to refuse."""
        return self._taken(self._open.drain())

    def _taken(self, entries: list[tuple[int, _Request]]) -> list[_Request]:
        self._refused.update(ticket for ticket, _ in entries)
        return [request for _, request in entries]
