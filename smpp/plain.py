"""Segments for an SMSC that knows no TLVs (one that does not tell its sc_interface_version: SMPP 3.4, 3.4)."""

from __future__ import annotations

from smpp import alphabets
from smpp.segments import (
    ESM_CLASS_UDHI,
    TAG_MESSAGE_PAYLOAD,
    TAG_SAR_MSG_REF_NUM,
    TAG_SAR_SEGMENT_SEQNUM,
    TAG_SAR_TOTAL_SEGMENTS,
    Segment,
    segment,
)

FIRST_VERSION_WITH_TLVS = 0x34


def takes_tlvs(interface_version: int | None) -> bool:
    """Whether an SMSC that bound with this sc_interface_version may be sent TLVs."""
    return interface_version is not None and interface_version >= FIRST_VERSION_WITH_TLVS


def without_tlvs(segments: tuple[Segment, ...], default_alphabet: str) -> tuple[Segment, ...]:
    """The same message without TLVs: sar_* become a user data header, a payload is cut anew, the rest is left out."""
    if not any(part.tlvs for part in segments):
        return segments
    plain: list[Segment] = []
    for part in segments:
        plain.extend(_plain(part, default_alphabet))
    return tuple(plain)


def _plain(part: Segment, default_alphabet: str) -> tuple[Segment, ...]:
    tlvs = dict(part.tlvs)
    payload = tlvs.get(TAG_MESSAGE_PAYLOAD)
    if payload is not None and not part.short_message:
        text = alphabets.decode(part.data_coding, payload, default_alphabet)
        return segment(text, sum(payload), "udh", default_alphabet)
    reference, total, number = (
        tlvs.get(tag) for tag in (TAG_SAR_MSG_REF_NUM, TAG_SAR_TOTAL_SEGMENTS, TAG_SAR_SEGMENT_SEQNUM)
    )
    if not reference or not total or not number:
        return (Segment(part.esm_class, part.data_coding, part.short_message),)
    header = bytes((5, 0, 3, reference[-1], total[-1], number[-1]))  # 3GPP 23.040, 9.2.3.24.1
    return (Segment(part.esm_class | ESM_CLASS_UDHI, part.data_coding, header + part.short_message),)
