"""What is remembered of each code, in little memory: there are a million of them."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.insight.sightings import Stream

# What one household or shop asks of a code in a day is one event; a display item's days are a few events, not many.
_MOST_PER_CODE = {Stream.THIRD: 2, Stream.AWAY: 3, Stream.MISS: 3, Stream.RESENT: 2, Stream.SHARED: 3}
_ONE_EVENT_A_DAY = (Stream.THIRD, Stream.AWAY)


@dataclass(slots=True)
class CodeTrail:
    """What is remembered of one code: when, where and by whom first asked; further callers with their first time.

    Most codes are asked by one caller only, and there are a million of them: the others' tables are made when needed.
    """

    first_at: float
    first_caller: str
    first_by_scanner: bool
    first_region: str = ""
    resent: bool = False
    _others: dict[str, float] | None = None
    _events: dict[tuple[Stream, str], tuple[int, int]] | None = None

    @property
    def callers(self) -> int:
        """How many asked it."""
        return 1 + len(self._others or ())

    def asked_at(self, caller: str) -> float | None:
        """When this caller first asked it; None: never."""
        if caller == self.first_caller:
            return self.first_at
        return None if self._others is None else self._others.get(caller)

    def add(self, caller: str, at: float) -> None:
        """One more caller."""
        if caller != self.first_caller:
            self._others = self._others or {}
            self._others[caller] = at

    def admits(self, stream: Stream, region: str, day: int) -> bool:
        """Is one more event of this kind, there and then, still evidence?  Counts it if so."""
        self._events = {} if self._events is None else self._events
        count, last_day = self._events.get((stream, region), (0, -1))
        same_event = day == last_day and stream in _ONE_EVENT_A_DAY
        if same_event or count >= _MOST_PER_CODE.get(stream, 1):
            return False
        self._events[stream, region] = (count + 1, day)
        return True
