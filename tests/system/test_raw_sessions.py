"""Sessions as no correct SMSC holds them, octet by octet over TCP."""

from __future__ import annotations

import pytest
from twisted.internet import reactor
from twisted.internet.task import deferLater

from smpp.link_status import LinkState
from smpp.settings import TlsSettings
from tests.smpp.smsc import deliver_sm, pdu, tlv
from tests.system.esme import esme
from tests.system.in_reactor import in_reactor
from tests.system.raw_smsc import (
    DELIVER_RESP,
    ENQUIRE,
    ENQUIRE_RESP,
    NACK,
    SUBMIT,
    SUBMIT_RESP,
    UNBIND,
    UNBIND_RESP,
    Header,
    raw_smsc,
)

pytestmark = pytest.mark.system

BIND_BODIES = {
    "none": b"",
    "an empty system_id": b"\0",
    "no TLVs": b"raw\0",
    "no NUL": b"raw",
    "version 5.0": b"raw\0" + tlv(0x0210, b"\x50"),
    "an empty version": b"raw\0" + tlv(0x0210, b""),
    "a vendor's TLV": b"raw\0" + tlv(0x1499, b"x"),
}
SUBMIT_ANSWERS = {
    "no body": (pdu(SUBMIT_RESP, 0), True),
    "empty message_id": (pdu(SUBMIT_RESP, 0, b"\0"), True),
    "message_id without NUL": (pdu(SUBMIT_RESP, 0, b"id"), True),
    "message_id of 300 octets": (pdu(SUBMIT_RESP, 0, b"x" * 300 + b"\0"), True),
    "error without body": (pdu(SUBMIT_RESP, 0, command_status=0x0B), False),
    "error with body": (pdu(SUBMIT_RESP, 0, b"id\0", 0x0B), False),
    "vendor's error": (pdu(SUBMIT_RESP, 0, command_status=0x4FF), False),
    "nack": (pdu(NACK, 0, command_status=0x03), False),
    "nack that says ROK": (pdu(NACK, 0), False),
}


@in_reactor
async def test_one_octet_per_segment_is_no_hindrance() -> None:
    async with raw_smsc() as smsc, esme(smsc.port) as ours:
        wire = await smsc.wires.wait()
        bind = await wire.answer(0x09)
        await wire.send_slowly(
            pdu(0x80000009, bind.sequence_number, b"raw\0") + deliver_sm(7, text=b"8123") + deliver_sm(8, text=b"8124")
        )
        assert [(await wire.answer(DELIVER_RESP)).sequence_number for _ in range(2)] == [7, 8]
        assert [delivery.text for delivery in ours.messages.items] == ["8123", "8124"]


@in_reactor
async def test_a_thousand_messages_in_one_write_are_all_answered() -> None:
    async with raw_smsc() as smsc, esme(smsc.port):
        wire = await smsc.bound()
        wire.send(b"".join(deliver_sm(number) for number in range(1, 1001)))
        answered = [await wire.answer(DELIVER_RESP) for _ in range(1000)]
        assert {header.sequence_number for header in answered} == set(range(1, 1001))
        assert {header.command_status for header in answered} == {0}


@pytest.mark.parametrize("body", BIND_BODIES)
@in_reactor
async def test_every_form_of_bind_response_binds(body: str) -> None:
    async with raw_smsc() as smsc, esme(smsc.port) as ours:
        wire = await smsc.bound(BIND_BODIES[body])
        wire.send(deliver_sm(7))
        assert await wire.answer(DELIVER_RESP) == Header(DELIVER_RESP, 0, 7)
        assert ours.status.state is LinkState.BOUND


@in_reactor
async def test_enquire_link_before_the_bind_response_is_answered_and_does_not_stop_the_bind_timer() -> None:
    async with raw_smsc() as smsc, esme(smsc.port, bind_timeout_seconds=0.2) as ours:
        wire = await smsc.wires.wait()
        await wire.answer(0x09)
        assert await wire.lives()
        await wire.lost
        assert "no bind response" in ours.status.why_lost
        assert await (await smsc.bound()).lives()


@in_reactor
async def test_a_peer_that_is_silent_after_the_bind_is_left_and_tried_again() -> None:
    async with raw_smsc() as smsc, esme(smsc.port, enquire_idle_seconds=0.05, enquire_timeout_seconds=0.05) as ours:
        wire = await smsc.bound()
        assert (await wire.answer(ENQUIRE)).sequence_number == 2
        await wire.lost
        assert "enquire_link" in ours.status.why_lost
        await smsc.bound()


@pytest.mark.parametrize("case", SUBMIT_ANSWERS)
@in_reactor
async def test_every_form_of_submit_response_settles_its_message_alone(case: str) -> None:
    answer, ok = SUBMIT_ANSWERS[case]
    async with raw_smsc() as smsc, esme(smsc.port) as ours:
        wire = await smsc.bound()
        sent = ours.send_soon("ok")
        submit = await wire.answer(SUBMIT)
        wire.send(answer[:12] + submit.sequence_number.to_bytes(4, "big") + answer[16:])
        result = await sent
        assert (result.ok, result.in_doubt) == (ok, False)
        assert await wire.lives()


