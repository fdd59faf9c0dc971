"""The struct path equals smpplib; any octets give a message or our own error."""

from __future__ import annotations

import contextlib
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from smpplib import command as smpplib_command

from smpp import commands, pdu
from smpp import status as statuses
from smpp.address import Address
from smpp.commands import CommandId
from smpp.errors import UnreadablePdu
from smpp.segments import Segment
from smpp.settings import LinkSettings
from smpp.status import CommandStatus, Meaning

octet = st.integers(0, 255)
number = st.text(string.ascii_letters + string.digits + "+", max_size=20)
addresses = st.builds(Address, number, octet, octet)
sequences = st.integers(0, 0x7FFFFFFF)
short_messages = st.binary(max_size=254)


@given(
    source=addresses,
    destination=addresses,
    codes=st.tuples(octet, octet, octet),
    text=short_messages,
    sequence=sequences,
)
def test_a_deliver_sm_of_smpplib_is_read_as_it_was_meant(
    source: Address, destination: Address, codes: tuple[int, int, int], text: bytes, sequence: int
) -> None:
    esm_class, data_coding, registered_delivery = codes
    theirs = smpplib_command.factory(
        "deliver_sm", service_type="",
        source_addr_ton=source.ton, source_addr_npi=source.npi, source_addr=source.number,
        dest_addr_ton=destination.ton, dest_addr_npi=destination.npi, destination_addr=destination.number,
        esm_class=esm_class, protocol_id=0, priority_flag=0, schedule_delivery_time="", validity_period="",
        registered_delivery=registered_delivery, replace_if_present_flag=0, data_coding=data_coding,
        sm_default_msg_id=0, short_message=text, sequence=sequence,
    )  # fmt: skip
    theirs.sequence = sequence
    ours = pdu.parse_message(theirs.generate())
    assert ours == pdu.ShortMessage(
        CommandId.DELIVER_SM,
        sequence,
        source,
        destination,
        esm_class,
        data_coding,
        registered_delivery,
        text,
        (),
        False,
    )


@given(
    source=addresses,
    destination=addresses,
    codes=st.tuples(octet, octet, octet),
    text=short_messages,
    sequence=sequences,
)
def test_our_submit_sm_is_smpplibs_octet_for_octet(
    source: Address, destination: Address, codes: tuple[int, int, int], text: bytes, sequence: int
) -> None:
    esm_class, data_coding, registered_delivery = codes
    theirs = smpplib_command.factory(
        "submit_sm", service_type="", source_addr_ton=source.ton, source_addr_npi=source.npi, source_addr=source.number,
        dest_addr_ton=destination.ton, dest_addr_npi=destination.npi, destination_addr=destination.number,
        esm_class=esm_class, protocol_id=0, priority_flag=0, schedule_delivery_time="",
        validity_period="000000000500000R", registered_delivery=registered_delivery, replace_if_present_flag=0,
        data_coding=data_coding, sm_default_msg_id=0, short_message=text, sequence=sequence,
    )  # fmt: skip
    theirs.sequence = sequence
    envelope = pdu.envelope("", source, destination, 300, registered_delivery)
    assert pdu.build_submit(sequence, envelope, Segment(esm_class, data_coding, text)) == theirs.generate()


@given(
    sequence=sequences,
    status=st.integers(0, 0xFFFFFFFF),
    message_id=st.text(string.ascii_letters + string.digits, max_size=64),
)
def test_responses_equal_smpplibs(sequence: int, status: int, message_id: str) -> None:
    deliver = smpplib_command.factory("deliver_sm_resp")
    deliver.message_id, deliver.sequence, deliver.status = "", sequence, status
    assert pdu.build_message_response(0x80000005, status, sequence) == deliver.generate()
    submit = smpplib_command.factory("submit_sm_resp")
    submit.message_id, submit.sequence, submit.status = message_id, sequence, status
    frame = submit.generate()
    assert pdu.header(frame) == (0x80000004, status, sequence)
    assert pdu.parse_message_id(frame) == message_id
    for name, command_id in (
        ("enquire_link", 0x15),
        ("enquire_link_resp", 0x80000015),
        ("unbind", 6),
        ("generic_nack", 0x80000000),
    ):
        theirs = smpplib_command.factory(name, sequence=sequence)
        theirs.sequence, theirs.status = sequence, status
        assert pdu.build_header_only(command_id, status, sequence) == theirs.generate()


def test_a_bind_carries_every_setting() -> None:
    settings = LinkSettings(
        "l", "h", 1, "us", "pw", "type", interface_version=0x50, addr_ton=5, addr_npi=9, address_range="^95"
    )
    assert pdu.build_bind(CommandId.BIND_RECEIVER, 3, settings)[4:] == (
        b"\0\0\0\x01\0\0\0\0\0\0\0\x03us\0pw\0type\0\x50\x05\x09^95\0"
    )  # fmt: skip


@given(body=st.binary(max_size=300), command_id=st.sampled_from([CommandId.DELIVER_SM, CommandId.DATA_SM]))
def test_any_octets_are_a_message_or_unreadable(body: bytes, command_id: int) -> None:
    frame = pdu.build_header_only(command_id, 0, 1) + body
    with contextlib.suppress(UnreadablePdu):
        message = pdu.parse_message(frame)
        assert len(message.short_message) <= len(body)
        assert len(message.tlvs) <= pdu.MOST_TLVS
    pdu.parse_bind_response(frame)
    pdu.parse_message_id(frame)


def test_at_most_64_tlvs_are_kept() -> None:
    tlvs, damaged = pdu.parse_tlvs(b"\x14\x00\x00\x00" * 1_000, 0)
    assert (len(tlvs), damaged) == (64, True)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, b""), (-5, b""), (0.5, b""), (1, b"000000000001000R"), (3_661, b"000000010101000R"),
     (86_400, b"000001000000000R"),
     (31 * 86_400, b"000031000000000R"), (1e9, b"000031000000000R")],
)  # fmt: skip
def test_relative_time(seconds: float, text: bytes) -> None:
    assert pdu.relative_time(seconds) == text


def test_a_segment_that_no_pdu_holds_is_refused() -> None:
    with pytest.raises(ValueError, match="254 octets"):
        pdu.build_submit(1, pdu.Envelope(b"", b"", 0), Segment(0, 0, b"x" * 255))


def test_names_are_the_specifications() -> None:
    assert statuses.name(0x58) == "ESME_RTHROTTLED"
    assert statuses.name(0x400) == "0x00000400"
    assert commands.name(0x80000103) == "data_sm_resp"
    assert commands.name(0x80000000) == "generic_nack"
    assert commands.name(0x0FFF) == "0x00000FFF"


@pytest.mark.parametrize("status", [*CommandStatus, 0x400, 0xFFFFFFFF])
def test_only_four_refusals_are_worth_another_try(status: int) -> None:
    expected = {
        0: Meaning.OK,
        0x58: Meaning.THROTTLED,
        0x14: Meaning.THROTTLED,
        8: Meaning.TEMPORARY,
        0x64: Meaning.TEMPORARY,
    }
    assert statuses.meaning(status) is expected.get(status, Meaning.FINAL)
    assert statuses.refuses_credentials(status) == (status in (0x0D, 0x0E, 0x0F))
