"""Time and chance: all that happens outside the gateway is an event here, and acts while the gateway waits."""

from __future__ import annotations

import hashlib
import heapq
import itertools
import random
from collections.abc import Callable
from typing import Any, NoReturn

NOON = 1_795_406_400.0  # 2026-11-23 04:00 UTC: noon in China


class Killed(BaseException):
    """The gateway's process is gone, as by kill -9: none of its code runs any more."""


class World:
    """One seed.  `now` is steady, in seconds; `wall` is Unix time, and may jump.

    `life` counts the gateway's processes.  Events that a life scheduled (its disk, its timers) die with it.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.now = 0.0
        self.wall_offset = NOON
        self.jumps: list[tuple[float, float]] = []
        self.life = 0
        self.starts: list[float] = []
        self.kills: list[float] = []
        self.chance = random.Random(seed)
        self.at_kill: Callable[[], None] = lambda: None
        self._events: list[tuple[float, int, int | None, Callable[..., None], tuple[Any, ...]]] = []
        self._order = itertools.count()
        self._trace = hashlib.blake2b(digest_size=16)
        self.happenings = 0

    def wall(self) -> float:
        """Unix time as the machine believes it to be."""
        return self.now + self.wall_offset

    def wall_at(self, now: float) -> float:
        """The Unix time that the machine believed in at `now`."""
        return NOON + now + sum(seconds for at, seconds in self.jumps if at <= now)

    def jump(self, seconds: float) -> None:
        """Somebody sets the wall clock."""
        self.wall_offset += seconds
        self.jumps.append((self.now, seconds))
        self.note("jump", seconds)

    def after(self, seconds: float, call: Callable[..., None], *arguments: Any, mortal: bool = False) -> None:
        """Call later; a `mortal` event does not outlive the gateway's present process."""
        life = self.life if mortal else None
        heapq.heappush(self._events, (self.now + seconds, next(self._order), life, call, arguments))

    def step(self, until: float) -> bool:
        """Let the next event happen if it is due by `until`.  False: there is none."""
        while self._events and self._events[0][0] <= until:
            at, _, life, call, arguments = heapq.heappop(self._events)
            if life is not None and life != self.life:
                continue
            self.now = max(self.now, at)
            call(*arguments)
            return True
        return False

    def pass_time(self, seconds: float) -> None:
        """Let time pass without a gateway."""
        until = self.now + seconds
        while self.step(until):
            pass
        self.now = until

    def kill(self) -> NoReturn:
        """End the gateway's process here and now."""
        self.note("killed")
        self.kills.append(self.now)
        self.life += 1
        self.at_kill()
        raise Killed

    def note(self, *what: object) -> None:
        """One line of the trace, which two runs of a seed have in common."""
        self.happenings += 1
        self._trace.update(f"{self.now:.9f} {what!r}\n".encode())

    @property
    def trace(self) -> str:
        """The hash of all that happened."""
        return self._trace.hexdigest()
