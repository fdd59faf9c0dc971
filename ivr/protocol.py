"""One FastAGI connection as a Twisted protocol: octets to the exchange and back, one Deferred per command."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred, fail
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure

from ivr.agi import AGIError, AGIHangup, AGIUnknownError, Command, GatewayStopping, Reply, raise_for
from ivr.deadline import Deadline
from ivr.exchange import CommandInFlight, Environment, EnvironmentRead, Exchange, ExchangeBroken, Replied


class AgiConnection(Protocol):
    """Speaks for one call.  `begin` is called once, with this connection and the environment.

    `host` is the peer's address; `fault` says why we closed the connection, "" if we did not.
    """

    def __init__(
        self,
        clock: IReactorTime,
        begin: Callable[[AgiConnection, Environment], None],
        gone: Callable[[AgiConnection], None],
        *,
        header_seconds: float,
        reply_seconds: float,
        host: str = "",
    ) -> None:
        self._begin = begin
        self._gone = gone
        self._header_seconds = header_seconds
        self._reply_seconds = reply_seconds
        self._exchange = Exchange()
        self._in_flight: Deferred[Reply] | None = None
        self._deadline = Deadline(clock, self._too_slow)
        self._write_now: Callable[[bytes], object] | None = None
        self._connected = False
        self._stopping = False
        self.host = host
        self.fault = ""
        self.timed_out = False
        self.hung_up = False

    def connectionMade(self) -> None:
        """The header must be whole within its deadline."""
        self._connected = True
        self._write_now = getattr(self.transport, "writeSomeData", None)
        self._deadline.move(self._header_seconds)

    def dataReceived(self, data: bytes) -> None:
        """Octets from Asterisk, split anywhere."""
        try:
            events = self._exchange.receive(data)
        except ExchangeBroken as exc:
            self._abort(AGIUnknownError(str(exc)))
            return
        for event in events:
            if isinstance(event, Replied):
                self._replied(event.reply)
            elif isinstance(event, EnvironmentRead):
                self._deadline.lift()
                self._begin(self, event.environment)
            else:
                self.hung_up = True

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Whoever waits for a reply is told; a lost connection is a call that is over."""
        self._connected = False
        self.hung_up = self.hung_up or not self._stopping
        self._deadline.end()
        clean = isinstance(reason.value, ConnectionDone)
        self._finish(AGIHangup("Asterisk closed the connection" if clean else "the connection to Asterisk was lost"))
        self._gone(self)

    def ask(self, command: Command) -> Deferred[Reply]:
        """Send one command.

        Fails with a pyst2 AGIError, AGIHangup when the caller or the connection is gone, or with GatewayStopping.
        """
        if not self._connected:
            return fail(AGIHangup("the connection to Asterisk is gone"))
        if self._stopping:
            return fail(GatewayStopping("the gateway stops"))
        try:
            octets = self._exchange.send(command)
        except (AGIError, CommandInFlight, ExchangeBroken) as exc:
            return fail(exc)
        waiting: Deferred[Reply] = Deferred()
        self._in_flight = waiting
        self._deadline.move(self._reply_seconds + command.takes_seconds)
        self._write(octets)
        return waiting

    def close(self) -> None:
        """End the connection once what was written has left."""
        self._deadline.end()
        if self.transport is not None:
            self.transport.loseConnection()

    def stop(self) -> None:
        """As `close`; whoever waits for a reply, or asks for one later, is told that the gateway stops."""
        self._stopping = True
        self._finish(GatewayStopping("the gateway stops"))
        self.close()

    def _abort(self, reason: AGIError) -> None:
        """End the connection at once; whoever waits for a reply is given the reason."""
        self._deadline.end()
        self.fault = str(reason)
        self._finish(reason)
        self._connected = False
        if self.transport is not None:
            getattr(self.transport, "abortConnection", self.transport.loseConnection)()

    def _write(self, octets: bytes) -> None:
        """At once instead of in the reactor's next turn: nothing can be waiting before a command, for its
        predecessor was answered.
        """
        sent = self._write_now(octets) if self._write_now is not None else 0
        if self.transport is not None and sent != len(octets):
            self.transport.write(
                octets[sent:] if isinstance(sent, int) else octets
            )  # an exception: connectionLost follows

    def _replied(self, reply: Reply) -> None:
        self._deadline.lift()
        waiting, self._in_flight = self._in_flight, None
        if waiting is None:
            return
        try:
            waiting.callback(raise_for(reply))
        except AGIError as exc:
            self.hung_up = self.hung_up or isinstance(exc, AGIHangup)
            waiting.errback(exc)

    def _too_slow(self) -> None:
        self.timed_out = True
        self._abort(AGIUnknownError("Asterisk did not speak in time"))

    def _finish(self, reason: AGIError) -> None:
        waiting, self._in_flight = self._in_flight, None
        if waiting is not None:
            waiting.errback(reason)
