from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.allowance import CallerRate, GuessScope, Rate, guess_scopes
from gateway.core.ports import Ruling

RATE = Rate(limit=3, seconds=30.0)


def rulings(*instants: float, rate: Rate = RATE) -> list[Ruling]:
    state, ruled = CallerRate(), []
    for now in instants:
        state, ruling = state.charge(rate, now)
        ruled.append(ruling)
    return ruled


def test_the_limit_may_be_asked_at_once() -> None:
    assert rulings(100.0, 100.0, 100.0) == [Ruling.ANSWER] * 3


def test_beyond_the_limit_one_notice_is_given_and_then_silence() -> None:
    assert rulings(100.0, 100.0, 100.0, 100.0, 101.0, 109.9)[3:] == [Ruling.NOTICE, Ruling.SILENCE, Ruling.SILENCE]


def test_each_interval_gives_one_more() -> None:
    assert rulings(100.0, 100.0, 100.0, 110.0, 119.9, 120.0)[3:] == [Ruling.ANSWER, Ruling.NOTICE, Ruling.ANSWER]


def test_a_notice_is_given_once_a_window() -> None:
    flood = rulings(*[100.0 + second * 0.5 for second in range(200)])
    assert flood.count(Ruling.NOTICE) == 4  # 100 s are three windows of 30 s and a bit


def test_what_is_over_the_rate_costs_nothing() -> None:
    assert rulings(*[100.0] * 50, 110.0)[-1] is Ruling.ANSWER


@given(st.floats(0.0, 1e6), st.integers(0, 3))
def test_a_clock_that_steps_back_locks_nobody_out(back_seconds: float, asked_meanwhile: int) -> None:
    state = CallerRate()
    for _ in range(4):
        state, _ = state.charge(RATE, 2e6)
    now = 2e6 - back_seconds
    for _ in range(1 + asked_meanwhile):
        state, ruling = state.charge(RATE, now)
        assert ruling is not Ruling.ANSWER
    assert state.charge(RATE, now + RATE.interval_seconds + 0.001)[1] is Ruling.ANSWER


def test_a_notice_from_the_future_is_not_waited_for() -> None:
    assert CallerRate(tat=1e9, told_at=1e9).charge(RATE, 100.0)[1] is Ruling.NOTICE


@given(st.lists(st.floats(0.0, 5.0), max_size=60))
def test_no_window_lets_more_through_than_two_bursts(gaps: list[float]) -> None:
    now, instants = 100.0, []
    for gap in gaps:
        now += gap
        instants.append(now)
    passed = [at for at, ruling in zip(instants, rulings(*instants), strict=True) if ruling is Ruling.ANSWER]
    for start in passed:
        assert sum(start <= at < start + RATE.seconds for at in passed) <= 2 * RATE.limit


def test_a_charge_of_many_is_spent_at_most_fully() -> None:
    tat = RATE.charged(0.0, 100.0, 1_000_000)
    assert not RATE.admits(tat, 100.0)
    assert RATE.admits(tat, 110.0)


@pytest.mark.parametrize(("limit", "seconds"), [(0, 1.0), (-1, 1.0), (1, 0.0), (1, -5.0)])
def test_a_rate_of_nothing_is_refused(limit: int, seconds: float) -> None:
    with pytest.raises(ValueError, match="limit of at least 1"):
        Rate(limit, seconds)


CODE = "81234560000000011974"


def test_misses_are_charged_to_caller_block_and_each_product_once() -> None:
    assert guess_scopes("k1:abc", "8613800001234", [CODE, CODE, "89999990000000011974", "0012345678901234"]) == [
        GuessScope("caller", "k1:abc"),
        GuessScope("block", "861380000"),
        GuessScope("product", "8123456"),
        GuessScope("product", "8999999"),
    ]


def test_those_who_withhold_their_number_share_no_budget() -> None:
    assert guess_scopes("k1:nobody", "", [CODE]) == [GuessScope("product", "8123456")]


def test_a_short_number_belongs_to_no_block() -> None:
    assert guess_scopes("k1:abc", "12315", []) == [GuessScope("caller", "k1:abc")]


def test_most_of_a_number_is_not_shown() -> None:
    assert "861380000" not in repr(guess_scopes("k1:abc", "8613800001234", []))
