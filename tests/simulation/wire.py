"""A TCP connection from the gateway to a neighbour: ordered, delayed, and breakable at any point."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.python.failure import Failure

from tests.simulation.world import World

_LEAST_LATENCY_SECONDS, _MOST_LATENCY_SECONDS = 0.001, 0.03


class Server(Protocol):
    """What listens at the far end."""

    def connected(self, wire: Wire) -> None:
        """Somebody connected."""

    def received(self, octets: bytes) -> None:
        """Octets from the gateway."""

    def ended(self) -> None:
        """The connection is gone; told once."""


class Wire:
    """`stalled`: both directions lose everything and nobody is told, as when a cable is cut.

    `frozen`: what the gateway writes is not read any more, as when the neighbour's process is stopped.
    """

    def __init__(self, world: World, server: Server) -> None:
        self.world = world
        self.server = server
        self.open = True
        self.stalled = False
        self.frozen = False
        self.paused: list[bytes] | None = None
        self._received: Callable[[bytes], None] = lambda octets: None
        self._lost: Callable[[bool], None] = lambda clean: None
        self._up_at = self._down_at = world.now
        self._life = world.life

    def join(self, received: Callable[[bytes], None], lost: Callable[[bool], None]) -> None:
        """The gateway's end: whom to tell."""
        self._received, self._lost = received, lost
        self.server.connected(self)

    def _latency(self) -> float:
        return self.world.chance.uniform(_LEAST_LATENCY_SECONDS, _MOST_LATENCY_SECONDS)

    def from_gateway(self, octets: bytes) -> None:
        """The gateway wrote."""
        if self.open and self._life == self.world.life:
            self._up_at = max(self._up_at, self.world.now + self._latency())
            self.world.after(self._up_at - self.world.now, self._arrive, octets)

    def _arrive(self, octets: bytes) -> None:
        if self.open and not self.stalled and not self.frozen:
            self.server.received(octets)

    def to_gateway(self, octets: bytes, arrived: Callable[[], None] = lambda: None) -> None:
        """The neighbour wrote; `arrived` is called if the gateway reads it."""
        if self.open:
            self._down_at = max(self._down_at, self.world.now + self._latency())
            self.world.after(self._down_at - self.world.now, self._arrive_below, octets, arrived)

    def _arrive_below(self, octets: bytes, arrived: Callable[[], None]) -> None:
        if not self.open or self.stalled or self._life != self.world.life:
            return
        if self.paused is not None:
            self.paused.append(octets)
            return
        arrived()
        self._received(octets)

    def resume(self) -> None:
        """The gateway reads again."""
        held, self.paused = self.paused or [], None
        if held:
            self.world.after(0.0, self._arrive_below, b"".join(held), lambda: None)

    def cut(self) -> None:
        """Both ends lose the connection, with all that is under way."""
        self._end(clean=False)

    def close(self) -> None:
        """The neighbour closes, after what it wrote."""
        if self.open:
            self.world.after(max(0.0, self._down_at - self.world.now), self._end, True)

    def shut(self, *, abort: bool = False) -> None:
        """The gateway closes; what it wrote arrives before unless it aborts."""
        if self.open:
            delay = 0.0 if abort else max(0.0, self._up_at - self.world.now)
            self.world.after(delay, self._end, not abort)

    def orphan(self) -> None:
        """The gateway was killed: what it wrote may still arrive, as the kernel had it."""
        if self.open:
            self.world.after(self.world.chance.choice((0.0, self._latency())), self._end, False)

    def _end(self, clean: bool) -> None:
        if not self.open:
            return
        self.open = False
        self.server.ended()
        if self._life == self.world.life:
            self._lost(clean)


class TwistedTransport:
    """The gateway's end of a wire, as Twisted wants it."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self.disconnecting = False

    def attach(self, protocol: Any) -> None:
        """Hand the connection to its protocol."""
        wire = self._wire
        protocol.makeConnection(self)
        wire.join(
            protocol.dataReceived,
            lambda clean: protocol.connectionLost(Failure(ConnectionDone() if clean else ConnectionLost())),
        )

    def write(self, octets: bytes) -> None:
        self._wire.from_gateway(octets)

    def loseConnection(self) -> None:
        self._wire.shut()

    def abortConnection(self) -> None:
        self._wire.shut(abort=True)

    def pauseProducing(self) -> None:
        self._wire.paused = self._wire.paused or []

    def resumeProducing(self) -> None:
        self._wire.resume()


class AsyncioTransport(asyncio.Transport):
    """The gateway's end of a wire, as asyncio wants it."""

    def __init__(self, wire: Wire, protocol: asyncio.Protocol) -> None:
        super().__init__()
        self._wire = wire
        self._protocol = protocol
        self._closing = False
        protocol.connection_made(self)
        wire.join(protocol.data_received, self._gone)

    def _gone(self, clean: bool) -> None:
        self._closing = True
        self._protocol.connection_lost(None if clean else ConnectionResetError("reset"))

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self._protocol

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = protocol  # type: ignore[assignment]  # streams only here

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._wire.from_gateway(bytes(data))

    def is_closing(self) -> bool:
        return self._closing

    def close(self) -> None:
        self._closing = True
        self._wire.shut()

    def abort(self) -> None:
        self._closing = True
        self._wire.shut(abort=True)

    def pause_reading(self) -> None:
        self._wire.paused = self._wire.paused or []

    def resume_reading(self) -> None:
        self._wire.resume()
