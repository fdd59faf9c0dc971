"""Octets that no correct SMSC sends, over TCP: no bind is lost without need, and nothing stays unanswered."""

from __future__ import annotations

import random
import struct

import pytest

from tests.smpp.smsc import deliver_sm, pdu, tlv
from tests.system.esme import esme
from tests.system.in_reactor import in_reactor
from tests.system.raw_smsc import DELIVER_RESP, ENQUIRE, ENQUIRE_RESP, NACK, SUBMIT, SUBMIT_RESP, Header, raw_smsc

pytestmark = pytest.mark.system

TAKEN = Header(DELIVER_RESP, 0, 7)
RESERVED_VALUES = (
    b"\0" + b"\x07\x028613812341234\0" + b"\x07\x0295001111\0"  # TON 7, NPI 2
    + b"\x00\x3f\x05" + b"081123192500032+\0000000000500000R\0"  # protocol_id, priority, times set
    + b"\x1f\x01\x11\x07\x048123"  # registered_delivery, replace_if_present, data_coding 0x11, default message
)  # fmt: skip
ODD = {
    "unknown command": (pdu(0x666, 7), Header(NACK, 0x03, 7)),
    "unknown command, sequence 0": (pdu(0x666, 0), Header(NACK, 0x03, 0)),
    "unknown command, sequence of 32 bits": (pdu(0x7FFFFFFF, 0xFFFFFFFF), Header(NACK, 0x03, 0xFFFFFFFF)),
    "sequence 0": (deliver_sm(0), Header(DELIVER_RESP, 0, 0)),
    "sequence of 32 bits": (deliver_sm(0xFFFFFFFF), Header(DELIVER_RESP, 0, 0xFFFFFFFF)),
    "vendor's TLV": (deliver_sm(7, tlvs=tlv(0x1499, b"hi")), TAKEN),
    "TLV cut short": (deliver_sm(7, tlvs=b"\x04\x24\x00\x09hi"), TAKEN),
    "TLV of 65,535 octets that are not there": (deliver_sm(7, tlvs=b"\x02\x04\xff\xff"), TAKEN),
    "half a TLV tag": (deliver_sm(7, tlvs=b"\x02"), TAKEN),
    "padding": (deliver_sm(7, tlvs=bytes(40)), TAKEN),
    "500 TLVs": (deliver_sm(7, tlvs=tlv(0x1499, b"") * 500), TAKEN),
    "header announced, no text": (deliver_sm(7, text=b"", esm_class=0x40), TAKEN),
    "broken header": (deliver_sm(7, text=b"\xff\x00", esm_class=0x40), TAKEN),
    "every octet": (deliver_sm(7, text=bytes(range(254))), TAKEN),
    "payload of 65,280 octets beside a text": (deliver_sm(7, text=b"a" * 254, tlvs=tlv(0x0424, b"b" * 65_280)), TAKEN),
    "reserved values": (pdu(0x05, 7, RESERVED_VALUES), TAKEN),
    "status in a request": (pdu(0x05, 7, RESERVED_VALUES, command_status=0x45), TAKEN),
    "enquire_link with a body": (pdu(ENQUIRE, 7, b"a body"), Header(ENQUIRE_RESP, 0, 7)),
}
WRONG = {
    "no body": (pdu(0x05, 7), DELIVER_RESP),
    "address without end": (pdu(0x05, 7, b"\0\x01\x01861"), DELIVER_RESP),
    "no NUL anywhere": (pdu(0x05, 7, b"\xff" * 60), DELIVER_RESP),
    "sm_length beyond the end": (deliver_sm(7, text=b"8123").replace(b"\x048123", b"\xfe8123"), DELIVER_RESP),
    "address of 900 digits": (pdu(0x05, 7, b"\0\x01\x01" + b"8" * 900 + bytes(23)), DELIVER_RESP),
    "data_sm that ends early": (pdu(0x103, 7, b"\0\0\x00861\0"), 0x80000103),
    "submit_sm to an ESME": (pdu(SUBMIT, 7, deliver_sm(7)[16:]), SUBMIT_RESP),
    "bind to an ESME": (pdu(0x09, 7, b"us\0secret\0\0\x34\0\0\0"), 0x80000009),
    "query_sm to an ESME": (pdu(0x03, 7, b"1\0\0\0\0"), 0x80000003),
}
STRAY = {
    "unknown response": pdu(0x80000666, 7),
    "submit_sm_resp to nothing": pdu(SUBMIT_RESP, 999, b"id\0"),
    "deliver_sm_resp": pdu(DELIVER_RESP, 999, b"\0"),
    "second bind response": pdu(0x80000009, 1, b"raw\0"),
    "unbind_resp to nothing": pdu(0x80000006, 5),
    "nack with sequence 0": pdu(NACK, 0, command_status=0x03),
    "nack of nothing": pdu(NACK, 4242, command_status=0x02),
    "enquire_link_resp to nothing": pdu(ENQUIRE_RESP, 12),
    "alert_notification, which has no response": pdu(0x102, 3),
}
HALVES = {
    "one octet": b"\0",
    "a length": b"\0\0\0\x40",
    "all but one octet of a header": deliver_sm(7)[:15],
    "all but one octet": deliver_sm(7)[:-1],
    "one and a half": deliver_sm(6) + deliver_sm(7)[:20],
}
FOREIGN = {"HTTP": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 3}


