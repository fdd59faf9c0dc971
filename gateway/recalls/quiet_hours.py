"""The hours in which nobody is sent what was not asked for just now.  Pure."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Self

_DAY_SECONDS = 86_400
_CHINA_SECONDS = 8 * 3600  # UTC+8 all year
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])", re.ASCII)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Every day in China from one second of the day until another; the same second twice: never."""

    from_second: int
    until_second: int

    @classmethod
    def between(cls, begins: str, ends: str) -> Self:
        """From two times as "21:00".  Raises ValueError."""
        return cls(_second(begins), _second(ends))

    @property
    def free_seconds_a_day(self) -> float:
        """How much of a day is not quiet."""
        return float(_DAY_SECONDS - self._length)

    def rest_seconds(self, at: float) -> float:
        """How long they go on from `at` (Unix time); 0 if it is not in them."""
        return max(0.0, self._length - self._since(at))

    def free_seconds(self, at: float) -> float:
        """How long it is until they begin: 0 in them, infinite if they never do."""
        if not self._length:
            return math.inf
        return 0.0 if self.rest_seconds(at) else _DAY_SECONDS - self._since(at)

    @property
    def _length(self) -> int:
        return (self.until_second - self.from_second) % _DAY_SECONDS

    def _since(self, at: float) -> float:
        """How long ago they last began."""
        return (at + _CHINA_SECONDS - self.from_second) % _DAY_SECONDS


def _second(time: str) -> int:
    found = _TIME.fullmatch(time)
    if found is None:
        raise ValueError(f"{time!r} is no time of the day: write it as 21:00")
    return int(found[1]) * 3600 + int(found[2]) * 60
