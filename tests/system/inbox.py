"""Things that happen, kept until the test asks for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from twisted.internet import reactor
from twisted.internet.defer import Deferred

T = TypeVar("T")


class Inbox(Generic[T]):
    """`put` from a callback, `await wait(...)` in the test."""

    def __init__(self, name: str) -> None:
        self.items: list[T] = []
        self._name = name
        self._waiting: list[tuple[Callable[[T], bool], Deferred[T]]] = []

    def put(self, item: T) -> None:
        for waiting in self._waiting:
            if waiting[0](item):
                self._waiting.remove(waiting)
                waiting[1].callback(item)
                return
        self.items.append(item)

    async def wait(self, wanted: Callable[[T], bool] = lambda item: True, within_seconds: float = 10.0) -> T:
        """The first item that is wanted, there or still to come; it is taken out."""
        for item in self.items:
            if wanted(item):
                self.items.remove(item)
                return item
        arrived: Deferred[T] = Deferred()
        self._waiting.append((wanted, arrived))
        arrived.addTimeout(within_seconds, reactor, onTimeoutCancel=self._overdue)
        return await arrived

    def _overdue(self, _result: object, seconds: float) -> None:
        raise AssertionError(f"nothing such came from {self._name} in {seconds} s; there is {self.items!r}")
