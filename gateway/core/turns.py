"""How often a caller who says nothing that we understand is answered: an auto-responder must not be talked with."""

from __future__ import annotations

from collections import OrderedDict


class Turns:
    """At most `limit` replies without content per caller and `window_seconds`; memory for `capacity` callers."""

    def __init__(self, limit: int = 3, window_seconds: float = 3600.0, capacity: int = 100_000) -> None:
        self._limit = limit
        self._window_seconds = window_seconds
        self._capacity = capacity
        self._callers: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def take(self, caller: str, now: float) -> bool:
        """Whether `caller` may have one more such reply at `now` (seconds of any steady clock)."""
        since, taken = self._callers.pop(caller, (now, 0))
        if now - since >= self._window_seconds:
            since, taken = now, 0
        self._callers[caller] = (since, taken + 1)
        if len(self._callers) > self._capacity:
            self._callers.popitem(last=False)
        return taken < self._limit
