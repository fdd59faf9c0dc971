"""Operations begun and not ended, by number, oldest first: all have the same time-out, so order is age."""

from __future__ import annotations

from collections.abc import Container
from typing import Generic, TypeVar

from smpp.timers import NEVER

Operation = TypeVar("Operation")
MOST_SEQUENCE_NUMBER = 0x7FFFFFFF


class Sequences:
    """sequence_number: 1 to 0x7FFFFFFF, then 1 again, passing over those still outstanding (SMPP 3.4, 3.2, 5.1.4)."""

    __slots__ = ("last",)

    def __init__(self) -> None:
        self.last = 0

    def next(self, outstanding: Container[int]) -> int:
        """The next number that is not in `outstanding`."""
        number = self.last
        while True:
            number = number + 1 if number < MOST_SEQUENCE_NUMBER else 1
            if number not in outstanding:
                self.last = number
                return number


class Window(Generic[Operation]):
    """What waits for its end.  Every method that takes a number forgives one that is not (or no longer) there."""

    __slots__ = ("_open", "_timeout_seconds")

    def __init__(self, timeout_seconds: float) -> None:
        self._timeout_seconds = timeout_seconds
        self._open: dict[int, tuple[float, Operation]] = {}

    def __len__(self) -> int:
        return len(self._open)

    def __contains__(self, number: object) -> bool:
        return number in self._open

    def open(self, number: int, operation: Operation, now: float) -> None:
        """Begin an operation; `now` never goes back from one call to the next."""
        self._open[number] = (now, operation)

    def close(self, number: int) -> tuple[float, Operation] | None:
        """(when it began, the operation), which has ended; None if it is unknown."""
        return self._open.pop(number, None)

    @property
    def oldest_at(self) -> float:
        """When the oldest began; NEVER if there is none."""
        return next(iter(self._open.values()))[0] if self._open else NEVER

    @property
    def overdue_at(self) -> float:
        """When the oldest will have waited too long."""
        return self.oldest_at + self._timeout_seconds

    def overdue(self, now: float) -> list[Operation]:
        """End and return those that have waited too long."""
        late = []
        while self.overdue_at <= now:
            late.append(self._open.pop(next(iter(self._open)))[1])
        return late

    def drain(self) -> list[Operation]:
        """End and return all, oldest first."""
        left = [operation for _, operation in self._open.values()]
        self._open.clear()
        return left
