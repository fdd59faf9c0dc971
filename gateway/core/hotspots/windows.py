"""Periods of the scan: which runs of days a cluster may span.  Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gateway.core.hotspots.geography import Floats, Ints


@dataclass(frozen=True, slots=True)
class Windows:
    """Runs of days, each from `starts[w]` up to, not including, `ends[w]`."""

    starts: Ints
    ends: Ints

    def __len__(self) -> int:
        return len(self.starts)

    def sums(self, daily: Floats) -> Floats:
        """Totals per window of a table of shape (areas, days); shape (areas, windows)."""
        running = np.concatenate([np.zeros((len(daily), 1), daily.dtype), np.cumsum(daily, axis=1)], axis=1)
        totals: Floats = running[:, self.ends] - running[:, self.starts]
        return totals


def prospective(days: int, longest: int) -> Windows:
    """All windows of 1 to `longest` days that end with the last day."""
    lengths = np.arange(1, min(longest, days) + 1)
    return Windows(days - lengths, np.full(len(lengths), days))


def retrospective(days: int, longest: int) -> Windows:
    """All windows of 1 to `longest` days anywhere."""
    pairs = [(start, end) for start in range(days) for end in range(start + 1, min(days, start + longest) + 1)]
    table = np.array(pairs, np.int64)
    return Windows(table[:, 0], table[:, 1])
