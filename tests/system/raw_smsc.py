"""An SMSC that sends exactly the octets that a test writes by hand, over a real TCP socket."""

from __future__ import annotations

import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import deferLater
from twisted.python.failure import Failure

from tests.smpp.smsc import pdu
from tests.system.inbox import Inbox

NACK, ENQUIRE, ENQUIRE_RESP, DELIVER_RESP, SUBMIT, SUBMIT_RESP = (
    0x80000000, 0x15, 0x80000015, 0x80000005, 0x04, 0x80000004
)  # fmt: skip
UNBIND, UNBIND_RESP = 0x06, 0x80000006


class Header(NamedTuple):
    """Of a PDU from the ESME; its body is in `Wire.bodies`."""

    command_id: int
    command_status: int
    sequence_number: int


class Wire(Protocol):
    """One connection, as the SMSC sees it.  Only an unbind is answered of itself."""

    def __init__(self) -> None:
        self.headers: Inbox[Header] = Inbox("the ESME")
        self.received = b""  # every octet
        self.bodies: list[bytes] = []
        self.lost: Deferred[None] = Deferred()
        self._at = 0

    def connectionMade(self) -> None:
        self.transport.setTcpNoDelay(True)

    def dataReceived(self, data: bytes) -> None:
        self.received += data
        while len(self.received) - self._at >= 16:
            length, *header = struct.unpack_from(">LLLL", self.received, self._at)
            if len(self.received) - self._at < length:
                return
            self.bodies.append(self.received[self._at + 16 : self._at + length])
            self._at += length
            if header[0] == UNBIND:
                self.send(pdu(UNBIND_RESP, header[2]))
            else:
                self.headers.put(Header(*header))

    def connectionLost(self, reason: Failure | None = None) -> None:
        self.lost.callback(None)

    def send(self, octets: bytes) -> None:
        self.transport.write(octets)

    async def send_slowly(self, octets: bytes) -> None:
        """Each octet in a segment of its own."""
        for octet in octets:
            self.send(bytes((octet,)))
            await deferLater(reactor, 0)

    async def answer(self, command_id: int) -> Header:
        """The next PDU of this kind from the ESME."""
        return await self.headers.wait(lambda header: header.command_id == command_id)

    async def lives(self) -> bool:
        """Whether an enquire_link is answered after all that came before; nothing else may have been sent."""
        self.send(pdu(ENQUIRE, 0x7EEEEEEE))
        return await self.headers.wait() == Header(ENQUIRE_RESP, 0, 0x7EEEEEEE)


class RawSmsc:
    """Accepts connections; `bound` also answers the bind."""

    def __init__(self) -> None:
        self.wires: Inbox[Wire] = Inbox("the network")
        self.all: list[Wire] = []

    def accept(self) -> Wire:
        wire = Wire()
        self.all.append(wire)
        reactor.callLater(0, self.wires.put, wire)
        return wire

    async def bound(self, body: bytes = b"raw\0\x02\x10\x00\x01\x34") -> Wire:
        """The next connection, its bind accepted with this body."""
        wire = await self.wires.wait()
        bind = await wire.answer(0x09)
        wire.send(pdu(0x80000009, bind.sequence_number, body))
        return wire


@asynccontextmanager
async def raw_smsc() -> AsyncIterator[Any]:
    """A listening SMSC; its port is `port`."""
    smsc = RawSmsc()
    factory = Factory.forProtocol(smsc.accept)
    factory.noisy = False
    listening = reactor.listenTCP(0, factory, interface="127.0.0.1")
    smsc.port = listening.getHost().port
    try:
        yield smsc
    finally:
        await listening.stopListening()
        for wire in smsc.all:
            wire.transport.abortConnection()
