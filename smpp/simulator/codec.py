"""PDUs as an SMSC reads and writes them (SMPP 3.4, 4)."""

from __future__ import annotations

import struct
from typing import NamedTuple

BINDS = {0x01: "receiver", 0x02: "transmitter", 0x09: "transceiver"}
SUBMIT_SM = 0x04
DELIVER_SM = 0x05
UNBIND = 0x06
ENQUIRE_LINK = 0x15
GENERIC_NACK = 0x80000000
RESPONSE = 0x80000000

ESME_ROK = 0x00
ESME_RINVMSGLEN = 0x01
ESME_RINVCMDID = 0x03
ESME_RINVBNDSTS = 0x04
ESME_RALYBND = 0x05
ESME_RINVPASWD = 0x0E

_MOST_OCTETS = 100_000


class BadStream(Exception):
    """command_length makes no sense: the connection is of no more use."""


class Pdu(NamedTuple):
    """One PDU, its body unread."""

    command_id: int
    command_status: int
    sequence_number: int
    body: bytes


class Submit(NamedTuple):
    """What the simulator wants to know of a submit_sm."""

    source: str
    destination: str
    esm_class: int
    registered_delivery: int
    data_coding: int
    octets: bytes
    tlvs: dict[int, bytes]


def cut(stream: bytes) -> tuple[list[Pdu], bytes]:
    """The whole PDUs at the beginning of a stream, and the rest.  Raises BadStream."""
    found = []
    while len(stream) >= 16:
        length, command_id, status, sequence = struct.unpack(">IIII", stream[:16])
        if not 16 <= length <= _MOST_OCTETS:
            raise BadStream(f"command_length {length}")
        if len(stream) < length:
            break
        found.append(Pdu(command_id, status, sequence, stream[16:length]))
        stream = stream[length:]
    return found, stream


def write(command_id: int, sequence_number: int, body: bytes = b"", command_status: int = ESME_ROK) -> bytes:
    """A PDU."""
    return struct.pack(">IIII", 16 + len(body), command_id, command_status, sequence_number) + body


def read_bind(body: bytes) -> tuple[str, str]:
    """(system_id, password) of a bind.  Raises ValueError if they are not there."""
    system_id, password, _ = body.split(b"\0", 2)
    return system_id.decode("latin-1"), password.decode("latin-1")


def read_submit(body: bytes) -> Submit:
    """Raises ValueError, IndexError if the mandatory part is not whole."""
    service_end = body.index(0) + 1
    source_end = body.index(0, service_end + 2)
    destination_start = source_end + 3
    destination_end = body.index(0, destination_start)
    esm_class = body[destination_end + 1]
    schedule_end = body.index(0, destination_end + 4)
    validity_end = body.index(0, schedule_end + 1)
    registered_delivery, _, data_coding, _, length = body[validity_end + 1 : validity_end + 6]
    start = validity_end + 6
    octets = body[start : start + length]
    if len(octets) != length:
        raise ValueError("sm_length")
    tlvs = _read_tlvs(body[start + length :])
    return Submit(
        source=body[service_end + 2 : source_end].decode("latin-1"),
        destination=body[destination_start:destination_end].decode("latin-1"),
        esm_class=esm_class,
        registered_delivery=registered_delivery,
        data_coding=data_coding,
        octets=octets or tlvs.get(0x0424, b""),
        tlvs=tlvs,
    )


def _read_tlvs(octets: bytes) -> dict[int, bytes]:
    tlvs = {}
    while len(octets) >= 4:
        tag, length = struct.unpack(">HH", octets[:4])
        tlvs[tag] = octets[4 : 4 + length]
        octets = octets[4 + length :]
    return tlvs


class Outgoing(NamedTuple):
    """What a deliver_sm says."""

    source: str
    destination: str
    esm_class: int
    data_coding: int
    octets: bytes
    tlvs: tuple[tuple[int, bytes], ...] = ()


def write_deliver(sequence_number: int, message: Outgoing) -> bytes:
    """A deliver_sm from a mobile number (international) to a short one."""
    body = b"\0" + bytes((1, 1)) + message.source.encode("latin-1") + b"\0"
    body += bytes((0, 1)) + message.destination.encode("latin-1") + b"\0"
    body += bytes((message.esm_class, 0, 0, 0, 0, 0, 0, message.data_coding, 0, len(message.octets))) + message.octets
    for tag, value in message.tlvs:
        body += struct.pack(">HH", tag, len(value)) + value
    return write(DELIVER_SM, sequence_number, body)
