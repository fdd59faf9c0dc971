"""Octets to the session and back: the only place where a Session meets a transport."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Any, Protocol

from twisted.internet.interfaces import IReactorTime, ITCPTransport
from twisted.internet.protocol import Protocol as TwistedProtocol
from twisted.python.failure import Failure

from smpp.alarm import Alarm
from smpp.events import Event, SessionEnded, Why
from smpp.loss import end_of_connection
from smpp.pdu import Envelope
from smpp.segments import Segment
from smpp.session import Session
from smpp.settings import LinkSettings
from smpp.states import Role, SessionState
from smpp.unanswered import Response

_numbers = count(1)
_CLOSE_SECONDS = 5.0  # for a peer that does not read what we wrote before closing
_LISTEN_AGAIN = 0.9  # of unanswered_limit


class ProtocolOwner(Protocol):
    """Who is told what happens on a session."""

    def happened(self, protocol: EsmeProtocol, event: Event) -> None:
        """An event other than SessionEnded."""

    def ended(self, protocol: EsmeProtocol, end: SessionEnded) -> None:
        """The connection is gone; told once, last."""


class EsmeProtocol(TwistedProtocol):
    """One TCP session.  What is written within one turn of the loop leaves in one write."""

    transport: Any  # ITCPTransport, or the TLS protocol that stands before it

    def __init__(self, settings: LinkSettings, role: Role, owner: ProtocolOwner, clock: IReactorTime) -> None:
        self.number = next(_numbers)
        self.session = Session(settings, role)
        self._settings = settings
        self._owner = owner
        self._clock = clock
        self._alarm = Alarm(clock, self._tick)
        self._will_flush = False
        self._deaf = False
        self._end: SessionEnded | None = None
        self._abort: Any = None

    @property
    def bound(self) -> bool:
        """Whether the session takes what its role may send."""
        return self.session.state is SessionState.BOUND

    def submit(self, envelope: Envelope, segment: Segment, context: Any) -> None:
        """Send a submit_sm.  Raises NotNow, ValueError, as Session.submit."""
        self.session.submit(envelope, segment, context, self._clock.seconds())
        self._flush_soon()

    def answer(self, ticket: int) -> Callable[[int], Response]:
        """What answers the message of this ticket when called with a command_status."""
        return partial(self._respond, ticket)

    def stop_receiving(self) -> None:
        """Refuse new messages with ESME_RX_T_APPN from here on."""
        self.session.accepting = False

    def unbind(self) -> None:
        """End the session in order, or at once if it was never bound; one that is ending goes on to its end."""
        if self.bound:
            self.session.unbind(self._clock.seconds())
            self._flush()
        elif self.session.state in (SessionState.OPEN, SessionState.BINDING):
            self._close(SessionEnded(Why.UNBOUND))

    # Twisted's side

    def connectionMade(self) -> None:
        if ITCPTransport.providedBy(self.transport):
            self.transport.setTcpNoDelay(True)
        self.session.bind(self._clock.seconds())
        self._flush()

    def dataReceived(self, octets: bytes) -> None:
        self._tell(self.session.receive(octets, self._clock.seconds()))
        self._flush()

    def connectionLost(self, reason: Failure | None = None) -> None:
        self.session.close()
        self._alarm.stop()
        if self._abort is not None:
            self._abort.cancel()
            self._abort = None
        self._owner.ended(self, self._end or end_of_connection(reason))

    # Ours

    def _respond(self, ticket: int, command_status: int) -> Response:
        response = self.session.respond(ticket, command_status)
        if response is Response.SENT:
            self._flush_soon()
        return response

    def _tell(self, events: list[Event]) -> None:
        happened = self._owner.happened
        for event in events:
            if type(event) is SessionEnded:
                self._close(event)
            else:
                happened(self, event)

    def _flush_soon(self) -> None:
        if not self._will_flush:
            self._will_flush = True
            self._clock.callLater(0, self._flush_now)

    def _flush_now(self) -> None:
        self._will_flush = False
        self._flush()

    def _flush(self) -> None:
        octets = self.session.take()
        if octets and self.transport is not None:
            self.transport.write(octets)
        if self._end is None:
            self._listen()
            self._alarm.no_later_than(self.session.next_at)

    def _listen(self) -> None:
        """Read no more while too many messages are in hand."""
        unanswered = len(self.session.unanswered)
        limit = self._settings.unanswered_limit
        if not self._deaf and unanswered >= limit:
            self._deaf = True
            self.session.stop_listening(self._clock.seconds())
            self.transport.pauseProducing()
        elif self._deaf and unanswered <= limit * _LISTEN_AGAIN:
            self._deaf = False
            self.session.listen_again(self._clock.seconds())
            self.transport.resumeProducing()

    def _tick(self) -> None:
        self._tell(self.session.tick(self._clock.seconds()))
        self._flush()

    def _close(self, end: SessionEnded) -> None:
        if self._end is not None:
            return
        self._end = end
        self._alarm.stop()
        octets = self.session.take()
        self.session.close()
        if self.transport is None:
            return
        if octets:
            self.transport.write(octets)
        if end.abort:
            self.transport.abortConnection()
            return
        self._abort = self._clock.callLater(_CLOSE_SECONDS, self._give_up)
        if self._deaf:
            self.transport.resumeProducing()  # or the peer's end of the connection would go unseen
        self.transport.loseConnection()

    def _give_up(self) -> None:
        self._abort = None
        self.transport.abortConnection()