@in_reactor
async def test_a_missing_submit_response_costs_that_message_alone() -> None:
    async with raw_smsc() as smsc, esme(smsc.port, response_timeout_seconds=0.2) as ours:
        wire = await smsc.bound()
        lost = ours.send_soon("lost")
        await wire.answer(SUBMIT)
        wire.send(pdu(ENQUIRE_RESP, (await wire.answer(ENQUIRE)).sequence_number))
        result = await lost
        assert (result.ok, result.in_doubt, result.overdue) == (False, True, True)
        assert await wire.lives()


@in_reactor
async def test_a_missing_submit_response_of_an_smsc_that_says_nothing_any_more_is_lost_with_its_session() -> None:
    async with raw_smsc() as smsc, esme(smsc.port, response_timeout_seconds=0.2, enquire_timeout_seconds=0.2) as ours:
        wire = await smsc.bound()
        lost = ours.send_soon("lost")
        await wire.answer(SUBMIT)
        await wire.answer(ENQUIRE)
        result = await lost
        assert (result.ok, result.in_doubt, result.overdue) == (False, True, False)
        assert await (await smsc.bound()).lives()


@in_reactor
async def test_responses_in_any_order_settle_the_right_segments() -> None:
    async with raw_smsc() as smsc, esme(smsc.port) as ours:
        wire = await smsc.bound()
        sent = ours.send_soon("a" * 400)
        submits = [await wire.answer(SUBMIT) for _ in range(3)]
        for number in (2, 0, 1):
            wire.send(pdu(SUBMIT_RESP, submits[number].sequence_number, b"id%d\0" % number))
        assert (await sent).message_ids == ("id0", "id1", "id2")


@in_reactor
async def test_a_submit_under_way_when_the_connection_breaks_is_in_doubt_and_not_sent_twice() -> None:
    async with raw_smsc() as smsc, esme(smsc.port) as ours:
        wire = await smsc.bound()
        sent = ours.send_soon("once")
        await wire.answer(SUBMIT)
        wire.transport.abortConnection()
        result = await sent
        assert (result.ok, result.in_doubt) == (False, True)
        assert await (await smsc.bound()).lives()


@in_reactor
async def test_what_is_in_hand_is_answered_before_the_unbind() -> None:
    async with raw_smsc() as smsc, esme(smsc.port) as ours:
        wire = await smsc.bound()
        ours.command_status = None
        wire.send(deliver_sm(7) + pdu(UNBIND, 8))
        delivery = await ours.messages.wait()
        delivery.respond(0)
        assert await wire.headers.wait() == Header(DELIVER_RESP, 0, 7)
        assert await wire.headers.wait() == Header(UNBIND_RESP, 0, 8)
        await wire.lost
        await smsc.bound()


@in_reactor
async def test_a_message_that_cannot_be_answered_in_time_holds_nobody_up() -> None:
    async with raw_smsc() as smsc, esme(smsc.port, answer_timeout_seconds=0.1) as ours:
        wire = await smsc.bound()
        ours.command_status = None
        wire.send(deliver_sm(7) + deliver_sm(8))
        stuck, quick = await ours.messages.wait(), await ours.messages.wait()
        assert quick.respond(0)
        assert await wire.answer(DELIVER_RESP) == Header(DELIVER_RESP, 0, 8)
        assert await wire.answer(DELIVER_RESP) == Header(DELIVER_RESP, 0x64, 7)
        assert not stuck.respond(0)
        assert await wire.lives()


@in_reactor
async def test_our_own_fault_costs_the_one_message() -> None:
    async with raw_smsc() as smsc, esme(smsc.port):
        wire = await smsc.bound()
        wire.send(deliver_sm(7, text=b"poison") + deliver_sm(8))
        answers = {await wire.answer(DELIVER_RESP) for _ in range(2)}
        assert answers == {Header(DELIVER_RESP, 0x64, 7), Header(DELIVER_RESP, 0, 8)}
        assert await wire.lives()


@in_reactor
async def test_reading_stops_while_too_much_is_unanswered_and_goes_on_afterwards() -> None:
    async with raw_smsc() as smsc, esme(smsc.port, unanswered_limit=100) as ours:
        wire = await smsc.bound()
        ours.command_status = None
        for number in range(1, 20_001):
            wire.send(deliver_sm(number))
        held = [await ours.messages.wait()]
        await deferLater(reactor, 0.2)
        held += ours.messages.items
        assert 100 <= len(held) < 5_000  # the limit, and what one read brought
        ours.command_status = 0
        for delivery in held:
            delivery.respond(0)
        while (await wire.answer(DELIVER_RESP)).sequence_number != 20_000:
            pass
        assert ours.status.unanswered == 0


@in_reactor
async def test_a_connection_cut_without_unbind_is_made_again() -> None:
    async with raw_smsc() as smsc, esme(smsc.port):
        for cut in ("loseConnection", "abortConnection", "loseWriteConnection"):
            wire = await smsc.bound()
            getattr(wire.transport, cut)()
            await wire.lost
        assert await (await smsc.bound()).lives()


@in_reactor
async def test_a_peer_that_speaks_no_tls_gets_no_password() -> None:
    async with raw_smsc() as smsc, esme(smsc.port, tls=TlsSettings("smsc.test")):
        wire = await smsc.wires.wait()
        while not wire.received:
            await deferLater(reactor, 0)
        wire.send(pdu(ENQUIRE, 1))
        await wire.lost
        assert wire.received.startswith(b"\x16\x03")  # a TLS handshake
        assert b"secret" not in wire.received
