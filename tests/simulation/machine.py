"""The gateway's machine: a loop that waits by letting the world act, a reactor on it, and a disk that may fail."""

from __future__ import annotations

import asyncio
import selectors
import sqlite3
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.asyncioreactor import AsyncioSelectorReactor
from twisted.internet.error import ConnectionRefusedError as Refused
from twisted.internet.interfaces import IHostnameResolver
from twisted.python.failure import Failure
from zope.interface import implementer

from gateway.core.errors import NotDurable
from gateway.reactor import MonotonicReactor
from gateway.records.journal.intake import prepare
from gateway.records.journal.open_codes import OpenCodes
from gateway.records.journal.reader import Reader
from gateway.records.journal.refusals import RefusalCounts
from gateway.records.journal.sqlite_journal import SqliteJournal
from gateway.records.journal.writer import Writer
from gateway.records.schema import open_for_writing
from tests.simulation.wire import AsyncioTransport, TwistedTransport, Wire
from tests.simulation.world import World

Dial = Callable[[str], Wire | None]
"""A connection to an address (host:port, or a path), or None if nobody listens there."""


class _Outside(selectors.DefaultSelector):
    """Never waits: while the gateway has nothing to do, the world acts."""

    world: World

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout > 0:
            until = float("inf") if timeout is None else self.world.now + timeout
            if not self.world.step(until):
                if timeout is None:
                    raise RuntimeError("virtual time: nothing left to wait for (a lost wake-up?)")
                self.world.now = until
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """One process's loop."""

    def __init__(self, world: World, dial: Dial) -> None:
        selector = _Outside()
        selector.world = world
        self._world = world
        self._dial = dial
        super().__init__(selector)

    def time(self) -> float:
        return self._world.now

    def call_soon_threadsafe(self, *arguments: Any, **options: Any) -> asyncio.Handle:  # type: ignore[override]
        return self.call_soon(*arguments, **options)  # there are no threads here

    async def create_unix_connection(self, factory: Any, path: Any = None, **_: Any) -> Any:  # type: ignore[override]
        await asyncio.sleep(0.001)
        wire = self._dial(str(path))
        if wire is None:
            raise ConnectionRefusedError(111, "nobody listens")
        protocol = factory()
        return AsyncioTransport(wire, protocol), protocol

    def run_in_executor(self, executor: Any, function: Any, *arguments: Any) -> Any:  # type: ignore[override]
        """What a thread would do, done by the world a moment later."""
        future = self.create_future()

        def run() -> None:
            if not future.cancelled():
                try:
                    future.set_result(function(*arguments))
                except Exception as exc:  # noqa: BLE001 - whatever a thread raises is its caller's
                    future.set_exception(exc)

        self._world.after(self._world.chance.uniform(0.0001, 0.005), run, mortal=True)
        return future


@implementer(IHostnameResolver)
class _Resolver:
    """Every name is its own address."""

    def resolveHostName(self, receiver: Any, name: str, port: int = 0, *_: Any, **__: Any) -> Any:
        receiver.resolutionBegan(self)
        receiver.addressResolved(IPv4Address("TCP", name, port))
        receiver.resolutionComplete()
        return self


class _Attempt:
    """A TCP connection being made."""

    def __init__(self, factory: Any, wire: Wire | None, address: IPv4Address) -> None:
        self._factory, self._wire, self._address = factory, wire, address
        self._over = False

    def getDestination(self) -> IPv4Address:
        return self._address

    def stopConnecting(self) -> None:
        self._over = True

    def come(self) -> None:
        if self._over:
            return
        if self._wire is None:
            self._factory.clientConnectionFailed(self, Failure(Refused()))
        else:
            TwistedTransport(self._wire).attach(self._factory.buildProtocol(self._address))


