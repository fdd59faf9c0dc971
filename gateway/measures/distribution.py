"""How long things took, as counts in log-linear buckets.  Pure, bounded and mergeable.

After G. Tene's HdrHistogram: each decade is cut into 70 buckets, none wider than 5 % of its values, so that a quantile
is that exact however many values there were, and two distributions become one by adding their counts.  Decimal
decades, so that the bounds that Prometheus's histograms customarily have (0.005, 0.01, 0.025 ... s) are among them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass

_TWENTIETHS = (*range(20, 40), *range(40, 100, 2), *range(100, 200, 5))  # 1.00 1.05 ... 2.0 2.1 ... 5.00 5.25 ... 9.75
_DECADES = range(-4, 5)

BOUNDS = (*(float(f"{part / 20}e{decade}") for decade in _DECADES for part in _TWENTIETHS), 1e5)
"""Seconds.  Bucket `i` holds what is above bound `i - 1` and at most bound `i`; the last one all that is longer."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """What was recorded: `counts` are (bucket, count) pairs in order, no count is 0; sum and maximum in seconds."""

    counts: tuple[tuple[int, int], ...] = ()
    sum_seconds: float = 0.0
    max_seconds: float = 0.0

    @property
    def total(self) -> int:
        """How many values."""
        return sum(count for _, count in self.counts)

    def plus(self, other: Distribution) -> Distribution:
        """Both together."""
        counts = dict(self.counts)
        for bucket, count in other.counts:
            counts[bucket] = counts.get(bucket, 0) + count
        return Distribution(
            tuple(sorted(counts.items())),
            self.sum_seconds + other.sum_seconds,
            max(self.max_seconds, other.max_seconds),
        )

    def since(self, before: Distribution) -> Distribution:
        """What came after `before`, an earlier state of the same recorder; all, if the recorder began anew.

        The maximum is then as exact as a bucket.
        """
        earlier = dict(before.counts)
        left = [(bucket, count - earlier.pop(bucket, 0)) for bucket, count in self.counts]
        if earlier or any(count < 0 for _, count in left):
            return self
        counts = tuple((bucket, count) for bucket, count in left if count)
        if not counts:
            return Distribution()
        longest = self.max_seconds if self.max_seconds > before.max_seconds else _upper(counts[-1][0], self.max_seconds)
        return Distribution(counts, max(0.0, self.sum_seconds - before.sum_seconds), longest)

    def quantile(self, share: float) -> float | None:
        """The value, in seconds, that `share` (0 to 1) of all do not exceed, to 5 %; None where nothing is recorded."""
        rank, passed = share * self.total, 0
        for bucket, count in self.counts:
            if passed + count >= rank:
                low = BOUNDS[bucket - 1] if bucket else 0.0
                high = _upper(bucket, self.max_seconds)
                return min(high, low + (high - low) * max(0.0, rank - passed) / count)
            passed += count
        return None

    def at_most(self, seconds: float) -> int:
        """How many values were not above `seconds`, which must be one of BOUNDS."""
        last = bisect_left(BOUNDS, seconds)
        return sum(count for bucket, count in self.counts if bucket <= last)

    @classmethod
    def together(cls, parts: Iterable[Distribution]) -> Distribution:
        """All of them as one."""
        whole = cls()
        for part in parts:
            whole = whole.plus(part)
        return whole


def _upper(bucket: int, max_seconds: float) -> float:
    return min(BOUNDS[bucket], max_seconds) if bucket < len(BOUNDS) else max_seconds


NOTHING = Distribution()


class Recorder:
    """Takes values; less than half a microsecond each."""

    __slots__ = ("_counts", "_max_seconds", "_sum_seconds")

    def __init__(self) -> None:
        self._counts: dict[int, int] = {}
        self._sum_seconds = 0.0
        self._max_seconds = 0.0

    def record(self, seconds: float) -> None:
        """One value.  Below 0 (the wall clock was set back) counts as 0."""
        seconds = max(seconds, 0.0)
        bucket = bisect_left(BOUNDS, seconds)
        counts = self._counts
        counts[bucket] = counts.get(bucket, 0) + 1
        self._sum_seconds += seconds
        self._max_seconds = max(self._max_seconds, seconds)

    @property
    def distribution(self) -> Distribution:
        """All so far."""
        return Distribution(tuple(sorted(self._counts.items())), self._sum_seconds, self._max_seconds)
