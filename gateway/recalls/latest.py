"""What each caller asked about last: in memory, and in the query log for whom memory has no room."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable

from gateway.core.query import Caller, Query
from gateway.recalls.subscription import CodeAsked

LATEST_SECONDS = 24 * 3600.0
"""An older query is not what a caller means who only says "tell me"."""
_CAPACITY = 50_000  # callers; some 20 MB
Logged = Callable[[str, float], Awaitable[list[CodeAsked]]]


class LatestCodes:
    """`logged`: what the log has of a pseudonym since an instant (Unix time, seconds)."""

    def __init__(self, logged: Logged, capacity: int = _CAPACITY) -> None:
        self._logged = logged
        self._capacity = capacity
        self._callers: OrderedDict[str, tuple[float, tuple[CodeAsked, ...]]] = OrderedDict()

    def keep(self, query: Query, codes: tuple[CodeAsked, ...]) -> None:
        """This query was about these; none, if none of its codes is active."""
        pseudonym = query.caller.pseudonym
        self._callers.pop(pseudonym, None)
        self._callers[pseudonym] = (query.arrived_at, codes)
        if len(self._callers) > self._capacity:
            self._callers.popitem(last=False)

    async def of(self, caller: Caller, now: float) -> tuple[CodeAsked, ...]:
        """The codes of the caller's latest query of the last 24 hours.  Raises as `logged` does."""
        since = now - LATEST_SECONDS
        kept_at, codes = self._callers.get(caller.pseudonym, (0.0, ()))
        return codes if kept_at >= since else tuple(await self._logged(caller.pseudonym, since))