class VirtualReactor(MonotonicReactor):
    """The gateway's own reactor, its clock and its network the world's."""

    def __init__(self, loop: VirtualLoop, world: World, dial: Dial) -> None:
        self.seconds = lambda: world.now  # the one clock
        self._dial = dial
        AsyncioSelectorReactor.__init__(self, loop)
        self.installNameResolver(_Resolver())

    def run(self, installSignalHandlers: bool = False) -> None:  # noqa: N803 - Twisted's name
        super().run(installSignalHandlers=False)  # type: ignore[no-untyped-call]

    def connectTCP(self, host: str, port: int, factory: Any, timeout: float = 30, bindAddress: Any = None) -> Any:  # noqa: N803
        attempt = _Attempt(factory, self._dial(f"{host}:{port}"), IPv4Address("TCP", host, port))
        factory.startedConnecting(attempt)
        self.callLater(0.002, attempt.come)
        return attempt

    def forget(self) -> None:
        """Give back the descriptors of a process that is gone."""
        for reader in list(self._internalReaders):
            reader.connectionLost(None)


class Disk:
    """Where the journal is.  `full`: no commit succeeds; `before_commit` and `after_commit` may end the process."""

    def __init__(self, world: World, path: Path) -> None:
        self.world = world
        self.path = path
        self.full = False
        self.commits = 0
        self.before_commit: Callable[[int], None] = lambda number: None
        self.after_commit: Callable[[int], None] = lambda number: None
        self.connections: list[sqlite3.Connection] = []

    async def open_journal(self, path: Path, on_failure: Callable[[BaseException], None]) -> SqliteJournal:
        return await _Journal.on(self, path, on_failure)

    def let_go(self) -> None:
        """The process is gone: so are its connections."""
        for connection in self.connections:
            connection.close()
        self.connections.clear()


class _Writer(Writer):
    """The journal's writer, its thread played by the world: a commit takes a moment and may fail or be the last."""

    def __init__(self, disk: Disk, path: Path, on_failure: Callable[[BaseException], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._on_failure = on_failure
        self._gathered = []
        self._waiting = SimpleQueue()
        self._failure = None
        self._connection = open_for_writing(path, prepare)
        self._connection.execute("PRAGMA synchronous = OFF")  # this disk fails only where it is told to
        self._open = {uid for (uid,) in self._connection.execute("SELECT uid FROM journal")}
        self._disk = disk
        self._busy = False
        self._idle = asyncio.Event()
        self._idle.set()
        disk.connections.append(self._connection)

    def _hand_over(self) -> None:
        super()._hand_over()
        if not self._busy and not self._waiting.empty():
            self._busy = True
            self._idle.clear()
            world = self._disk.world
            world.after(world.chance.uniform(0.0005, 0.02), self._work, mortal=True)

    def _work(self) -> None:
        disk = self._disk
        batch = self._next_batch()
        disk.commits += 1
        disk.before_commit(disk.commits)
        refusal = NotDurable("the disk is full") if disk.full else self._commit(batch)
        disk.world.note("commit", len(batch), refusal is None)
        disk.after_commit(disk.commits)
        self._settle(batch, refusal)
        self._busy = False
        self._hand_over()
        if not self._busy:
            self._idle.set()

    async def close(self) -> None:
        self._hand_over()
        await self._idle.wait()
        self._disk.let_go()


class _Journal(SqliteJournal):
    """The journal on that writer."""

    def __init__(self, disk: Disk, path: Path, on_failure: Callable[[BaseException], None]) -> None:
        self._lock = path.with_suffix(".lock").open("w")
        self._writer = _Writer(disk, path, on_failure)
        self.reader = Reader(path, asyncio.get_running_loop())
        self.open_codes = OpenCodes()
        self._refusals = RefusalCounts(self._writer.submit)

    @classmethod
    async def on(cls, disk: Disk, path: Path, on_failure: Callable[[BaseException], None]) -> _Journal:
        journal = cls(disk, path, on_failure)
        for found in await journal.open_queries():
            journal.open_codes.enter(found.query)
        return journal
