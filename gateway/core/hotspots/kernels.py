"""The inner loop of the scan: add counts along the neighbour order and report what exceeds its limit.

Two bodies of the same function: NumPy, always there, and Numba when it is installed (five times faster).  Both work
on integers only and so give identical results; logarithms are taken outside, for the few that exceed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gateway.core.hotspots.geography import Ints

Counts = NDArray[np.signedinteger[Any]]  # of 16 or 32 bits
ExceedingCounts = Callable[[Counts, Ints, Ints, Counts, int], tuple[Ints, Counts]]


def exceeding_counts_numpy(
    window_counts: Counts, order: Ints, sizes: Ints, limits: Counts, room: int
) -> tuple[Ints, Counts]:
    """The zone-windows whose count exceeds its limit: their flat positions in `limits`, and their counts.

    `window_counts` is of shape (areas, windows), `limits` of shape (centres, most neighbours, windows), both of the
    same integers, wide enough for the sum of all counts.  Of more than `room` the first `room` are given, by position.
    """
    _, longest, windows = limits.shape
    positions, counts = [], []
    for centre, size in enumerate(sizes):
        sums = np.cumsum(window_counts[order[centre, :size]], axis=0, dtype=window_counts.dtype)
        near, window = np.nonzero(sums > limits[centre, :size])
        positions.append((centre * longest + near) * windows + window)
        counts.append(sums[near, window])
    found = np.concatenate(positions)[:room].astype(np.int64)
    return found, np.concatenate(counts)[:room]


def mark(window_counts: Counts, order: Ints, sizes: Ints, limits: Counts, marks: Ints) -> None:
    """How many zones of each centre have a window above its limit.

    Short and plain, so that it compiles to vector instructions: nothing is written but the running sums.
    """
    windows = limits.shape[2]
    sums = np.zeros(windows, window_counts.dtype)
    for centre in range(len(sizes)):
        sums[:] = 0
        found = 0
        for near in range(sizes[centre]):
            area = order[centre, near]
            exceeded = 0
            for window in range(windows):
                sums[window] += window_counts[area, window]
            for window in range(windows):
                exceeded |= sums[window] > limits[centre, near, window]
            if exceeded:
                found += 1
        marks[centre] = found


def spell_out(window_counts: Counts, order: Ints, sizes: Ints, limits: Counts, marks: Ints, exceeding: Ints) -> int:  # noqa: PLR0917 - Numba takes no keywords
    """Positions and counts of what exceeds its limit around the marked centres, as far as there is room."""
    longest, windows = limits.shape[1], limits.shape[2]
    sums = np.zeros(windows, window_counts.dtype)
    found = 0
    for centre in range(len(sizes)):
        if marks[centre]:
            sums[:] = 0
            for near in range(sizes[centre]):
                for window in range(windows):
                    sums[window] += window_counts[order[centre, near], window]
                    if sums[window] > limits[centre, near, window] and found < exceeding.shape[1]:
                        exceeding[0, found] = (centre * longest + near) * windows + window
                        exceeding[1, found] = sums[window]
                        found += 1
    return found


def compiled() -> ExceedingCounts | None:
    """The function with both loops compiled; None without Numba."""
    try:
        import numba  # noqa: PLC0415 - optional: without it the NumPy body serves
    except ImportError:
        return None
    fast_mark = numba.njit(cache=True, nogil=True)(mark)
    fast_spell_out = numba.njit(cache=True, nogil=True)(spell_out)

    def exceeding_counts_numba(
        window_counts: Counts, order: Ints, sizes: Ints, limits: Counts, room: int
    ) -> tuple[Ints, Counts]:
        marks = np.empty(len(sizes), np.int64)
        fast_mark(window_counts, order, sizes, limits, marks)
        exceeding = np.empty((2, min(room, int(marks.sum()) * limits.shape[2])), np.int64)
        found = fast_spell_out(window_counts, order, sizes, limits, marks, exceeding)
        return exceeding[0, :found], exceeding[1, :found].astype(window_counts.dtype)

    return exceeding_counts_numba


exceeding_counts_numba = compiled()
exceeding_counts: ExceedingCounts = exceeding_counts_numba or exceeding_counts_numpy
