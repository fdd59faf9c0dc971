"""One timer for many deadlines: it rings no later than the earliest asked for, and sometimes for nothing."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.interfaces import IDelayedCall, IReactorTime

from smpp.timers import NEVER


class Alarm:
    """Calls `ring` when the time has come; whoever is rung looks what is due and asks again."""

    __slots__ = ("_call", "_clock", "_rings_at", "ring")

    def __init__(self, clock: IReactorTime, ring: Callable[[], None]) -> None:
        self.ring = ring
        self._clock = clock
        self._call: IDelayedCall | None = None
        self._rings_at = NEVER

    def no_later_than(self, instant: float) -> None:
        """Ring at `instant` of the clock at the latest; NEVER asks for nothing."""
        if instant >= self._rings_at:
            return
        self._rings_at = instant
        delay = max(0.0, instant - self._clock.seconds())
        if self._call is not None:
            self._call.reset(delay)
        else:
            self._call = self._clock.callLater(delay, self._rung)

    def stop(self) -> None:
        """Ring no more, unless asked again."""
        self._rings_at = NEVER
        if self._call is not None:
            self._call.cancel()
            self._call = None

    def _rung(self) -> None:
        self._call = None
        self._rings_at = NEVER
        self.ring()
