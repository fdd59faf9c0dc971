"""An SMSC under load: it delivers until all is acknowledged, delivers again what was not, and keeps every reply.

Its octets are written by hand.  One message for each phone, so that a reply tells which message it answers.
"""

from __future__ import annotations

import struct
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from twisted.internet import defer, reactor
from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory, Protocol
from twisted.python.failure import Failure

from tests.smpp.smsc import deliver_sm, pdu, submit_resp

_IN_FLIGHT = 20
_DEADLINE_SECONDS = 20.0
_CONCATENATED = b"\x05\0\3"  # how the user data of a part begins (3GPP 23.040, 9.2.3.24.1)
_RTHROTTLED, _ENQUIRE_RESP = 0x58, 0x80000015
_DELIVER_RESP, _SUBMIT, _BIND, _ENQUIRE, _UNBIND = 0x80000005, 0x04, 0x09, 0x15, 0x06


def _destination(body: bytes) -> bytes:
    """The destination_addr of a submit_sm (SMPP 3.4, 4.4.1)."""
    source = body.index(0) + 3  # behind service_type, TON and NPI
    destination = body.index(0, source) + 3
    return body[destination : body.index(0, destination)]


@dataclass
class Mood:
    """How the SMSC behaves on every session.

    `late_seconds`: its responses to submit_sm take so long; `throttles`: it refuses so many of ten submit_sm with
    ESME_RTHROTTLED; `mute`: it takes everything and says nothing any more.
    """

    late_seconds: float = 0.0
    throttles: int = 0
    mute: bool = False


class Session(Protocol):
    """One connection."""

    def __init__(self, smsc: PushingSmsc) -> None:
        self._smsc = smsc
        self._rest = b""
        self._sequence = 0
        self.bound = False
        self.in_flight: dict[int, bytes] = {}

    def dataReceived(self, data: bytes) -> None:
        self._rest += data
        while len(self._rest) >= 4 and len(self._rest) >= (length := struct.unpack_from(">L", self._rest)[0]):
            frame, self._rest = self._rest[:length], self._rest[length:]
            self._take(*struct.unpack_from(">LLL", frame, 4), frame[16:])
        self.push()

    def _take(self, command_id: int, command_status: int, sequence_number: int, body: bytes) -> None:
        if command_id == _DELIVER_RESP:
            self._smsc.acknowledged(self.in_flight.pop(sequence_number), command_status)
        elif command_id == _ENQUIRE_RESP:
            self._smsc.enquired()
        elif command_id == _SUBMIT:
            self._submitted(sequence_number, body)
        elif command_id in (_BIND, _ENQUIRE, _UNBIND):
            self._say(pdu(command_id | 0x80000000, sequence_number, b"p\0" if command_id == _BIND else b""))
            self.bound = command_id != _UNBIND and (self.bound or command_id == _BIND)
            self._smsc.session_changed()

    def _submitted(self, sequence_number: int, body: bytes) -> None:
        mood = self._smsc.mood
        self._smsc.submits += 1
        if self._smsc.submits % 10 < mood.throttles:
            self._say(submit_resp(sequence_number, _RTHROTTLED))
            self._smsc.throttle()
            return
        self._smsc.submitted(_destination(body), body)
        if mood.late_seconds:
            reactor.callLater(mood.late_seconds, self._say, submit_resp(sequence_number))
        else:
            self._say(submit_resp(sequence_number))

    def _say(self, octets: bytes) -> None:
        if not self._smsc.mood.mute:
            self.transport.write(octets)

    def freeze(self) -> None:
        """Neither read nor write any more, and stay connected."""
        self.bound = False
        self.transport.pauseProducing()

    def push(self) -> None:
        """Deliver as much as may be in flight."""
        while (
            self.bound and not self._smsc.mood.mute and self._smsc.waiting and len(self.in_flight) < self._smsc.window
        ):
            self._sequence += 1
            phone = self.in_flight[self._sequence] = self._smsc.waiting.popleft()
            text = self._smsc.texts[phone]
            esm_class = 0x40 if text.startswith(_CONCATENATED) else 0
            self.transport.write(deliver_sm(self._sequence, source=phone, text=text, esm_class=esm_class))

    def connectionLost(self, reason: Failure | None = None) -> None:
        self._smsc.lost(self)


