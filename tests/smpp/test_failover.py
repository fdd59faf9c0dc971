"""What becomes of messages when links are lost or full: doubt, another link, the end of patience."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from twisted.internet.defer import CancelledError

from smpp.errors import Expired, NoLink
from smpp.outgoing import OutgoingMessage, SubmitResult
from smpp.reservation import Reservation
from smpp.segments import segment
from tests.smpp.smsc import deliver_sm, submit_resp
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


def test_what_was_sent_and_lost_its_session_is_in_doubt_and_never_sent_again(world: World) -> None:
    results, waiting = world.send(), world.send("behind it")
    assert len(world.submits()) == 1
    world.smsc().close()
    assert results == [SubmitResult(False, 0, (), 0, True, "l0")]
    world.clock.advance(1)
    world.smsc().accept_bind()
    (sent,) = world.submits()
    assert sent.body.endswith(b"behind it")
    assert waiting == []
    assert world.account.status()[0].in_doubt == 1


def test_a_response_that_does_not_come_in_30_s_leaves_doubt(world: World) -> None:
    results = world.send()
    world.submits()
    for _ in range(6):
        world.clock.advance(5)
        world.smsc().send(deliver_sm(1))
    assert results == [SubmitResult(False, 0, (), 0, True, "l0", overdue=True)]


def test_a_response_that_does_not_come_in_30_s_from_an_smsc_that_is_dead_leaves_the_doubt_of_a_lost_session(
    world: World,
) -> None:
    results = world.send()
    world.submits()
    world.clock.pump([1.0] * 39)
    assert results == []
    world.clock.advance(1.0)
    assert world.smsc().transport.aborted
    world.smsc().close()
    assert results == [SubmitResult(False, 0, (), 0, True, "l0", overdue=False)]


def test_a_reply_leaves_by_the_link_it_prefers(two: World) -> None:
    for number in range(3):
        two.send(number=number, prefer="l1")
    assert (len(two.submits("l0")), len(two.submits("l1"))) == (0, 3)


def test_another_link_stands_in_for_one_that_is_down_for_longer_than_3_s(two: World) -> None:
    two.endpoints["l1"].away = True
    two.smsc("l1").close()
    results = two.send(prefer="l1")
    two.clock.advance(2.9)
    assert two.submits("l0") == []
    two.clock.advance(0.2)
    (sent,) = two.submits("l0")
    two.smsc("l0").send(submit_resp(sent.sequence_number))
    assert results[0].link == "l0"
    two.send(prefer="l1", number=1)
    assert len(two.submits("l0")) == 1


def test_a_link_that_is_back_within_3_s_keeps_its_replies(two: World) -> None:
    two.smsc("l1").close()
    two.send(prefer="l1")
    two.clock.advance(1)
    two.smsc("l1").accept_bind()
    assert (len(two.submits("l0")), len(two.submits("l1"))) == (0, 1)


def test_what_waits_for_two_lost_links_leaves_by_the_first_that_is_back(two: World) -> None:
    for link in ("l0", "l1"):
        two.endpoints[link].away = True
        two.smsc(link).close()
    two.send(prefer="l1")
    two.clock.advance(30)
    two.endpoints["l0"].away = False
    two.clock.advance(60)
    two.smsc("l0").accept_bind()
    assert len(two.submits("l0")) == 1


def test_the_rest_of_a_message_waits_for_the_link_that_has_the_beginning(two: World) -> None:
    results = two.send("真" * 100, prefer="l1")
    first, second = two.submits("l1")
    two.smsc("l1").send(submit_resp(first.sequence_number), submit_resp(second.sequence_number, 0x58))
    two.smsc("l1").close()
    two.clock.advance(10)
    assert two.submits("l0") == []
    two.smsc("l1").accept_bind()
    (rest,) = two.submits("l1")
    two.smsc("l1").send(submit_resp(rest.sequence_number))
    assert results[0].ok


def test_patience_ends_with_the_reason() -> None:
    world = World()
    failures: list[Exception] = []
    world.account.reserve(1, phone(1), give_up_after_seconds=5).addErrback(
        lambda failure: failures.append(failure.value)
    )
    world.clock.advance(5.5)
    world.bound()
    for number in range(10):
        world.send(number=number)
    world.account.reserve(1, phone(11), give_up_after_seconds=5).addErrback(
        lambda failure: failures.append(failure.value)
    )
    world.account.reserve(1, phone(0), give_up_after_seconds=5).addErrback(
        lambda failure: failures.append(failure.value)
    )
    for _ in range(6):
        world.clock.advance(1)
    assert [type(failure) for failure in failures] == [NoLink, Expired, Expired]
    world.stop()


def test_a_claim_may_be_cancelled_wherever_it_waits(world: World) -> None:
    for number in range(10):
        world.send(number=number)
    waiting = [
        world.account.reserve(1, phone(11)),
        world.account.reserve(1, phone(11)),
        world.account.reserve(1, phone(12)),
    ]
    for reserved in waiting[:2]:
        reserved.addErrback(lambda failure: failure.trap(CancelledError)).cancel()
    world.smsc().send(submit_resp(world.submits()[0].sequence_number))
    assert waiting[2].called
    waiting[2].addCallback(lambda reservation: reservation.release())
    assert world.account.status()[0].window_in_use == 9


def test_a_message_reserved_before_its_link_was_lost_leaves_by_another(two: World) -> None:
    taken: list[Reservation] = []
    two.account.reserve(1, phone(), "l1").addCallback(taken.append)
    two.endpoints["l1"].away = True
    two.smsc("l1").close()
    results: list[SubmitResult] = []
    taken[0].submit(OutgoingMessage(SHORT_CODE, phone(), segment("x", 1), 60)).addCallback(results.append)
    two.clock.advance(3.1)
    (sent,) = two.submits("l0")
    two.smsc("l0").send(submit_resp(sent.sequence_number))
    assert results == [SubmitResult(True, 0, ("a1",), 1, False, "l0")]


def test_what_waits_for_the_pace_of_a_lost_link_leaves_when_it_is_back() -> None:
    world = World(segments_per_second=1.0).bound()
    results = world.send("真" * 100)
    (first,) = world.submits()
    world.smsc().send(submit_resp(first.sequence_number))
    world.smsc().close()
    world.clock.advance(1)
    world.smsc().accept_bind()
    (second,) = world.submits()
    world.smsc().send(submit_resp(second.sequence_number))
    assert results[0].segments == 2
    world.stop()


def test_a_message_with_a_segment_in_doubt_sends_no_more_of_itself() -> None:
    world = World(segments_per_second=1.0).bound()
    results = world.send("真" * 100)
    assert len(world.submits()) == 1
    world.smsc().close()
    assert results == [SubmitResult(False, 0, (), 0, True, "l0")]
    world.clock.advance(1)
    world.smsc().accept_bind()
    assert world.submits() == []
    world.stop()
