"""One bad PDU never costs the bind, and never goes unanswered: what arrives, in hand-written octets, and what we do."""

from __future__ import annotations

import pytest

from smpp.address import Address
from smpp.events import Bound, MessageArrived, MessageRefused, Oddity, SessionEnded, SubmitAnswered, Why
from smpp.pdu import envelope
from smpp.segments import Segment
from smpp.session import Session
from smpp.settings import LinkSettings
from smpp.states import Role, SessionState
from smpp.unanswered import Response
from tests.smpp.smsc import Pdu, cut, data_sm, deliver_sm, pdu, tlv

ENVELOPE = envelope("", Address("95001111", 0, 1), Address("8613800138000", 1, 1), 60, 0)
SEGMENT = Segment(0, 0, b"hello")


def bound(role: Role = Role.TRANSCEIVER) -> Session:
    session = Session(LinkSettings("l", "h", 2775, "us", "pw"), role)
    session.bind(0.0)
    (bind,) = cut(session.take())
    session.receive(pdu(bind.command_id | 0x80000000, bind.sequence_number, b"smsc\0"), 0.0)
    assert session.state is SessionState.BOUND
    return session


DELIVER_SM = "00000005 00000000 00000007"
DELIVER_HEAD = "00 01 01 38 36 31 33 38 00 00 01 39 35 30 30 00"  # service_type, source 86138, destination 9500
WHOLE = DELIVER_HEAD + "00 00 00 00 00 00 00 00 00 02 68 69"  # ... and "hi"


def octets(text: str) -> bytes:
    """`text` is hexadecimal without command_length."""
    rest = bytes.fromhex(text)
    return (len(rest) + 4).to_bytes(4, "big") + rest


ANSWERED = [  # what, its octets, command_id, command_status and sequence_number of our answer
    ("unknown command_id", "00 00 0F FF 00000000 00000063", 0x80000000, 0x03, 0x63),
    ("a vendor's command_id", "00 01 02 01 00000000 FFFFFFFF 01 02", 0x80000000, 0x03, 0xFFFFFFFF),
    ("deliver_sm without a body", "00000005 00000000 00000007", 0x80000005, 0x02, 7),
    ("deliver_sm cut in its source", "00000005 00000000 00000007 00 01 01 38 36", 0x80000005, 0x02, 7),
    ("deliver_sm cut before sm_length", DELIVER_SM + DELIVER_HEAD + "00 00 00 00 00 00", 0x80000005, 0x02, 7),
    ("sm_length past the end", DELIVER_SM + DELIVER_HEAD + "00" * 9 + "03 68 69", 0x80000005, 0x01, 7),
    ("an endless source", DELIVER_SM + "00 01 01" + "38" * 70 + "00 00 01 39 00" + "00" * 10, 0x80000005, 0x0A, 7),
    ("an endless destination", DELIVER_SM + "00 01 01 38 00 00 01" + "39" * 70 + "00" * 11, 0x80000005, 0x0B, 7),
    ("data_sm cut short", "00000103 00000000 00000008 00 01 01 38", 0x80000103, 0x02, 8),
    ("submit_sm", "00000004 00000000 00000009" + WHOLE, 0x80000004, 0x03, 9),
    ("bind_transceiver", "00000009 00000000 0000000A 61 00 62 00 00 34 00 00 00", 0x80000009, 0x03, 10),
    ("query_sm", "00000003 00000000 0000000B 61 00 00 00 00", 0x80000003, 0x03, 11),
    ("replace_sm", "00000007 00000000 0000000C", 0x80000007, 0x03, 12),
    ("cancel_sm", "00000008 00000000 0000000D", 0x80000008, 0x03, 13),
    ("submit_multi", "00000021 00000000 0000000E", 0x80000021, 0x03, 14),
    ("enquire_link with a body", "00000015 00000000 0000000F 61 62 63", 0x80000015, 0x00, 15),
    ("enquire_link with sequence 0", "00000015 00000000 00000000", 0x80000015, 0x00, 0),
]  # fmt: skip


@pytest.mark.parametrize(
    ("sent", "command_id", "status", "sequence"), [row[1:] for row in ANSWERED], ids=[row[0] for row in ANSWERED]
)
def test_a_bad_request_is_answered_and_the_session_stays(
    sent: str, command_id: int, status: int, sequence: int
) -> None:
    session = bound()
    events = session.receive(octets(sent), 1.0)
    assert [reply[:3] for reply in cut(session.take())] == [(command_id, status, sequence)]
    refused = [MessageRefused(status, octets(sent))] if command_id in (0x80000005, 0x80000103) else []
    assert [event for event in events if not isinstance(event, Oddity)] == refused
    assert session.state is SessionState.BOUND


