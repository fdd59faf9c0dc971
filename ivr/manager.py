"""A small client of Asterisk's manager interface (AMI): channels, calls and trunks for the monitor.

Answers are matched by ActionID; pyst2's own client matches them by their order.  Its exceptions are the vocabulary.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from asterisk.manager import ManagerAuthException, ManagerException, ManagerSocketException
from twisted.application.internet import ClientService, backoffPolicy
from twisted.internet.defer import CancelledError, Deferred, fail
from twisted.internet.interfaces import IReactorTime, IStreamClientEndpoint
from twisted.internet.protocol import Factory, connectionDone
from twisted.logger import Logger
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure

_MESSAGE_LINES_LIMIT = 256
_LIST_LIMIT = 20_000
_ACTION_SECONDS = 5.0
_POLL_SECONDS = 5.0
_FAULT_SECONDS = 5.0

__all__ = [
    "AmiConnection",
    "AmiMessage",
    "AsteriskStatus",
    "AsteriskWatch",
    "ManagerAuthException",
    "ManagerException",
    "ManagerSocketException",
    "TrunkStatus",
]


@dataclass(frozen=True, slots=True)
class AmiMessage:
    """One response or event; header names as Asterisk writes them."""

    headers: tuple[tuple[str, str], ...]

    def get(self, name: str) -> str:
        """The header's first value, "" if there is none."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


@dataclass(frozen=True, slots=True)
class TrunkStatus:
    """A PJSIP endpoint: its device state in Asterisk's words, and its channels."""

    name: str
    state: str
    active_channels: int


@dataclass(frozen=True, slots=True)
class AsteriskStatus:
    """What Asterisk said last.  `as_of` is the clock's seconds; `fault` says why nothing is known."""

    connected: bool = False
    version: str = ""
    calls: int = 0
    channels: int = 0
    trunks: tuple[TrunkStatus, ...] = ()
    as_of: float = 0.0
    fault: str = "not connected yet"


@dataclass(slots=True)
class _Pending:
    done: Deferred[list[AmiMessage]]
    messages: list[AmiMessage] = field(default_factory=list)


