"""Long messages in parts, both ways: user data headers (3GPP 23.040, 9.2.3.24), sar_* TLVs, message_payload."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from smpp import alphabets

Tlvs = tuple[tuple[int, bytes], ...]
"""Optional parameters as (tag, value), in the order of the PDU."""

Mode = Literal["udh", "udh16", "sar", "payload"]
"""How a carrier takes a long message: header with an 8-bit or 16-bit reference, sar_* TLVs, or message_payload."""

TAG_SAR_MSG_REF_NUM = 0x020C  # SMPP 3.4, 5.3.2.22
TAG_SAR_TOTAL_SEGMENTS = 0x020E  # 5.3.2.23
TAG_SAR_SEGMENT_SEQNUM = 0x020F  # 5.3.2.24
TAG_MESSAGE_PAYLOAD = 0x0424  # 5.3.2.32
ESM_CLASS_UDHI = 0x40  # 5.2.12

_IEI_CONCATENATION_8_BIT = 0x00  # 3GPP 23.040, 9.2.3.24.1
_IEI_CONCATENATION_16_BIT = 0x08  # 3GPP 23.040, 9.2.3.24.8
_MOST_SEGMENTS = 255
_MOST_PAYLOAD_OCTETS = 0xFFFF
# What one part holds beside its header: septets of GSM text, octets of UCS-2.  An SMSC may turn sar_* into a header
# with a 16-bit reference.
_WHOLE = (160, 140)
_PART: dict[Mode, tuple[int, int]] = {"udh": (153, 134), "udh16": (152, 132), "sar": (152, 132)}


@dataclass(frozen=True, slots=True)
class Segment:
    """What a submit_sm carries of one message or of a part of it."""

    esm_class: int
    data_coding: int
    short_message: bytes = field(repr=False)
    tlvs: Tlvs = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a long message as received; `number` is 1..`total`, `content` the user data without header."""

    reference: int
    total: int
    number: int
    content: bytes = field(repr=False)


def segment(text: str, reference: int, mode: Mode = "udh", default_alphabet: str = "gsm") -> tuple[Segment, ...]:
    """Cut a text into segments; no escape pair and no surrogate pair is cut.

    A text that fits one message is one plain segment in every mode.  `reference` is taken modulo 256 (udh) or
    65,536 (udh16, sar).  Raises ValueError if the text needs more than 255 segments or 65,535 octets of payload.
    """
    data_coding, octets = alphabets.encode(text, default_alphabet)
    wide = data_coding == alphabets.DATA_CODING_UCS2
    if len(octets) <= _WHOLE[wide]:
        return (Segment(0, data_coding, octets),)
    if mode == "payload":
        if len(octets) > _MOST_PAYLOAD_OCTETS:
            raise ValueError(
                f"a payload has {_MOST_PAYLOAD_OCTETS} octets at most, this text needs {len(octets)}: shorten it"
            )
        return (Segment(0, data_coding, b"", ((TAG_MESSAGE_PAYLOAD, octets),)),)
    pieces = _cut(octets, _PART[mode][wide], wide)
    total = len(pieces)
    if total > _MOST_SEGMENTS:
        raise ValueError(f"a message has {_MOST_SEGMENTS} segments at most, this text needs {total}: shorten it")
    parts = (Part(reference, total, number, piece) for number, piece in enumerate(pieces, 1))
    return tuple(_segment_of(part, mode, data_coding) for part in parts)


def part_of(esm_class: int, short_message: bytes, tlvs: Tlvs) -> Part | None:
    """The part that a deliver_sm or data_sm carries, or None if it carries a whole message.

    The header beats the TLVs, for it has come from the phone.  A concatenation that contradicts itself (number 0
    or above the total) is none (3GPP 23.040, 9.2.3.24.1).
    """
    if not esm_class & ESM_CLASS_UDHI and not tlvs:
        return None
    octets = _octets(short_message, tlvs)
    header_octets = _header_octets(octets) if esm_class & ESM_CLASS_UDHI else 0
    found = _concatenation(octets[1:header_octets]) or _sar(tlvs)
    if found is None:
        return None
    reference, total, number = found
    return Part(reference, total, number, octets[header_octets:])


