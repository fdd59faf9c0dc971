"""A few threads for what blocks: speech, and looking after folders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorFromThreads
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool

T = TypeVar("T")


class InThread(Protocol):
    """Runs a blocking function elsewhere and gives its result as a Deferred."""

    def __call__(self, work: Callable[[], T], /) -> Deferred[T]:
        """Start `work`."""


class Workers:
    """A pool of threads of its own, so that slow speech delays nobody else's work."""

    def __init__(self, reactor: IReactorFromThreads, threads: int) -> None:
        self._reactor = reactor
        self._pool = ThreadPool(0, threads, "voice")

    def start(self) -> None:
        """Ready for work."""
        self._pool.start()

    def stop(self) -> None:
        """Wait for what runs; what waits is never begun."""
        self._pool.stop()

    def in_thread(self, work: Callable[[], T], /) -> Deferred[T]:
        """See InThread."""
        return deferToThreadPool(self._reactor, self._pool, work)
