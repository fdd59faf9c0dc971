"""What the simulator says to ESMEs that are wrong, slow or gone, in hand-written octets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from smpp.simulator.smsc import Smsc, Typed
from tests.smpp.smsc import Pdu, cut, pdu

BIND = b"zhenma\0secret\0\0\x34\0\0\0"
SUBMIT = b"\0\0\x0195001111\0\x01\x018613800138000\0\0\0\0\0\0\x01\0\0\0\x02hi"


class Wire(StringTransport):
    def setTcpNoDelay(self, enabled: bool) -> None:
        pass


class World:
    def __init__(self) -> None:
        self.clock = Clock()
        self.events: list[Mapping[str, Any]] = []
        self.smsc = Smsc({"zhenma": "secret"}, self.events.append, self.clock, lambda: 0.0)
        self.connect()

    def connect(self) -> None:
        self.session, self.wire = self.smsc.buildProtocol(None), Wire()
        self.session.makeConnection(self.wire)

    def said(self, *octets: bytes) -> list[Pdu]:
        """What the SMSC answers."""
        self.session.dataReceived(b"".join(octets))
        answered = cut(self.wire.value())
        self.wire.clear()
        return answered

    def bound(self) -> World:
        (answer,) = self.said(pdu(9, 1, BIND))
        assert answer == Pdu(0x80000009, 0, 1, b"simulator\0\x02\x10\0\x01\x34")
        return self


@pytest.mark.parametrize(
    ("octets", "command_id", "status"),
    [
        (pdu(9, 2, BIND), 0x80000009, 0x05),
        (pdu(0x0FFF, 2), 0x80000000, 0x03),
        (pdu(4, 2, SUBMIT[:9]), 0x80000004, 0x01),
        (pdu(4, 2, SUBMIT[:-1]), 0x80000004, 0x01),
        (pdu(0x15, 2), 0x80000015, 0),
        (pdu(0x06, 2), 0x80000006, 0),
    ],
)
def test_a_bound_esme_is_answered(octets: bytes, command_id: int, status: int) -> None:
    assert [answer[:3] for answer in World().bound().said(octets)] == [(command_id, status, 2)]


@pytest.mark.parametrize(
    ("octets", "status"),
    [(pdu(9, 2, b"zhenma"), 0x01), (pdu(9, 2, b"who\0secret\0\0"), 0x0E), (pdu(4, 2, SUBMIT), 0x04)],
)
def test_an_unbound_esme_is_refused(octets: bytes, status: int) -> None:
    assert [answer.command_status for answer in World().said(octets)] == [status]


def test_a_stream_without_boundaries_is_closed() -> None:
    world = World().bound()
    world.said(pdu(0x15, 1)[:3] + b"\x07" + b"\0" * 12)
    assert world.wire.disconnecting


def test_a_message_refused_for_now_comes_again() -> None:
    world = World().bound()
    world.smsc.type(Typed("8613800138000", "95001111", "真码"))
    (first,) = world.said()
    assert first.body == b"\0\x01\x018613800138000\0\0\x0195001111\0" + b"\0" * 7 + b"\x08\0\x04\x77\x1f\x78\x01"
    world.said(pdu(0x80000005, first.sequence_number, b"\0", 0x64))
    world.clock.advance(2)
    assert [again.body for again in world.said()] == [first.body]


def test_a_message_not_acknowledged_comes_again_in_the_next_session() -> None:
    world = World().bound()
    world.smsc.type(Typed("8613800138000", "95001111", "hi"))
    (first,) = world.said()
    world.session.connectionLost()
    world.connect()
    _, again = world.said(pdu(9, 1, BIND))
    assert again.body == first.body


def test_a_receipt_follows_when_it_was_asked_for() -> None:
    world = World().bound()
    (answer,) = world.said(pdu(4, 2, SUBMIT))
    assert answer.body == b"00000001\0"
    world.clock.advance(1)
    (receipt,) = world.said()
    assert b"\0\x0195001111\0\x04" in receipt.body
    assert b"id:00000001 sub:001 dlvrd:001" in receipt.body
    assert receipt.body.endswith(b"\x00\x1e\x00\x0900000001\0\x04\x27\x00\x01\x02")
    assert [facts["text"] for facts in world.events if facts["event"] == "mt"] == ["hi"]