def user_data(esm_class: int, short_message: bytes, tlvs: Tlvs) -> bytes:
    """The octets of the text: from short_message or message_payload, without a user data header.

    An announced header that is none (it overruns the message, or holds no element) is left in place as text.
    """
    octets = _octets(short_message, tlvs) if tlvs else short_message
    return octets[_header_octets(octets) :] if esm_class & ESM_CLASS_UDHI else octets


def _segment_of(part: Part, mode: Mode, data_coding: int) -> Segment:
    counts = bytes((part.total, part.number))
    if mode == "udh":
        header = bytes((5, _IEI_CONCATENATION_8_BIT, 3, part.reference & 0xFF)) + counts
        return Segment(ESM_CLASS_UDHI, data_coding, header + part.content)
    reference = (part.reference & 0xFFFF).to_bytes(2, "big")
    if mode == "udh16":
        header = bytes((6, _IEI_CONCATENATION_16_BIT, 4)) + reference + counts
        return Segment(ESM_CLASS_UDHI, data_coding, header + part.content)
    tlvs = (
        (TAG_SAR_MSG_REF_NUM, reference),
        (TAG_SAR_TOTAL_SEGMENTS, counts[:1]),
        (TAG_SAR_SEGMENT_SEQNUM, counts[1:]),
    )
    return Segment(0, data_coding, part.content, tlvs)


def _cut(octets: bytes, room: int, wide: bool) -> list[bytes]:
    pieces = []
    start = 0
    while len(octets) - start > room:
        end = start + room
        if wide:
            if 0xD8 <= octets[end - 2] <= 0xDB:  # a high surrogate waits for its other half
                end -= 2
        elif octets[end - 1] == 0x1B:
            end -= 1
        pieces.append(octets[start:end])
        start = end
    pieces.append(octets[start:])
    return pieces


def _octets(short_message: bytes, tlvs: Tlvs) -> bytes:
    return short_message or _value(tlvs, TAG_MESSAGE_PAYLOAD) or b""


def _value(tlvs: Tlvs, tag: int) -> bytes | None:
    return next((value for found, value in tlvs if found == tag), None)


def _header_octets(octets: bytes) -> int:
    """The header's length with its length octet; 0 if there is no header after all: it must fit the message and
    begin with an element that fits the header."""
    if len(octets) < 3:
        return 0
    end = 1 + octets[0]
    return end if 3 + octets[2] <= end <= len(octets) else 0


def _concatenation(elements: bytes) -> tuple[int, int, int] | None:
    """(reference, total, number).  Of several, the last counts (3GPP 23.040, 9.2.3.24)."""
    found = None
    while len(elements) >= 2:
        identifier, length = elements[0], elements[1]
        value = elements[2 : 2 + length]
        if identifier == _IEI_CONCATENATION_8_BIT and len(value) == length == 3:
            found = _sound(value[0], value[1], value[2]) or found
        elif identifier == _IEI_CONCATENATION_16_BIT and len(value) == length == 4:
            found = _sound(int.from_bytes(value[:2], "big"), value[2], value[3]) or found
        elements = elements[2 + length :]
    return found


def _sar(tlvs: Tlvs) -> tuple[int, int, int] | None:
    reference = _value(tlvs, TAG_SAR_MSG_REF_NUM)
    total = _value(tlvs, TAG_SAR_TOTAL_SEGMENTS)
    number = _value(tlvs, TAG_SAR_SEGMENT_SEQNUM)
    if reference is None or total is None or number is None:
        return None
    return _sound(*(int.from_bytes(value[-2:], "big") for value in (reference, total, number)))


def _sound(reference: int, total: int, number: int) -> tuple[int, int, int] | None:
    return (reference, total, number) if 1 <= number <= total <= _MOST_SEGMENTS else None
