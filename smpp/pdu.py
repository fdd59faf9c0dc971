"""PDUs to values and back.  What every message needs is read and written here with struct; the rest by smpplib.

The two are held equal by tests.  smpplib is not let near what a peer sends: it reads truncated PDUs without a
complaint and raises for TLVs that it does not know.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from smpplib import command

from smpp import commands
from smpp.address import Address
from smpp.commands import CommandId
from smpp.errors import UnreadablePdu
from smpp.framing import HEADER_OCTETS
from smpp.segments import TAG_MESSAGE_PAYLOAD, Segment, Tlvs
from smpp.settings import LinkSettings
from smpp.status import CommandStatus

TAG_SC_INTERFACE_VERSION = 0x0210  # SMPP 3.4, 5.3.2.25
MOST_TLVS = 64
_MOST_ADDRESS_OCTETS = 64  # data_sm allows 65 with the NUL (4.7.1); deliver_sm's 21 is exceeded in the field
_MOST_ID_OCTETS = 65  # message_id with its NUL (5.2.23)

_header = struct.Struct(">LLLL")
_tail = struct.Struct(">LLL")
_tlv = struct.Struct(">HH")
_deliver_fixed = struct.Struct("BBB")  # esm_class, protocol_id, priority_flag
_closing = struct.Struct(
    "BBBBB"
)  # registered_delivery, replace_if_present_flag, data_coding, sm_default_msg_id, sm_length


class ShortMessage(NamedTuple):
    """A deliver_sm or data_sm.  `short_message` is the message_payload where that carries the text.

    `damaged`: TLVs were cut short, left over octets were ignored, or there were more than MOST_TLVS.
    """

    command_id: int
    sequence_number: int
    source: Address
    destination: Address
    esm_class: int
    data_coding: int
    registered_delivery: int
    short_message: bytes
    tlvs: Tlvs
    damaged: bool


def header(frame: bytes) -> tuple[int, int, int]:
    """(command_id, command_status, sequence_number) of a whole PDU."""
    return _tail.unpack_from(frame, 4)


def parse_message(frame: bytes) -> ShortMessage:
    """Read a deliver_sm (SMPP 3.4, 4.6.1) or data_sm (4.7.1).  Raises UnreadablePdu; reserved values pass."""
    command_id, _, sequence_number = _tail.unpack_from(frame, 4)
    try:
        start = frame.index(b"\0", HEADER_OCTETS) + 1  # service_type
        source, start = _address(frame, start, CommandStatus.ESME_RINVSRCADR)
        destination, start = _address(frame, start, CommandStatus.ESME_RINVDSTADR)
        if command_id == CommandId.DATA_SM:
            esm_class, registered_delivery, data_coding = _deliver_fixed.unpack_from(frame, start)
            end = start + 3
            short_message = b""
        else:
            esm_class = frame[start]
            start = frame.index(b"\0", start + 3) + 1  # schedule_delivery_time
            start = frame.index(b"\0", start) + 1  # validity_period
            registered_delivery, _, data_coding, _, length = _closing.unpack_from(frame, start)
            start += 5
            end = start + length
            short_message = frame[start:end]
            if len(short_message) != length:
                raise UnreadablePdu(
                    CommandStatus.ESME_RINVMSGLEN, f"sm_length is {length}, {len(short_message)} octets follow"
                )
    except (ValueError, IndexError, struct.error) as exc:
        raise UnreadablePdu(CommandStatus.ESME_RINVCMDLEN, "the mandatory part ends early") from exc
    tlvs: Tlvs = ()
    damaged = False
    if end != len(frame):
        tlvs, damaged = parse_tlvs(frame, end)
        if damaged and not short_message and _stops_at(frame, end, tlvs) == TAG_MESSAGE_PAYLOAD:
            raise UnreadablePdu(CommandStatus.ESME_RINVOPTPARSTREAM, "its only text is a message_payload cut short")
        short_message, tlvs = _payload(short_message, tlvs)
    return ShortMessage(
        command_id, sequence_number, source, destination, esm_class, data_coding, registered_delivery, short_message,
        tlvs, damaged,
    )  # fmt: skip


def _address(frame: bytes, start: int, fault: CommandStatus) -> tuple[Address, int]:
    end = frame.index(b"\0", start + 2)
    if end - start - 2 > _MOST_ADDRESS_OCTETS:
        raise UnreadablePdu(fault, f"an address of {end - start - 2} octets")
    return Address(frame[start + 2 : end].decode("latin-1"), frame[start], frame[start + 1]), end + 1


def _payload(short_message: bytes, tlvs: Tlvs) -> tuple[bytes, Tlvs]:
    if short_message:
        return short_message, tlvs
    for tag, value in tlvs:
        if tag == TAG_MESSAGE_PAYLOAD:
            return value, tuple(pair for pair in tlvs if pair[0] != TAG_MESSAGE_PAYLOAD)
    return short_message, tlvs


def parse_tlvs(frame: bytes, start: int) -> tuple[Tlvs, bool]:
    """The TLVs from `start` to the end (SMPP 3.4, 3.2.4.1), and whether anything had to be ignored."""
    found: list[tuple[int, bytes]] = []
    end = len(frame)
    while end - start >= 4:
        tag, length = _tlv.unpack_from(frame, start)
        start += 4
        if (tag == 0 and length == 0) or start + length > end or len(found) == MOST_TLVS:
            return tuple(found), True  # padding, a TLV cut short, or far too many
        found.append((tag, frame[start : start + length]))
        start += length
    return tuple(found), start != end


def _stops_at(frame: bytes, start: int, tlvs: Tlvs) -> int:
    """The tag of the TLV that could not be read, behind those that could."""
    start += sum(4 + len(value) for _, value in tlvs)
    return int.from_bytes(frame[start : start + 2], "big")


def parse_message_id(frame: bytes) -> str:
    """message_id of a submit_sm_resp (4.4.2) or data_sm_resp; empty if there is none."""
    if len(frame) <= HEADER_OCTETS + 1:
        return ""
    return frame[HEADER_OCTETS : HEADER_OCTETS + _MOST_ID_OCTETS].partition(b"\0")[0].decode("latin-1")


def parse_bind_response(frame: bytes) -> tuple[str, int | None]:
    """(system_id, sc_interface_version or None) of a bind response, which may have no body (4.1.2)."""
    end = frame.find(b"\0", HEADER_OCTETS)
    if end < 0:
        return "", None
    tlvs, _ = parse_tlvs(frame, end + 1)
    versions = [value[0] for tag, value in tlvs if tag == TAG_SC_INTERFACE_VERSION and value]
    return frame[HEADER_OCTETS:end][:15].decode("latin-1"), versions[0] if versions else None


def build_header_only(command_id: int, command_status: int, sequence_number: int) -> bytes:
    """A PDU without a body: enquire_link and its response, unbind, error responses, generic_nack."""
    return _header.pack(HEADER_OCTETS, command_id, command_status, sequence_number)


def build_message_response(command_id: int, command_status: int, sequence_number: int) -> bytes:
    """deliver_sm_resp (4.6.2) or data_sm_resp (4.7.2): the message_id is unused and empty."""
    return _header.pack(HEADER_OCTETS + 1, command_id, command_status, sequence_number) + b"\0"


class Envelope(NamedTuple):
    """What the segments of one message have in common, as octets."""

    opening: bytes  # service_type and both addresses
    validity_period: bytes
    registered_delivery: int


def envelope(
    service_type: str, source: Address, destination: Address, validity_seconds: float, registered_delivery: int
) -> Envelope:
    """What every submit_sm of one message says, apart from its segment.  `validity_seconds` 0: the SMSC's default."""
    opening = b"%b\0%c%c%b\0%c%c%b\0" % (
        service_type.encode("ascii"),
        source.ton & 0xFF,
        source.npi & 0xFF,
        source.number.encode("latin-1", "replace"),
        destination.ton & 0xFF,
        destination.npi & 0xFF,
        destination.number.encode("latin-1", "replace"),
    )
    return Envelope(opening, relative_time(validity_seconds), registered_delivery)