class AmiConnection(LineReceiver):
    """One connection.  `ready` is called once the banner came."""

    delimiter = b"\r\n"
    MAX_LENGTH = 8192

    def __init__(
        self,
        clock: IReactorTime,
        ready: Callable[[AmiConnection], object] = lambda _: None,
        gone: Callable[[AmiConnection], object] = lambda _: None,
    ) -> None:
        self._clock = clock
        self._ready = ready
        self._gone = gone
        self._pending: dict[str, _Pending] = {}
        self._lines: list[str] = []
        self._greeted = False

    def action(self, name: str, **headers: str) -> Deferred[list[AmiMessage]]:
        """Ask; fires with the response, followed by the events of a list.  Fails with a ManagerException."""
        identity = secrets.token_hex(8)
        rows = [("Action", name), ("ActionID", identity), *headers.items()]
        if any(character in text for row in rows for text in row for character in "\r\n\0"):
            return fail(ManagerException("an AMI header must not contain line breaks: it would inject an action"))
        done: Deferred[list[AmiMessage]] = Deferred()
        done.addTimeout(_ACTION_SECONDS, self._clock)
        self._pending[identity] = _Pending(done)
        if self.transport is not None:
            self.transport.write("".join(f"{key}: {value}\r\n" for key, value in rows).encode() + b"\r\n")
        done.addBoth(lambda result: (self._pending.pop(identity, None), result)[1])
        return done

    def lineReceived(self, line: bytes) -> None:
        """A banner, a header, or the empty line that ends a message."""
        text = line.decode("utf-8", "replace")
        if not self._greeted:
            self._greeted = True
            if not text.startswith("Asterisk Call Manager/"):
                self.close()
                return
            self._ready(self)
        elif text:
            self._lines.append(text)
            if len(self._lines) > _MESSAGE_LINES_LIMIT:
                self.close()
        elif self._lines:
            pairs = (row.partition(":") for row in self._lines)
            message = AmiMessage(tuple((key.strip(), value.strip()) for key, _, value in pairs))
            self._lines = []
            self._message(message)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Everyone who waits is told."""
        for pending in tuple(self._pending.values()):
            pending.done.errback(ManagerSocketException("the connection to Asterisk was lost"))
        self._gone(self)

    def close(self) -> None:
        """End the connection."""
        if self.transport is not None:
            self.transport.loseConnection()

    def _message(self, message: AmiMessage) -> None:
        pending = self._pending.get(message.get("ActionID"))
        if pending is None:
            return
        pending.messages.append(message)
        if message.get("Response") == "Error":
            error = ManagerAuthException if "uthentication" in message.get("Message") else ManagerException
            pending.done.errback(error(message.get("Message")))
        elif len(pending.messages) > _LIST_LIMIT:
            pending.done.errback(ManagerException("a list without end"))
        elif message.get("Response"):
            if message.get("EventList").lower() != "start":
                pending.done.callback(pending.messages)
        elif message.get("EventList").lower() == "complete":
            pending.done.callback(pending.messages)


class AsteriskWatch:
    """Keeps a connection over Asterisk's restarts and asks for its state every few seconds."""

    _log = Logger()

    def __init__(
        self,
        endpoint: IStreamClientEndpoint,
        user: str,
        secret: str,
        clock: IReactorTime,
        *,
        poll_seconds: float = _POLL_SECONDS,
    ) -> None:
        self._poll_seconds = poll_seconds
        self._user = user
        self._secret = secret
        self._clock = clock
        self._status = AsteriskStatus()
        factory = Factory.forProtocol(lambda: AmiConnection(clock, self._connected, self._lost))
        factory.noisy = False
        self._service = ClientService(endpoint, factory, backoffPolicy(0.5, 15.0, 1.5), clock)
        self._current: AmiConnection | None = None
        self._sleep: Deferred[None] | None = None

    def status(self) -> AsteriskStatus:
        """What Asterisk said last, or why nothing is known."""
        return self._status

    def start(self) -> None:
        """Connect, and go on connecting."""
        self._service.startService()

    async def stop(self) -> None:
        """End the connection."""
        await self._service.stopService()

    def _connected(self, connection: AmiConnection) -> None:
        self._current = connection
        watching = Deferred.fromCoroutine(self._watch(connection))
        watching.addErrback(lambda failure: self._log.failure("watching Asterisk failed", failure=failure))

    def _lost(self, connection: AmiConnection) -> None:
        if connection is self._current:
            self._current = None
            self._status = AsteriskStatus(fault="the connection to Asterisk was lost")
            if self._sleep is not None:
                self._sleep.cancel()

    async def _watch(self, connection: AmiConnection) -> None:
        try:
            await connection.action("Login", Username=self._user, Secret=self._secret, Events="off")
            version = (await connection.action("CoreSettings"))[0].get("AsteriskVersion")
            while connection is self._current:
                self._status = await self._ask(connection, version)
                self._sleep = _pause(self._clock, self._poll_seconds)
                await self._sleep
        except CancelledError:
            return
        except (ManagerException, TimeoutError) as exc:
            self._current = None  # the fault is to be read, not that the connection then ends
            self._status = AsteriskStatus(fault=str(exc) or "Asterisk did not answer in time")
            self._clock.callLater(_FAULT_SECONDS, connection.close)  # a wrong secret is not tried twice a second

    async def _ask(self, connection: AmiConnection, version: str) -> AsteriskStatus:
        core = (await connection.action("CoreStatus"))[0]
        channels = await connection.action("CoreShowChannels")
        endpoints = await connection.action("PJSIPShowEndpoints")
        trunks = tuple(
            TrunkStatus(event.get("ObjectName"), event.get("DeviceState"), _channels(event.get("ActiveChannels")))
            for event in endpoints
            if event.get("Event") == "EndpointList"
        )
        listed = sum(event.get("Event") == "CoreShowChannel" for event in channels)
        calls = core.get("CoreCurrentCalls")
        return AsteriskStatus(
            True, version, int(calls) if calls.isdigit() else 0, listed, trunks, self._clock.seconds(), ""
        )


def _channels(listed: str) -> int:
    return len([name for name in listed.split(",") if name.strip()])


def _pause(clock: IReactorTime, seconds: float) -> Deferred[None]:
    waited: Deferred[None] = Deferred(lambda _: timer.cancel())
    timer = clock.callLater(seconds, waited.callback, None)
    return waited
