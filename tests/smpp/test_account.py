"""An account's messages, in and out: order, window, pace, refusals."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from smpp.errors import AlreadyUsed, NoLink
from smpp.outgoing import OutgoingMessage, SubmitResult
from smpp.reservation import Reservation
from smpp.segments import Segment, segment
from smpp.settings import Bind
from tests.smpp.smsc import Pdu, data_sm, deliver_sm, submit_resp
from tests.smpp.world import SHORT_CODE, World, phone


@pytest.fixture
def world() -> Iterator[World]:
    world = World().bound()
    yield world
    world.stop()


@pytest.fixture
def two() -> Iterator[World]:
    two = World(links=2).bound()
    yield two
    two.stop()


def test_a_message_is_told_and_answered_when_the_listener_says_so(world: World) -> None:
    world.smsc().send(deliver_sm(7))
    (delivery,) = world.listener.messages
    assert (delivery.text, delivery.link, delivery.account) == ("81234567890123456789", "l0", "carrier")
    assert world.smsc().sent() == []
    assert delivery.respond()
    assert not delivery.respond(0x64)
    world.clock.advance(0)
    assert world.smsc().sent() == [Pdu(0x80000005, 0, 7, b"\0")]


def test_our_fault_on_one_message_is_a_refusal_of_that_message_alone(world: World) -> None:
    world.listener.broken = True
    world.smsc().send(deliver_sm(7))
    world.listener.broken = False
    world.smsc().send(deliver_sm(8))
    world.listener.messages[0].respond()
    world.clock.advance(0)
    assert [(r.sequence_number, r.command_status) for r in world.smsc().sent()] == [(7, 0x64), (8, 0)]


@pytest.mark.parametrize("esm_class", [0x04, 0x08, 0x10, 0x18, 0x20, 0x24, 0x44, 0x84])
def test_what_no_person_wrote_is_never_a_message_whatever_its_text(world: World, esm_class: int) -> None:
    world.smsc().send(deliver_sm(7, esm_class=esm_class), data_sm(8, esm_class=esm_class))
    assert world.listener.messages == []
    assert [receipt.command for receipt in world.listener.receipts] == ["deliver_sm", "data_sm"]


@pytest.mark.parametrize("esm_class", [0x00, 0x01, 0x03, 0x40, 0x80, 0xC3])
def test_other_bits_of_esm_class_leave_a_message_a_message(world: World, esm_class: int) -> None:
    world.smsc().send(deliver_sm(7, text=b"\x00hi", esm_class=esm_class))
    assert len(world.listener.messages) == 1


def test_a_reply_leaves_as_submit_sm_and_its_message_id_comes_back(world: World) -> None:
    results = world.send()
    (sent,) = world.submits()
    assert sent.body.startswith(b"\0\0\x0195001111\0\x01\x018613800138000\0")
    world.smsc().send(submit_resp(sent.sequence_number, message_id=b"0A"))
    assert results == [SubmitResult(True, 0, ("0A",), 1, False, "l0")]


def test_no_more_than_the_window_is_under_way(world: World) -> None:
    results = [world.send(number=number) for number in range(15)]
    first = world.submits()
    assert len(first) == 10
    for answered in first[:3]:
        world.smsc().send(submit_resp(answered.sequence_number))
    assert len(world.submits()) == 3
    assert [len(result) for result in results[:4]] == [1, 1, 1, 0]


def test_messages_to_one_phone_leave_one_at_a_time_in_their_order(world: World) -> None:
    for text in ("one", "two", "three"):
        world.send(text)
    other = world.send("other", number=1)
    seen = []
    for _ in range(3):
        for sent in world.submits():
            seen.append(sent.body[sent.body.rindex(b"\0") + 2 :])
            world.smsc().send(submit_resp(sent.sequence_number))
    assert [text for text in seen if text != b"other"] == [b"one", b"two", b"three"]
    assert seen.index(b"other") == 1
    assert other[0].ok


@pytest.mark.parametrize("status", [0x14, 0x58])
def test_throttling_pauses_the_link_and_the_message_goes_again_with_a_new_sequence(world: World, status: int) -> None:
    results = world.send("one")
    later = world.send("two")
    (first,) = world.submits()
    world.smsc().send(submit_resp(first.sequence_number, status))
    world.send("other", number=1)
    assert world.submits() == []
    world.clock.advance(0.99)
    assert world.submits() == []
    world.clock.advance(0.02)
    (again,) = world.submits()
    assert again.body == first.body.replace(b"000000000100000R", b"000000000058000R")
    assert again.sequence_number != first.sequence_number
    world.smsc().send(submit_resp(again.sequence_number))
    assert (results[0].ok, later) == (True, [])
    world.clock.pump([0.5] * 6)
    assert len(world.submits()) == 2
    (status_now,) = world.account.status()
    assert (status_now.throttles, status_now.errors) == (1, ((status, 1),))


@pytest.mark.parametrize("status", [0x08, 0x64])
def test_a_temporary_refusal_delays_that_message_and_those_behind_it_to_the_same_phone(
    world: World, status: int
) -> None:
    world.send("one")
    world.send("two")
    (first,) = world.submits()
    world.smsc().send(submit_resp(first.sequence_number, status))
    world.send("other", number=1)
    (other,) = world.submits()
    assert other.body.endswith(b"other")
    world.clock.advance(1)
    (again,) = world.submits()
    assert again.body.endswith(b"one")
    world.smsc().send(submit_resp(again.sequence_number))
    assert world.submits()[0].body.endswith(b"two")


@pytest.mark.parametrize("status", [0x01, 0x0B, 0x45, 0x65, 0x66, 0x400])
def test_any_other_refusal_is_final(world: World, status: int) -> None:
    results = world.send()
    world.smsc().send(submit_resp(world.submits()[0].sequence_number, status))
    assert results == [SubmitResult(False, status, (), 0, False, "l0")]
    world.clock.advance(60)
    assert world.submits() == []


def test_a_message_refused_for_longer_than_its_validity_is_dropped(world: World) -> None:
    results = world.send(validity=20.0)
    for _ in range(25):
        for sent in world.submits():
            world.smsc().send(submit_resp(sent.sequence_number, 0x08))
        world.clock.advance(1)
    assert results == [SubmitResult(False, 0x08, (), 0, False, "l0")]
    assert world.submits() == []


def test_the_segments_of_a_message_are_each_answered_and_only_the_refused_one_goes_again(world: World) -> None:
    results = world.send("真" * 150)
    first, second, third = world.submits()
    world.smsc().send(submit_resp(first.sequence_number, message_id=b"A"))
    world.smsc().send(submit_resp(second.sequence_number, 0x58), submit_resp(third.sequence_number, message_id=b"C"))
    world.clock.advance(1.1)
    (again,) = world.submits()
    assert again.body[-134:] == second.body[-134:]
    world.smsc().send(submit_resp(again.sequence_number, message_id=b"B"))
    assert results == [SubmitResult(True, 0, ("A", "B", "C"), 3, False, "l0")]


def test_a_message_longer_than_the_window_is_fed_through_it() -> None:
    world = World(window=2).bound()
    results, other = world.send("真" * 300), world.send(number=1)
    seen = []
    while sent := world.submits():
        assert len(sent) <= 2
        seen += sent
        world.smsc().send(submit_resp(sent[0].sequence_number))
        if len(sent) > 1:
            world.smsc().send(submit_resp(sent[1].sequence_number))
    assert len(seen) == 6
    assert results[0].segments == 5
    assert other[0].ok
    world.stop()


def test_the_rate_counts_segments() -> None:
    world = World(segments_per_second=2.0).bound()
    world.send("真" * 150)
    world.send("x", number=1)
    counts = []
    for _ in range(5):
        sent = world.submits()
        counts.append(len(sent))
        for each in sent:
            world.smsc().send(submit_resp(each.sequence_number))
        world.clock.advance(0.5)
    assert counts == [1, 1, 1, 1, 0]
    world.stop()


def test_a_reservation_serves_one_message(world: World) -> None:
    taken: list[Reservation] = []
    world.account.reserve(1, phone()).addCallback(taken.append)
    (reservation,) = taken
    message = OutgoingMessage(SHORT_CODE, phone(), segment("x", 1))
    reservation.submit(message)
    with pytest.raises(AlreadyUsed):
        reservation.submit(message)
    reservation.release()
    (sent,) = world.submits()
    world.smsc().send(submit_resp(sent.sequence_number))
    assert world.account.status()[0].window_in_use == 0


@pytest.mark.parametrize(
    "message",
    [
        OutgoingMessage(SHORT_CODE, phone(), ()),
        OutgoingMessage(SHORT_CODE, phone(), (Segment(0, 0, b"x" * 255),)),
        OutgoingMessage(SHORT_CODE, phone(1), segment("x", 1)),
    ],
)
def test_a_message_that_cannot_be_sent_gives_its_room_back(world: World, message: OutgoingMessage) -> None:
    taken: list[Reservation] = []
    world.account.reserve(1, phone()).addCallback(taken.append)
    with pytest.raises(ValueError, match=r"segment|destination"):
        taken[0].submit(message)
    assert world.account.status()[0].window_in_use == 0
    world.send()
    assert len(world.submits()) == 1


@pytest.mark.parametrize("version", [b"", b"\x02\x10\x00\x01\x33"])
def test_an_smsc_that_does_not_tell_its_version_is_sent_no_tlv(version: bytes) -> None:
    world = World()
    world.smsc().accept_bind(version)
    for mode in ("sar", "payload"):
        segments = segment("真" * 100, 7, mode)
        message = OutgoingMessage(SHORT_CODE, phone(), segments, 60)
        world.account.reserve(len(segments), phone()).addCallback(
            lambda reservation, it=message: reservation.submit(it)
        )
        sent = []
        while more := world.submits():
            sent += more
            for each in more:
                world.smsc().send(submit_resp(each.sequence_number))
        assert [b"\x02\x0c\x00\x02" in each.body or b"\x04\x24" in each.body for each in sent] == [False, False]
        assert [b"\x05\x00\x03" in each.body for each in sent] == [True, True]
    world.stop()


def test_an_account_that_only_receives_says_so() -> None:
    world = World(bind=Bind.RECEIVER).bound()
    failures: list[Exception] = []
    world.account.reserve(1, phone()).addErrback(lambda failure: failures.append(failure.value))
    assert isinstance(failures[0], NoLink)
    world.stop()
