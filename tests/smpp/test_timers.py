"""Deadlines, windows, pace and back-off: values in, values out."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smpp.reconnection import Reconnection
from smpp.throttle import Throttle
from smpp.timers import NEVER, Due, Periods, Timers
from smpp.window import Sequences, Window

PERIODS = Periods(10, 30, 10, 10, 5)


def due(timers: Timers, now: float) -> tuple[Due, ...]:
    return timers.tick(now)[1]


def test_the_bind_response_may_take_10_s_whatever_else_arrives() -> None:
    timers = Timers(PERIODS).connected(0).heard(9, partial=False)
    assert due(timers, 9.9) == ()
    assert due(timers, 10) == (Due.BIND_OVERDUE,)


def test_silence_is_asked_about_after_30_s_and_given_10_s() -> None:
    timers, what = Timers(PERIODS).connected(0).bound(1).tick(31)
    assert what == (Due.ENQUIRE,)
    assert timers.next_at == 41
    assert due(timers, 41) == (Due.ENQUIRE_OVERDUE,)
    assert timers.heard(40, partial=False).next_at == 70


def test_half_a_pdu_may_last_10_s_from_its_beginning() -> None:
    timers = Timers(PERIODS).bound(0).heard(1, partial=True).heard(9, partial=True, whole=False)
    assert due(timers, 11) == (Due.HALF_PDU_OVERDUE,)
    assert due(timers.heard(10, partial=True, whole=True), 11) == ()
    assert due(timers.heard(10, partial=False), 11) == ()


def test_an_unbind_ends_all_other_waits() -> None:
    timers = Timers(PERIODS).bound(0).unbinding(2)
    assert timers.next_at == 7
    assert due(timers.heard(3, partial=False), 7) == (Due.UNBIND_OVERDUE,)


def test_who_does_not_listen_awaits_nothing() -> None:
    assert Timers(PERIODS).bound(0).heard(1, partial=True).deaf().next_at == NEVER


@given(st.floats(0, 1_000))
def test_a_deadline_is_reported_once(now: float) -> None:
    timers, _ = Timers(PERIODS).connected(0).bound(0).heard(0, partial=True).tick(now)
    assert not set(due(timers, now)) & {Due.HALF_PDU_OVERDUE, Due.ENQUIRE, Due.BIND_OVERDUE}


def test_sequence_numbers_begin_at_1_and_wrap_to_1() -> None:
    sequences = Sequences()
    assert [sequences.next(()) for _ in range(3)] == [1, 2, 3]
    sequences.last = 0x7FFFFFFE
    assert [sequences.next(()) for _ in range(3)] == [0x7FFFFFFF, 1, 2]


def test_a_sequence_number_still_outstanding_is_passed_over() -> None:
    sequences = Sequences()
    sequences.last = 0x7FFFFFFF
    assert sequences.next({1, 2}) == 3


def test_a_window_gives_up_the_oldest_first() -> None:
    window: Window[str] = Window(30)
    for number, at in ((5, 1.0), (3, 2.0), (9, 3.0)):
        window.open(number, str(number), at)
    assert window.close(3) == (2.0, "3")
    assert window.close(3) is None
    assert (window.overdue(30.9), window.overdue(31), window.oldest_at) == ([], ["5"], 3.0)
    assert (window.drain(), len(window), window.overdue_at) == (["9"], 0, NEVER)


def test_reconnection_doubles_from_1_to_60_s_with_full_jitter() -> None:
    reconnection, ceilings = Reconnection(), []
    for _ in range(9):
        reconnection = reconnection.lost(bound_seconds=0, messages=9)
        ceilings.append(reconnection.delay_seconds(1.0))
        assert reconnection.delay_seconds(0.5) == ceilings[-1] / 2
        assert reconnection.delay_seconds(0.0) > 0
    assert ceilings == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert reconnection.lost(bound_seconds=59, messages=9).delay_seconds(1.0) == 60
    assert reconnection.lost(bound_seconds=60, messages=0).delay_seconds(1.0) == 1
    assert reconnection.lost(bound_seconds=1, messages=10).delay_seconds(1.0) == 1


def test_refused_credentials_are_tried_again_after_60_to_600_s() -> None:
    reconnection, delays = Reconnection(), []
    for _ in range(6):
        reconnection = reconnection.refused()
        delays.append(reconnection.delay_seconds(0.0))
    assert delays == [60, 120, 240, 480, 600, 600]
    assert reconnection.lost(0, 0).delay_seconds(1.0) == 1


def taken(throttle: Throttle, start: float, seconds: float, step: float = 0.01) -> int:
    """Segments let go, all of them accepted, in so many seconds."""
    count = 0
    for turn in range(int(seconds / step)):
        now = start + turn * step
        while throttle.take(now) and count < 1_000_000:
            throttle.accepted(now)
            count += 1
    return count


@pytest.mark.parametrize("rate", [1, 7, 50, 400])
def test_no_second_sees_more_than_the_rate_and_a_token(rate: int) -> None:
    throttle = Throttle(rate)
    assert [taken(throttle, second, 1.0) <= rate + max(1, rate / 50) for second in range(5)] == [True] * 5
    assert rate * 4.5 <= taken(Throttle(rate), 0.0, 5.0) <= rate * 5 + max(1, rate / 50)


def test_throttling_pauses_for_1_s_doubling_to_30_s_until_something_is_accepted() -> None:
    throttle, now, pauses = Throttle(), 100.0, []
    for _ in range(7):
        assert throttle.throttled(sent_at=now, now=now)
        pauses.append(throttle.paused_until - now)
        assert not throttle.take(throttle.paused_until - 0.01)
        now = throttle.paused_until
    assert pauses == [1, 2, 4, 8, 16, 30, 30]
    assert throttle.take(now)
    throttle.accepted(now)
    throttle.throttled(sent_at=now, now=now + 1)
    assert throttle.paused_until == now + 2


def test_segments_under_way_when_a_pause_began_do_not_lengthen_it() -> None:
    throttle = Throttle()
    throttle.throttled(9.9, 10.0)
    assert not throttle.throttled(9.95, 10.1)
    assert not throttle.throttled(9.99, 11.5)
    assert throttle.paused_until == 11.0


def test_after_a_pause_the_rate_grows_in_a_line_from_below_what_was_accepted() -> None:
    throttle = Throttle()
    for turn in range(1_000):
        throttle.take(turn / 200)
        throttle.accepted(turn / 200)
    throttle.throttled(5.0, 5.0)
    rates = [throttle.rate(6.0 + second) for second in range(4)]
    assert rates[0] == pytest.approx(140, rel=0.05)
    steps = [after - before for before, after in itertools.pairwise(rates)]
    assert steps == pytest.approx([rates[0] / 20] * 3)


def test_a_lesson_is_forgotten_at_the_limit() -> None:
    throttle = Throttle(20)
    throttle.throttled(0.0, 0.0)
    assert throttle.rate(1.0) < 20
    assert throttle.rate(1_000.0) == 20
    free = Throttle()
    free.throttled(0.0, 0.0)
    assert free.rate(10_000.0) == NEVER


@given(st.floats(0.5, 500), st.lists(st.floats(0, 0.5), max_size=30))
def test_take_says_yes_when_ready_at_has_come(rate: float, waits: list[float]) -> None:
    throttle, now = Throttle(rate), 0.0
    for wait in waits:
        now += wait
        if not throttle.take(now):
            ready_at = throttle.ready_at(now)
            assert ready_at > now
            now = ready_at
            assert throttle.take(now)