UNANSWERED = [
    ("unknown response", "80000FFF 00000000 00000001", "unknown_response"),
    ("submit_sm_resp for an unknown sequence", "80000004 00000000 00004321 61 00", "unknown_sequence"),
    ("data_sm_resp, which we never asked for", "80000103 00000000 00000001", "unknown_sequence"),
    ("generic_nack with sequence 0", "80000000 00000003 00000000", "unknown_sequence"),
    ("bind_resp again", "80000009 00000000 00000001 61 00", "unknown_sequence"),
    ("unbind_resp without unbind", "80000006 00000000 00000002", "unknown_sequence"),
    ("alert_notification", "00000102 00000000 00000001 01 01 38 00 01 01 39 00", "ignored_request"),
    ("outbind", "0000000B 00000000 00000001 61 00 62 00", "ignored_request"),
]


@pytest.mark.parametrize(("sent", "kind"), [row[1:] for row in UNANSWERED], ids=[row[0] for row in UNANSWERED])
def test_what_needs_no_answer_is_counted_and_the_session_stays(sent: str, kind: str) -> None:
    session = bound()
    events = session.receive(octets(sent), 1.0)
    assert [event.kind for event in events if isinstance(event, Oddity)] == [kind]
    assert session.take() == b""
    assert session.state is SessionState.BOUND


TAKEN = [  # deliver_sm in all of these says "hi"
    ("unknown TLV", WHOLE + "14 00 00 01 07", b"hi"),
    ("a TLV that does not belong to deliver_sm", WHOLE + "02 0D 00 01 00", b"hi"),
    ("a TLV cut in its value", WHOLE + "04 24 00 10 61", b"hi"),
    ("a TLV cut in its header", WHOLE + "04 24 00", b"hi"),
    ("a TLV of 65,535 octets, cut", WHOLE + "04 24 FF FF", b"hi"),
    ("NUL padding", WHOLE + "00 00 00 00 00", b"hi"),
    ("one NUL of padding", WHOLE + "00", b"hi"),
    ("short_message and payload both", WHOLE + "04 24 00 02 6E 6F", b"hi"),
    ("payload", DELIVER_HEAD + "00 00 00 00 00 00 00 00 00 00 04 24 00 02 68 69", b"hi"),
    ("TON 7 and NPI 2", "00 07 02 38 36 00 07 02 39 35 00 00 00 00 00 00 00 00 00 00 02 68 69", b"hi"),
    ("priority 5, protocol_id 255", DELIVER_HEAD + "00 FF 05 00 00 00 00 00 00 02 68 69", b"hi"),
    ("data_coding 0x11", DELIVER_HEAD + "00 00 00 00 00 00 00 11 00 02 68 69", b"hi"),
    ("sm_default_msg_id and replace flag", DELIVER_HEAD + "00 00 00 00 00 07 07 00 FF 02 68 69", b"hi"),
    ("times set", DELIVER_HEAD + "00 00 00" + "30" * 16 + "00" + "78" * 16 + "00 00 00 00 00 02 68 69", b"hi"),
    ("times that are none", DELIVER_HEAD + "00 00 00 78 00 79 79 00 00 00 00 00 02 68 69", b"hi"),
    ("a service_type of 20 octets", "61" * 20 + DELIVER_HEAD + "00 00 00 00 00 00 00 00 00 02 68 69", b"hi"),
    ("an address that is not ASCII", "00 01 01 FF FE 00 00 01 39 00 00 00 00 00 00 00 00 00 00 02 68 69", b"hi"),
    ("255 octets of short_message", DELIVER_HEAD + "00 00 00 00 00 00 00 00 00 FF" + "68" * 255, b"h" * 255),
]


@pytest.mark.parametrize(("body", "text"), [row[1:] for row in TAKEN], ids=[row[0] for row in TAKEN])
@pytest.mark.parametrize("status", ["00000000", "00000008"])
@pytest.mark.parametrize("sequence", ["00000000", "00000007", "80000001", "FFFFFFFF"])
def test_a_message_is_taken_for_its_mandatory_part(body: str, text: bytes, status: str, sequence: str) -> None:
    session = bound()
    events = session.receive(octets("00000005" + status + sequence + body), 1.0)
    (arrived,) = [event for event in events if isinstance(event, MessageArrived)]
    assert arrived.message.short_message == text
    assert session.respond(arrived.ticket, 0) is Response.SENT
    assert cut(session.take()) == [Pdu(0x80000005, 0, int(sequence, 16), b"\0")]
    assert session.state is SessionState.BOUND


