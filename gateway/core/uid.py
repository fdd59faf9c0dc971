"""Identities of queries: 63-bit integers that sort by arrival.

Layout, most significant first: 41 bits of milliseconds since 2020-01-01 UTC, 10 bits of node, 12 bits of a
counter within the millisecond.  A query's uid is its row key in the journal and the query log, so rows are
appended, never inserted in the middle; and the first query of a code is the one with the smallest uid.
"""

from __future__ import annotations

from gateway.core.errors import SettingsFault

EPOCH_SECONDS = 1_577_836_800  # 2020-01-01T00:00:00Z
_COUNTER_BITS = 12
_NODE_BITS = 10
MAX_NODE = (1 << _NODE_BITS) - 1
_COUNTER_MASK = (1 << _COUNTER_BITS) - 1


class UidSequence:
    """Hands out uids of one node, strictly increasing even if the wall clock steps back.

    `node` (0..1023) must differ between gateways that share a query log.
    """

    def __init__(self, node: int = 0, last: int = 0) -> None:
        if not 0 <= node <= MAX_NODE:
            raise SettingsFault(f"node must be 0 to {MAX_NODE}, not {node}")
        self._node = node
        self._last_tick = last >> _NODE_BITS + _COUNTER_BITS
        self._counter = _COUNTER_MASK if last else -1

    def next(self, now: float) -> int:
        """The next uid for a query that arrived at `now` (Unix time, seconds)."""
        tick = int((now - EPOCH_SECONDS) * 1000)
        if tick > self._last_tick:
            self._last_tick, self._counter = tick, 0
        elif self._counter < _COUNTER_MASK:
            self._counter += 1
        else:  # a full millisecond, or a clock that stepped back: borrow from the next one
            self._last_tick, self._counter = self._last_tick + 1, 0
        return (self._last_tick << _NODE_BITS | self._node) << _COUNTER_BITS | self._counter


def arrival_bound(at: float) -> int:
    """The smallest uid that a query arriving at `at` (Unix time, seconds) or later can have."""
    return max(0, int((at - EPOCH_SECONDS) * 1000)) << _NODE_BITS + _COUNTER_BITS
