"""Whatever the account refuses by itself, its listener is told of once, so that its count is the SMSC's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from smpp.refusal import MessageRefusal
from smpp.settings import Bind
from smpp.unanswered import Response
from tests.smpp.smsc import deliver_sm, pdu, tlv
from tests.smpp.world import World

_UNREADABLE = pdu(0x05, 9, b"\0\x01\x0186138")
_FIRST_OF_TWO = b"\x05\x00\x03\x07\x02\x01hi"


@pytest.fixture
def world() -> Iterator[World]:
    world = World().bound()
    yield world
    world.stop()


def refused(status: int, *, whole: bool = True) -> MessageRefusal:
    return MessageRefusal("carrier", "l0", status, whole)


def test_a_message_that_cannot_be_read_is_told_with_the_status_of_its_refusal(world: World) -> None:
    world.smsc().send(_UNREADABLE, deliver_sm(10))
    assert world.listener.refusals == [refused(0x02)]
    assert [delivery.text for delivery in world.listener.messages] == ["81234567890123456789"]
    assert [(reply.sequence_number, reply.command_status) for reply in world.smsc().sent()] == [(9, 0x02)]


def test_messages_refused_while_the_account_ends_are_told_and_parts_are_known_as_such(world: World) -> None:
    world.account.stop_receiving()
    world.smsc().send(deliver_sm(7), deliver_sm(8, text=_FIRST_OF_TWO, esm_class=0x40), _UNREADABLE)
    assert world.listener.refusals == [refused(0x64), refused(0x64, whole=False), refused(0x64)]
    assert world.listener.messages == []


@pytest.mark.parametrize("receipt", [deliver_sm(7, esm_class=0x04), deliver_sm(7, tlvs=tlv(0x001E, b"a\0"))])
def test_a_refused_receipt_is_no_refused_message(world: World, receipt: bytes) -> None:
    world.account.stop_receiving()
    world.smsc().send(receipt)
    assert [reply.command_status for reply in world.smsc().sent()] == [0x64]
    assert world.listener.refusals == []


def test_a_message_on_a_bind_that_only_sends_is_told() -> None:
    world = World(bind=Bind.TRANSMITTER).bound()
    world.smsc().send(deliver_sm(7))
    assert world.listener.refusals == [refused(0x04)]
    world.stop()


def test_a_message_that_the_listener_could_not_take_is_told(world: World) -> None:
    world.listener.broken = True
    world.smsc().send(deliver_sm(7))
    assert world.listener.refusals == [refused(0x64)]


def test_a_response_that_comes_too_late_knows_that_the_message_was_refused(world: World) -> None:
    world.smsc().send(deliver_sm(7))
    (delivery,) = world.listener.messages
    assert delivery.response is None
    world.clock.advance(9.0)
    assert [reply.command_status for reply in world.smsc().sent()] == [0x64]
    assert not delivery.respond()
    assert delivery.response is Response.REFUSED
    assert world.listener.refusals == []


def test_a_response_after_the_session_knows_that_none_was_sent(world: World) -> None:
    world.smsc().send(deliver_sm(7))
    (delivery,) = world.listener.messages
    world.smsc().close()
    assert not delivery.respond()
    assert delivery.response is Response.LOST