@pytest.mark.parametrize("case", ODD)
@in_reactor
async def test_it_is_answered_with_its_own_sequence_number_and_the_bind_stays(case: str) -> None:
    octets, answer = ODD[case]
    async with raw_smsc() as smsc, esme(smsc.port) as ours:
        wire = await smsc.bound()
        wire.send(octets)
        assert await wire.answer(answer.command_id) == answer
        assert await wire.lives()
        assert ours.status.sessions == 1


@pytest.mark.parametrize("case", WRONG)
@in_reactor
async def test_it_is_refused_with_its_own_sequence_number_and_the_bind_stays(case: str) -> None:
    octets, command_id = WRONG[case]
    async with raw_smsc() as smsc, esme(smsc.port) as ours:
        wire = await smsc.bound()
        wire.send(octets)
        answer = await wire.headers.wait()
        assert answer.command_id in (command_id, NACK)
        assert answer.command_status != 0
        assert answer.sequence_number == 7
        assert await wire.lives()
        assert ours.messages.items == []


@pytest.mark.parametrize("case", STRAY)
@in_reactor
async def test_it_is_passed_over_in_silence_and_the_bind_stays(case: str) -> None:
    async with raw_smsc() as smsc, esme(smsc.port) as ours:
        wire = await smsc.bound()
        wire.send(STRAY[case])
        assert await wire.lives()
        assert ours.status.sessions == 1


@pytest.mark.parametrize("length", [0, 4, 15, 70_001, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF])
@in_reactor
async def test_an_impossible_length_is_nacked_and_the_link_binds_anew(length: int) -> None:
    async with raw_smsc() as smsc, esme(smsc.port) as ours:
        wire = await smsc.bound()
        wire.send(struct.pack(">LLLL", length, 0x05, 0, 7) + b"\xff" * 1000 + deliver_sm(8))
        assert await wire.answer(NACK) == Header(NACK, 0x02, 7)
        await wire.lost
        assert await (await smsc.bound()).lives()
        assert ours.messages.items == []


@pytest.mark.parametrize("protocol", FOREIGN)
@in_reactor
async def test_another_protocol_in_the_stream_ends_the_session_not_the_link(protocol: str) -> None:
    async with raw_smsc() as smsc, esme(smsc.port):
        wire = await smsc.bound()
        wire.send(FOREIGN[protocol] + deliver_sm(7))
        assert (await wire.answer(NACK)).command_status == 0x02
        await wire.lost
        assert await (await smsc.bound()).lives()


@pytest.mark.parametrize("case", HALVES)
@in_reactor
async def test_half_a_pdu_does_not_hold_the_link_for_ever(case: str) -> None:
    async with raw_smsc() as smsc, esme(smsc.port, half_pdu_timeout_seconds=0.1) as ours:
        wire = await smsc.bound()
        wire.send(HALVES[case])
        await wire.lost
        assert "incomplete PDU" in ours.status.why_lost
        assert await (await smsc.bound()).lives()


@in_reactor
async def test_noise_never_ends_the_link() -> None:
    chance = random.Random(2)
    async with raw_smsc() as smsc, esme(smsc.port, half_pdu_timeout_seconds=0.05) as ours:
        for _ in range(12):
            wire = await smsc.bound()
            octets = bytearray(deliver_sm(1, tlvs=b"\x02\x04\x00\x02hi") * 3)
            for _ in range(chance.randint(1, 12)):
                octets[chance.randrange(len(octets))] = chance.randrange(256)
            wire.send(bytes(octets) + b"\0\0\0\x0f")
            await wire.lost
        wire = await smsc.bound()
        wire.send(deliver_sm(7))
        assert await wire.answer(DELIVER_RESP) == Header(DELIVER_RESP, 0, 7)
        assert ours.status.sessions == 13