@pytest.mark.parametrize("tail", ["04 24 7F FF 61 62 63", "02 04 00 02 00 01 04 24 00 09 61", "04 24 00"])
def test_a_payload_cut_short_without_another_text_is_refused(tail: str) -> None:
    session = bound()
    events = session.receive(octets(DELIVER_SM + DELIVER_HEAD + "00 00 00 00 00 00 00 00 00 00" + tail), 1.0)
    assert [event.kind for event in events if isinstance(event, Oddity)] == ["unreadable"]
    (answer,) = cut(session.take())
    assert (answer.command_id, answer.command_status) == (0x80000005, 0xC0)
    assert session.state is SessionState.BOUND


def test_damaged_tlvs_are_counted() -> None:
    events = bound().receive(octets(DELIVER_SM + WHOLE + "00"), 1.0)
    assert [event.kind for event in events if isinstance(event, Oddity)] == ["damaged_tlvs"]


def test_data_sm_is_answered_as_data_sm() -> None:
    session = bound()
    (arrived,) = session.receive(data_sm(3, text=b"hi"), 1.0)
    assert isinstance(arrived, MessageArrived)
    assert arrived.message.short_message == b"hi"
    session.respond(arrived.ticket, 0)
    assert cut(session.take()) == [Pdu(0x80000103, 0, 3, b"\0")]


def test_a_payload_of_65535_octets_is_fine() -> None:
    session = bound()
    (arrived,) = session.receive(deliver_sm(3, text=b"", tlvs=tlv(0x0424, b"8" * 65_535)), 1.0)
    assert isinstance(arrived, MessageArrived)
    assert len(arrived.message.short_message) == 65_535


@pytest.mark.parametrize("length", ["00000000", "00000007", "0000000F", "00011171", "7FFFFFFF", "FFFFFFFF"])
def test_lost_pdu_boundary_closes_the_connection(length: str) -> None:
    session = bound()
    events = session.receive(deliver_sm(1) + bytes.fromhex(length + "00000005 00000000 0000002A"), 1.0)
    assert isinstance(events[0], MessageArrived)
    assert events[1] == SessionEnded(Why.BROKEN_FRAME)
    assert cut(session.take()) == [Pdu(0x80000000, 0x02, 0x2A, b"")]
    assert session.receive(deliver_sm(2), 2.0) == []


def test_a_generic_nack_with_our_sequence_fails_that_operation_alone() -> None:
    session = bound()
    session.submit(ENVELOPE, SEGMENT, "first", 1.0)
    session.submit(ENVELOPE, SEGMENT, "second", 1.0)
    first, _ = cut(session.take())
    events = session.receive(pdu(0x80000000, first.sequence_number, command_status=0x02), 1.5)
    assert events == [SubmitAnswered("first", 1.0, 0x02, "")]
    assert len(session.outstanding) == 1
    assert session.state is SessionState.BOUND


def test_a_generic_nack_that_says_ok_is_no_acceptance() -> None:
    session = bound()
    session.submit(ENVELOPE, SEGMENT, "first", 1.0)
    (first,) = cut(session.take())
    (answered,) = session.receive(pdu(0x80000000, first.sequence_number), 1.5)
    assert isinstance(answered, SubmitAnswered)
    assert answered.command_status != 0


@pytest.mark.parametrize(
    "body",
    [b"", b"\0", b"smsc\0", b"smsc", b"smsc\0\x02\x10\x00\x01\x34", b"smsc\0\x14\x00\x00\x02ab",
     b"smsc\0\x02\x10\x00\x05",
     b"smsc\0\x02\x10\x00\x00", b"\xff\0" + b"\0" * 40],
)  # fmt: skip
def test_a_bind_is_accepted_whatever_the_response_says_beside_its_status(body: bytes) -> None:
    session = Session(LinkSettings("l", "h", 2775, "us", "pw"), Role.TRANSCEIVER)
    session.bind(0.0)
    (event,) = session.receive(pdu(0x80000009, 1, body), 1.0)
    assert isinstance(event, Bound)
    assert event.interface_version == (0x34 if body.endswith(b"\x34") else None)


@pytest.mark.parametrize("body", [b"", b"\0", b"id", b"id\0", b"id\0" + tlv(0x0425, b"x"), b"\xff" * 300])
def test_a_submit_sm_resp_is_taken_whatever_its_body(body: bytes) -> None:
    session = bound()
    session.submit(ENVELOPE, SEGMENT, "it", 1.0)
    (sent,) = cut(session.take())
    (answered,) = session.receive(pdu(0x80000004, sent.sequence_number, body), 1.5)
    assert isinstance(answered, SubmitAnswered)
    assert answered[:3] == ("it", 1.0, 0)
    assert len(answered.message_id) <= 65
