"""The inner loop of the scan: add counts along the neighbour order and report what exceeds its limit.

Two bodies of the same function: NumPy, always there, and Numba when it is installed (five times faster).  Both work
on integers only and so give identical results; logarithms are taken outside, for the few that exceed.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from gateway.core.hotspots.geography import Ints

Counts = NDArray[np.int32]
ExceedingCounts = Callable[[Counts, Ints, Ints, Counts, int], tuple[Ints, Counts]]


def exceeding_counts_numpy(
    window_counts: Counts, order: Ints, sizes: Ints, limits: Counts, room: int
) -> tuple[Ints, Counts]:
    """The zone-windows whose count exceeds its limit: their flat positions in `limits`, and their counts.

    `window_counts` is int32 of shape (areas, windows), `limits` of shape (centres, most neighbours, windows).  Of more
    than `room` the first `room` are given, in order of position.
    """
    _, longest, windows = limits.shape
    positions, counts = [], []
    for centre, size in enumerate(sizes):
        sums = np.cumsum(window_counts[order[centre, :size]], axis=0, dtype=np.int32)
        near, window = np.nonzero(sums > limits[centre, :size])
        positions.append((centre * longest + near) * windows + window)
        counts.append(sums[near, window])
    found = np.concatenate(positions)[:room].astype(np.int64)
    return found, np.concatenate(counts)[:room].astype(np.int32)


def _loop(window_counts: Counts, order: Ints, sizes: Ints, limits: Counts, exceeding: Ints) -> int:
    longest, windows = limits.shape[1], limits.shape[2]
    sums = np.zeros(windows, np.int32)
    found = 0
    for centre in range(len(sizes)):
        sums[:] = 0
        for near in range(sizes[centre]):
            area = order[centre, near]
            exceeded = 0
            for window in range(windows):
                sums[window] += window_counts[area, window]
                exceeded += sums[window] > limits[centre, near, window]
            if exceeded:
                for window in range(windows):
                    if sums[window] > limits[centre, near, window]:
                        if found == exceeding.shape[1]:
                            return found
                        exceeding[0, found] = (centre * longest + near) * windows + window
                        exceeding[1, found] = sums[window]
                        found += 1
    return found


def _compiled() -> ExceedingCounts | None:
    try:
        import numba  # noqa: PLC0415 - optional: without it the NumPy body serves
    except ImportError:
        return None
    loop = numba.njit(cache=True, nogil=True)(_loop)

    def exceeding_counts_numba(
        window_counts: Counts, order: Ints, sizes: Ints, limits: Counts, room: int
    ) -> tuple[Ints, Counts]:
        exceeding = np.empty((2, room), np.int64)
        found = loop(window_counts, order, sizes, limits, exceeding)
        return exceeding[0, :found], exceeding[1, :found].astype(np.int32)

    return exceeding_counts_numba


exceeding_counts_numba = _compiled()
exceeding_counts: ExceedingCounts = exceeding_counts_numba or exceeding_counts_numpy