class PushingSmsc:
    """`texts`: what each phone texts; `taken`: its acknowledgements; `replies`: the submit_sm that it was sent."""

    def __init__(self) -> None:
        self.port = 0
        self.mood = Mood()
        self.window = _IN_FLIGHT
        self.submits = 0
        self.throttled = 0
        self.enquiries = 0  # of ours that were answered
        self.texts: dict[bytes, bytes] = {}
        self.waiting: deque[bytes] = deque()
        self.taken: Counter[bytes] = Counter()
        self.replies: dict[bytes, list[bytes]] = {}
        self.refused: Counter[int] = Counter()  # by command_status; each is delivered again
        self.redelivered = 0
        self.sessions: list[Session] = []
        self._flood_of, self._flood_until = b"", 0
        self._marks: list[tuple[Callable[[], bool], Deferred[None]]] = []

    def accept(self) -> Session:
        session = Session(self)
        self.sessions.append(session)
        return session

    def text(self, phone: str, text: str) -> None:
        """Have this phone text it."""
        self.texts[phone.encode()] = text.encode("ascii")
        if self.flooding:
            self.waiting.appendleft(phone.encode())  # an SMSC does not let one phone hold up the others
        else:
            self.waiting.append(phone.encode())
        self._push()

    def flood(self, phone: str, text: str, times: int) -> None:
        """Have this phone text it so often; each is delivered until it is acknowledged once."""
        self.texts[phone.encode()] = text.encode("ascii")
        self._flood_of = phone.encode()
        self._flood_until = self.taken[self._flood_of] + times
        self.waiting.extend([self._flood_of] * times)
        self._push()

    @property
    def flooding(self) -> bool:
        """Whether the flood is still being delivered."""
        return self.taken[self._flood_of] < self._flood_until

    async def exchange(self, phone: str, text: str, patience_seconds: float = 10.0) -> bytes | None:
        """Text, and the body of the next reply to this phone without its destination; None if none comes in time."""
        before = len(self.replies.get(phone.encode(), []))
        self.text(phone, text)
        try:
            await self.until(lambda: len(self.replies.get(phone.encode(), [])) > before, patience_seconds)
        except defer.TimeoutError:
            return None
        return self.replies[phone.encode()][-1]

    def _push(self) -> None:
        for session in self.sessions:
            session.push()

    def acknowledged(self, phone: bytes, command_status: int) -> None:
        if command_status:
            self.refused[command_status] += 1
            self.waiting.append(phone)
        else:
            self.taken[phone] += 1
        self._look()

    def submitted(self, phone: bytes, body: bytes) -> None:
        self.replies.setdefault(phone, []).append(body)
        self._look()

    def enquired(self) -> None:
        self.enquiries += 1
        self._look()

    def session_changed(self) -> None:
        self._look()

    def throttle(self) -> None:
        self.throttled += 1
        self._look()

    def lost(self, session: Session) -> None:
        self.sessions.remove(session)
        self.redelivered += len(session.in_flight)
        self.waiting.extendleft(reversed(session.in_flight.values()))
        self._push()
        self._look()

    def freeze(self) -> list[Session]:
        """Every session there is now becomes half-open.  What it has in flight stays so until it is aborted."""
        frozen = list(self.sessions)
        for session in frozen:
            session.freeze()
        return frozen

    def reset(self) -> None:
        """RST on every connection, right behind some octets: the ESME finds both at once, and has no answer to give."""
        for session in list(self.sessions):
            session.transport.getHandle().send(submit_resp(0x7EEEEEEE))
            session.transport.abortConnection()

    async def until(self, condition: Callable[[], bool], within_seconds: float = _DEADLINE_SECONDS) -> None:
        """Wait until this holds.  Raises twisted's TimeoutError."""
        if not condition():
            reached: Deferred[None] = Deferred()
            self._marks.append((condition, reached))
            reached.addTimeout(within_seconds, reactor)
            await reached

    def watch_with(self, other: PushingSmsc) -> None:
        """What is waited for at either may be about both."""
        self._marks = other._marks

    async def until_taken(self, count: int) -> None:
        """Wait until so many phones' messages are acknowledged."""
        await self.until(lambda: len(self.taken) >= count)

    async def until_answered(self) -> None:
        """Wait until every message is acknowledged and has its reply."""
        await self.until(lambda: len(self.taken) == len(self.replies) == len(self.texts))

    @property
    def extra_replies(self) -> int:
        """How many replies came more than once."""
        return sum(len(each) - 1 for each in self.replies.values())

    def _look(self) -> None:
        for mark in [mark for mark in self._marks if mark[0]()]:
            self._marks.remove(mark)
            mark[1].callback(None)


@asynccontextmanager
async def pushing_smsc() -> AsyncIterator[PushingSmsc]:
    """Listening on `port`."""
    smsc = PushingSmsc()
    factory = Factory.forProtocol(smsc.accept)
    factory.noisy = False
    listening = reactor.listenTCP(0, factory, interface="127.0.0.1")
    smsc.port = listening.getHost().port
    try:
        yield smsc
    finally:
        await listening.stopListening()
        for session in list(smsc.sessions):
            session.transport.abortConnection()
