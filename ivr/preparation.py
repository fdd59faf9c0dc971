"""Names that are spoken ahead of need: one at a time, and none while a call waits for its own."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from ivr.prompts import Spoken

_WAITING_LIMIT = 1_000
_MET_LIMIT = 20_000


class Preparation:
    """A bounded queue.  `speak` makes one name; its failure is noted and the name not tried again soon."""

    _log = Logger()

    def __init__(self, speak: Callable[[Spoken], Deferred[object]]) -> None:
        self._speak = speak
        self._waiting: OrderedDict[Spoken, None] = OrderedDict()
        self._met: OrderedDict[Spoken, None] = OrderedDict()
        self._held = 0
        self._busy = self._choosing = False

    def add(self, name: Spoken) -> None:
        """Queue a name that was not met lately; when too many wait it is left out."""
        if name in self._met:
            self._met.move_to_end(name)
            return
        if len(self._waiting) >= _WAITING_LIMIT:
            return
        self._met[name] = None
        if len(self._met) > _MET_LIMIT:
            self._met.popitem(last=False)
        self._waiting[name] = None
        self._next()

    def hold(self) -> None:
        """A call needs speech now: begin nothing until as many `release`s."""
        self._held += 1

    def release(self) -> None:
        """That call has it, or has given up."""
        self._held -= 1
        self._next()

    def _next(self) -> None:
        if self._choosing:  # a name that was there already came back at once
            return
        self._choosing = True
        while self._waiting and not self._held and not self._busy:
            name, _ = self._waiting.popitem(last=False)
            self._busy = True
            spoken = self._speak(name)
            spoken.addErrback(lambda failure: self._log.warn("{fault}", fault=failure.getErrorMessage()[:200]))
            spoken.addBoth(self._done)
        self._choosing = False

    def _done(self, _: object) -> None:
        self._busy = False
        self._next()
