"""One ESME's connection, seen from the SMSC."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any

from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure

from smpp.simulator import codec
from smpp.simulator.codec import RESPONSE, Outgoing, Pdu

if TYPE_CHECKING:
    from smpp.simulator.smsc import Smsc

_VERSION_TLV = b"\x02\x10\x00\x01\x34"  # sc_interface_version 3.4 (SMPP 3.4, 5.3.2.25)


class SmscSession(Protocol):
    """Answers what an ESME sends; `deliver` sends it what phones typed."""

    transport: Any  # ITCPTransport

    def __init__(self, smsc: Smsc) -> None:
        self.role = ""
        self.system_id = ""
        self._smsc = smsc
        self._stream = b""
        self._sequence = 0
        self._delivering: dict[int, Outgoing] = {}

    @property
    def receives(self) -> bool:
        """Whether deliver_sm may be sent."""
        return self.role in ("receiver", "transceiver")

    @property
    def unacknowledged(self) -> list[Outgoing]:
        """What was delivered and not answered."""
        return list(self._delivering.values())

    def deliver(self, message: Outgoing) -> None:
        """Send a deliver_sm."""
        self._sequence += 1
        self._delivering[self._sequence] = message
        self.transport.write(codec.write_deliver(self._sequence, message))

    def connectionMade(self) -> None:
        self.transport.setTcpNoDelay(True)

    def dataReceived(self, octets: bytes) -> None:
        try:
            pdus, self._stream = codec.cut(self._stream + octets)
        except codec.BadStream as exc:
            self._smsc.show("error", error=f"{self.system_id or 'an ESME'} sent {exc}")
            self.transport.loseConnection()
            return
        for pdu in pdus:
            self._take(pdu)

    def connectionLost(self, reason: Failure | None = None) -> None:
        self._smsc.gone(self)
        self.role = ""

    def _take(self, pdu: Pdu) -> None:
        command = pdu.command_id
        if command in codec.BINDS:
            self._bind(pdu)
        elif command == codec.ENQUIRE_LINK:
            self._answer(pdu)
        elif command == codec.SUBMIT_SM:
            self._submit(pdu)
        elif command == codec.UNBIND:
            self._answer(pdu)
            self.transport.loseConnection()
        elif command == codec.DELIVER_SM | RESPONSE or command == codec.GENERIC_NACK:
            message = self._delivering.pop(pdu.sequence_number, None)
            if message is not None:
                self._smsc.acknowledged(message, pdu.command_status)
        elif not command & RESPONSE:
            self.transport.write(codec.write(codec.GENERIC_NACK, pdu.sequence_number, b"", codec.ESME_RINVCMDID))

    def _bind(self, pdu: Pdu) -> None:
        if self.role:
            self._answer(pdu, codec.ESME_RALYBND)
            return
        try:
            system_id, password = codec.read_bind(pdu.body)
        except ValueError:
            self._answer(pdu, codec.ESME_RINVMSGLEN)
            return
        known = self._smsc.credentials.get(system_id)
        if known is None or not hmac.compare_digest(known.encode(), password.encode()):
            self._smsc.show("refused", system_id=system_id)
            self._answer(pdu, codec.ESME_RINVPASWD)
            return
        self.system_id = system_id
        self.role = codec.BINDS[pdu.command_id]
        body = b"simulator\0" + _VERSION_TLV
        self.transport.write(codec.write(pdu.command_id | RESPONSE, pdu.sequence_number, body))
        self._smsc.bound(self)

    def _submit(self, pdu: Pdu) -> None:
        if self.role not in ("transmitter", "transceiver"):
            self._answer(pdu, codec.ESME_RINVBNDSTS)
            return
        try:
            submit = codec.read_submit(pdu.body)
        except (ValueError, IndexError):
            self._answer(pdu, codec.ESME_RINVMSGLEN)
            return
        message_id = self._smsc.submitted(submit)
        body = message_id.encode("ascii") + b"\0"
        self.transport.write(codec.write(pdu.command_id | RESPONSE, pdu.sequence_number, body))

    def _answer(self, pdu: Pdu, command_status: int = codec.ESME_ROK) -> None:
        self.transport.write(codec.write(pdu.command_id | RESPONSE, pdu.sequence_number, b"", command_status))
