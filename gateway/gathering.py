"""Many questions at once, asked as one: the batch request behind single look-ups."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


class Gathering(Generic[T]):
    """Collects keys for `window_seconds` (0: until the next turn of the loop), then asks `fetch` for all of them.

    `fetch` gets each key once and returns one result for each, in order; what it raises, everyone who waits gets.
    With `join_flights` a key that is being fetched already is not fetched again (single flight); without, a result is
    never older than the question.  Each waiter has a future of its own: one who leaves takes nothing from the others.
    """

    def __init__(
        self,
        fetch: Callable[[Sequence[str]], Awaitable[Sequence[T]]],
        *,
        window_seconds: float = 0.0,
        batch_limit: int = 1000,
        join_flights: bool = False,
    ) -> None:
        self._fetch = fetch
        self._window_seconds = window_seconds
        self._batch_limit = batch_limit
        self._join_flights = join_flights
        self._gathered: dict[str, list[asyncio.Future[T]]] = {}
        self._flying: dict[str, list[asyncio.Future[T]]] = {}
        self._departure: asyncio.TimerHandle | None = None
        self._flights: set[asyncio.Task[None]] = set()

    def ask(self, key: str) -> asyncio.Future[T]:
        """The result for `key`, to come."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        flying = self._flying.get(key) if self._join_flights else None
        if flying is not None:
            flying.append(answer)
            return answer
        self._gathered.setdefault(key, []).append(answer)
        if len(self._gathered) >= self._batch_limit:
            self._depart()
        elif self._departure is None:
            self._departure = loop.call_later(self._window_seconds, self._depart)
        return answer

    async def close(self) -> None:
        """Stop the requests under way; whoever waits for them is cancelled."""
        self._cancel_departure()
        for flight in tuple(self._flights):
            flight.cancel()
        await asyncio.gather(*self._flights, return_exceptions=True)
        gathered, self._gathered = self._gathered, {}
        _end(gathered, None)

    def _cancel_departure(self) -> None:
        if self._departure is not None:
            self._departure.cancel()
            self._departure = None

    def _depart(self) -> None:
        self._cancel_departure()
        batch, self._gathered = self._gathered, {}
        if self._join_flights:
            self._flying.update(batch)
        flight = asyncio.ensure_future(self._fly(batch))
        self._flights.add(flight)
        flight.add_done_callback(lambda landed: self._landed(batch, landed))

    async def _fly(self, batch: dict[str, list[asyncio.Future[T]]]) -> None:
        results = await self._fetch(list(batch))
        for (key, waiters), result in zip(batch.items(), results, strict=True):
            if self._join_flights:
                del self._flying[key]
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_result(result)

    def _landed(self, batch: dict[str, list[asyncio.Future[T]]], flight: asyncio.Task[None]) -> None:
        self._flights.discard(flight)
        for key, waiters in batch.items():
            if self._flying.get(key) is waiters:
                del self._flying[key]
        _end(batch, None if flight.cancelled() else flight.exception())


def _end(batch: dict[str, list[asyncio.Future[T]]], error: BaseException | None) -> None:
    """Whoever still waits gets the reason why nothing came, or is cancelled if there is none."""
    for waiters in batch.values():
        for waiter in waiters:
            if waiter.done():
                continue
            if error is None:
                waiter.cancel()
            else:
                waiter.set_exception(error)
