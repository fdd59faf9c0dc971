"""A time limit that is moved often and reached seldom."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.interfaces import IDelayedCall, IReactorTime


class Deadline:
    """Moving or lifting it touches no timer: one that runs already looks again when it fires."""

    def __init__(self, clock: IReactorTime, reached: Callable[[], None]) -> None:
        self._clock = clock
        self._reached = reached
        self._at: float | None = None
        self._timer: IDelayedCall | None = None
        self._looks_at = 0.0

    def move(self, seconds: float) -> None:
        """It is reached `seconds` from now, unless it is moved or lifted before."""
        self._at = self._clock.seconds() + seconds
        if self._timer is not None and self._at < self._looks_at:
            self.end()
        if self._timer is None:
            self._look_in(seconds)

    def lift(self) -> None:
        """It is not reached until it is moved."""
        self._at = None

    def end(self) -> None:
        """Leave no timer behind."""
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()

    def _look_in(self, seconds: float) -> None:
        self._looks_at = self._clock.seconds() + seconds
        self._timer = self._clock.callLater(seconds, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._at is None:
            return
        left = self._at - self._clock.seconds()
        if left > 0:
            self._look_in(left)
        else:
            self._at = None
            self._reached()
