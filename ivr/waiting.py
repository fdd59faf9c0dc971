"""Waiting for a Deferred without owning it: the work goes on when the one who waits gives up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

T = TypeVar("T")


class Awaited(Generic[T]):
    """The outcome of a Deferred, looked at as often as one likes."""

    _log = Logger()

    def __init__(self, work: Deferred[T], clock: IReactorTime) -> None:
        self._clock = clock
        self._waiting: Deferred[bool] | None = None
        self._afterwards: Callable[[T], None] | None = None
        self.value: T | None = None
        self.done = False
        work.addCallbacks(self._succeeded, self._failed)

    def within(self, seconds: float) -> Deferred[bool]:
        """Fires with True as soon as the work is done, or with False after `seconds`.  Never fails."""
        waiting: Deferred[bool] = Deferred()
        if self.done:
            waiting.callback(True)
            return waiting
        self._waiting = waiting
        timer = self._clock.callLater(max(0.0, seconds), self._fire, False)

        def stop(done: bool) -> bool:
            if timer.active():
                timer.cancel()
            return done

        return waiting.addCallback(stop)

    def then(self, afterwards: Callable[[T], None]) -> None:
        """Call with the value once it comes, or now if it has come; not at all if the work fails."""
        if not self.done:
            self._afterwards = afterwards
        elif self.value is not None:
            afterwards(self.value)

    def _succeeded(self, value: T) -> None:
        self.value = value
        self._settle()
        if self._afterwards is not None:
            self._afterwards(value)

    def _failed(self, failure: Failure) -> None:
        self._log.failure("the desk failed", failure=failure)
        self._settle()

    def _settle(self) -> None:
        self.done = True
        self._fire(True)

    def _fire(self, done: bool) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting.callback(done)