def build_submit(sequence_number: int, envelope: Envelope, segment: Segment) -> bytes:
    """A submit_sm (4.4.1).  Raises ValueError if short_message has more than 254 octets."""
    short_message = segment.short_message
    if len(short_message) > 254:
        raise ValueError(f"short_message holds 254 octets, not {len(short_message)}: use message_payload or segments")
    body = b"%b%c\0\0\0%b\0%c\0%c\0%c%b" % (
        envelope.opening,
        segment.esm_class,
        envelope.validity_period,
        envelope.registered_delivery,
        segment.data_coding,
        len(short_message),
        short_message,
    )
    for tag, value in segment.tlvs:
        body += _tlv.pack(tag, len(value)) + value
    return _header.pack(HEADER_OCTETS + len(body), CommandId.SUBMIT_SM, 0, sequence_number) + body


def relative_time(seconds: float) -> bytes:
    """A period from now as `YYMMDDhhmmss000R` (7.1.1.2), at most 31 days; 0 gives an empty field."""
    whole = min(int(seconds), 31 * 86_400)
    if whole <= 0:
        return b""
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    return b"0000%02d%02d%02d%02d000R" % (days, hour, minute, second)


def build_bind(command_id: int, sequence_number: int, settings: LinkSettings) -> bytes:
    """A bind request (4.1)."""
    name = commands.name(command_id)
    pdu = command.factory(
        name,
        system_id=settings.system_id,
        password=settings.password,
        system_type=settings.system_type,
        addr_ton=settings.addr_ton,
        addr_npi=settings.addr_npi,
        address_range=settings.address_range,
        sequence=sequence_number,
    )
    pdu.interface_version = settings.interface_version  # smpplib's constructor overrules the argument
    pdu.sequence = sequence_number
    return bytes(pdu.generate())
