"""A circuit breaker as a value: whether a neighbour that failed may be asked again.  Pure; time is an argument.

After M. T. Nygard, Release It! (2007), "Circuit Breaker": closed, open after failures in a row, half open for a trial.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Breaker:
    """`now` is seconds on any steady clock.

    Open from `failure_limit` failures in a row; then one trial after `pause_seconds`, doubled with every trial that
    fails, up to `pause_limit_seconds`.  A trial that is never reported is over after the same pause.
    """

    failure_limit: int
    pause_seconds: float
    pause_limit_seconds: float
    failures: int = 0
    open_until: float = 0.0  # while the circuit is open: no request before this time

    @property
    def is_open(self) -> bool:
        """Whether the neighbour counts as away."""
        return self.failures >= self.failure_limit

    def admits(self, now: float) -> bool:
        """Whether a request may go out now."""
        return not self.is_open or now >= self.open_until

    def asked(self, now: float) -> Breaker:
        """A request goes out: while the circuit is open that is the trial, and no other goes with it."""
        return replace(self, open_until=now + self._pause()) if self.is_open else self

    def succeeded(self) -> Breaker:
        """The neighbour answered."""
        return self if self.failures == 0 else replace(self, failures=0, open_until=0.0)

    def failed(self, now: float) -> Breaker:
        """A request failed."""
        counted = replace(self, failures=self.failures + 1)
        return replace(counted, open_until=now + counted._pause()) if counted.is_open else counted

    def _pause(self) -> float:
        doublings = min(max(0, self.failures - self.failure_limit), 30)
        return min(self.pause_seconds * 2.0**doublings, self.pause_limit_seconds)
