"""The other side for tests: PDUs written with struct alone, and an endpoint whose wire is memory."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import ConnectError, ConnectionDone
from twisted.internet.interfaces import IStreamClientEndpoint, ITCPTransport
from twisted.python.failure import Failure
from zope.interface import implementer


class Pdu(NamedTuple):
    command_id: int
    command_status: int
    sequence_number: int
    body: bytes


def pdu(command_id: int, sequence_number: int, body: bytes = b"", command_status: int = 0) -> bytes:
    return struct.pack(">LLLL", 16 + len(body), command_id, command_status, sequence_number) + body


def tlv(tag: int, value: bytes) -> bytes:
    return struct.pack(">HH", tag, len(value)) + value


def deliver_sm(
    sequence_number: int,
    *,
    text: bytes = b"81234567890123456789",
    source: bytes = b"8613800138000",
    destination: bytes = b"95001111",
    esm_class: int = 0,
    data_coding: int = 0,
    tlvs: bytes = b"",
) -> bytes:
    body = (
        b"\0\x01\x01" + source + b"\0\x00\x01" + destination + b"\0" + bytes((esm_class, 0, 0)) + b"\0\0\0\0"
        + bytes((data_coding, 0, len(text))) + text + tlvs
    )  # fmt: skip
    return pdu(0x05, sequence_number, body)


def data_sm(sequence_number: int, text: bytes = b"81234567890123456789", esm_class: int = 0) -> bytes:
    body = b"\0\x01\x018613800138000\0\x00\x0195001111\0" + bytes((esm_class, 0, 0)) + tlv(0x0424, text)
    return pdu(0x103, sequence_number, body)


def submit_resp(sequence_number: int, command_status: int = 0, message_id: bytes = b"a1") -> bytes:
    return pdu(0x80000004, sequence_number, b"" if command_status else message_id + b"\0", command_status)


def cut(octets: bytes) -> list[Pdu]:
    """PDUs out of a stream that holds whole ones."""
    found = []
    while octets:
        length, *header = struct.unpack(">LLLL", octets[:16])
        found.append(Pdu(*header, octets[16:length]))
        octets = octets[length:]
    return found


@implementer(ITCPTransport)
class MemoryTransport:
    """What the ESME wrote, and what it did to the connection."""

    def __init__(self, protocol: Any) -> None:
        self.protocol = protocol
        self.written: list[bytes] = []
        self.no_delay = False
        self.paused = False
        self.closing = self.aborted = False

    def write(self, octets: bytes) -> None:
        self.written.append(octets)

    def setTcpNoDelay(self, enabled: bool) -> None:
        self.no_delay = enabled

    def pauseProducing(self) -> None:
        self.paused = True

    def resumeProducing(self) -> None:
        self.paused = False

    def loseConnection(self) -> None:
        self.closing = True

    def abortConnection(self) -> None:
        self.aborted = self.closing = True


@dataclass
class Connection:
    """One TCP connection, seen from the SMSC."""

    transport: MemoryTransport
    gone: bool = False

    def sent(self) -> list[Pdu]:
        """What arrived since the last call."""
        octets = b"".join(self.transport.written)
        self.transport.written.clear()
        return cut(octets)

    def send(self, *pdus: bytes) -> None:
        self.transport.protocol.dataReceived(b"".join(pdus))

    def close(self) -> None:
        self.gone = True
        self.transport.protocol.connectionLost(Failure(ConnectionDone()))

    def accept_bind(self, version: bytes = tlv(0x0210, b"\x34")) -> Pdu:
        (bind,) = self.sent()
        self.send(pdu(bind.command_id | 0x80000000, bind.sequence_number, b"smsc\0" + version))
        return bind


@implementer(IStreamClientEndpoint)
@dataclass
class MemoryEndpoint:
    """Each `connect` adds a Connection, or fails while `away`."""

    connections: list[Connection] = field(default_factory=list)
    attempts: int = 0
    away: bool = False

    def connect(self, factory: Any) -> Deferred[Any]:
        self.attempts += 1
        if self.away:
            return fail(ConnectError(string="refused"))
        protocol = factory.buildProtocol(None)
        transport = MemoryTransport(protocol)
        self.connections.append(Connection(transport))
        protocol.makeConnection(transport)
        return succeed(protocol)

    @property
    def last(self) -> Connection:
        return self.connections[-1]
