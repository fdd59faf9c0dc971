"""The pace of one link in segments per second: its own limit, and what the SMSC's throttling teaches."""

from __future__ import annotations

from smpp.timers import NEVER

_LEAST_PAUSE_SECONDS = 1.0
_MOST_PAUSE_SECONDS = 30.0
_DECREASE = 0.7  # of the rate measured when throttling began
_INCREASE_PER_SECOND = 0.05  # of that rate, added for each second without throttling
_INCREASE_OF_PEAK = 0.02  # the same, of the most that the SMSC ever took in a second
_LEAST_INCREASE = 1.0
_STALE_SECONDS = 2.0
_SHORTEST_COUNT_SECONDS = 0.2
_WHOLE = 1.0 - 1e-6  # a token, but for rounding
_FORGOTTEN = 8.0  # times that rate: the lesson is out of date, a link without a limit runs free again


class Throttle:
    """A token bucket one segment deep (or a fiftieth of a second), and pauses.

    Pauses last 1 s, doubling to 30 s as long as nothing is accepted in between; after a pause the rate starts at
    0.7 of what was being accepted and grows linearly.  `limit` is in segments per second; 0: none.  Time is an
    argument and must not go back.
    """

    __slots__ = ("_accepted", "_counted_from", "_learned", "_learned_at", "_limit", "_measured", "_pause", "_peak",
                 "_tokens", "_tokens_at", "paused_until")  # fmt: skip

    def __init__(self, limit: float = 0.0) -> None:
        self._limit = limit or NEVER
        self._learned = NEVER  # the rate after the last pause
        self._learned_at = 0.0
        self._peak = 0.0
        self._measured = 0.0  # segments accepted in the last whole second
        self._accepted = 0
        self._counted_from = 0.0
        self._pause = 0.0
        self._tokens = 1.0
        self._tokens_at = 0.0
        self.paused_until = 0.0

    def take(self, now: float) -> bool:
        """Whether a segment may leave now; if so it is counted."""
        if now < self.paused_until:
            return False
        rate = self.rate(now)
        if rate == NEVER:
            return True
        self._fill(rate, now)
        if self._tokens < _WHOLE:
            return False
        self._tokens -= 1.0
        return True

    def give_back(self) -> None:
        """A segment that was taken does not leave after all."""
        self._tokens += 1.0

    def ready_at(self, now: float) -> float:
        """When `take` will next say yes."""
        start = max(now, self.paused_until)
        rate = self.rate(start)
        if rate == NEVER:
            return start
        self._fill(rate, now)
        return max(start, now + (1.0 - self._tokens) / rate)

    def rate(self, now: float) -> float:
        """The pace at present, in segments per second; infinite where neither we nor the SMSC limit it."""
        if self._learned == NEVER:
            return self._limit
        step = max(_LEAST_INCREASE, self._learned * _INCREASE_PER_SECOND, self._peak * _INCREASE_OF_PEAK)
        grown = self._learned + step * max(0.0, now - self._learned_at)
        if grown >= min(self._limit, max(self._learned, 10.0) * _FORGOTTEN):
            self._learned = NEVER
            self._tokens, self._tokens_at = 1.0, now
            return self._limit
        return grown

    def accepted(self, now: float) -> None:
        """A segment was accepted."""
        self._pause = 0.0
        if now - self._counted_from > _STALE_SECONDS:  # after silence, count anew
            self._measured, self._accepted, self._counted_from = 0.0, 0, now
        self._accepted += 1
        if now - self._counted_from >= 1.0:
            self._measured = self._accepted / (now - self._counted_from)
            self._accepted, self._counted_from = 0, now
            self._peak = max(self._peak, self._measured)

    def throttled(self, sent_at: float, now: float) -> bool:
        """A segment sent at `sent_at` met ESME_RTHROTTLED or ESME_RMSGQFUL.  False if that is known already.

        Segments that were under way when a pause began say nothing new.
        """
        if sent_at < self.paused_until or now < self.paused_until:
            return False
        self._pause = min(max(self._pause * 2, _LEAST_PAUSE_SECONDS), _MOST_PAUSE_SECONDS)
        self.paused_until = now + self._pause
        since = now - self._counted_from
        recent = max(self._measured, self._accepted / max(since, _SHORTEST_COUNT_SECONDS))
        self._learned = max(1.0, _DECREASE * min(recent if since <= _STALE_SECONDS else 0.0, self.rate(now)))
        self._learned_at = self.paused_until
        self._tokens, self._tokens_at = 1.0, self.paused_until
        return True

    def _fill(self, rate: float, now: float) -> None:
        if now > self._tokens_at:
            depth = max(1.0, rate / 50)
            self._tokens = min(depth, self._tokens + (now - self._tokens_at) * rate)
            self._tokens_at = now
