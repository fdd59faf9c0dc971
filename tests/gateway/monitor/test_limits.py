"""Attempts to sign in: bounded by address and by user, and never closed to the right person for good."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.ports import Ruling
from gateway.monitor import limits as module
from gateway.monitor.limits import LogInLimits, network_of

HOME, AWAY = "192.0.2.1", "198.51.100.7"


def attempts(limits: LogInLimits, count: int, name: str = "otto", address: str = AWAY, now: float = 1000.0) -> int:
    """How many of so many attempts are looked at."""
    return sum(limits.attempt(name, address, now) is Ruling.ANSWER for _ in range(count))


def test_an_address_has_thirty_attempts_in_a_quarter_of_an_hour_whatever_the_names() -> None:
    limits = LogInLimits()
    assert sum(limits.attempt(f"user{n}", AWAY, 1000.0) is Ruling.ANSWER for n in range(50)) == 30
    assert attempts(limits, 1, "else", HOME) == 1


def test_a_user_has_ten_attempts_in_a_quarter_of_an_hour_from_all_addresses_together() -> None:
    limits = LogInLimits()
    assert sum(limits.attempt("otto", f"192.0.2.{n}", 1000.0) is Ruling.ANSWER for n in range(50)) == 10


def test_only_the_first_attempt_too_many_is_noticed() -> None:
    limits = LogInLimits()
    rulings = [limits.attempt("otto", AWAY, 1000.0) for _ in range(13)]
    assert rulings == [Ruling.ANSWER] * 10 + [Ruling.NOTICE] + [Ruling.SILENCE] * 2


def test_the_right_person_at_the_usual_place_is_not_locked_out_by_others() -> None:
    limits = LogInLimits()
    limits.succeeded("otto", HOME)
    for n in range(100):
        limits.attempt("otto", f"198.51.100.{n}", 1000.0)
    assert attempts(limits, 1, address="203.0.113.5") == 0
    assert attempts(limits, 1, address=HOME) == 1


def test_the_usual_place_has_a_limit_too_which_a_right_password_makes_whole() -> None:
    limits = LogInLimits()
    limits.succeeded("otto", HOME)
    assert attempts(limits, 20, address=HOME) == 10
    limits.succeeded("otto", HOME)
    assert attempts(limits, 1, address=HOME) == 1


@given(st.integers(0, 500))
def test_after_a_pause_somebody_may_try_again_however_many_attempts_there_were(count: int) -> None:
    limits = LogInLimits()
    attempts(limits, count)
    assert attempts(limits, 1, now=1000.0 + 91.0) == 1


def test_an_attempt_that_the_address_has_no_more_of_costs_the_user_nothing() -> None:
    limits = LogInLimits()
    attempts(limits, 30, name="somebody")
    attempts(limits, 50, name="otto")
    assert attempts(limits, 10, address=HOME) == 10


def test_wrong_tokens_are_limited_by_address() -> None:
    limits = LogInLimits()
    assert sum(limits.wrong_token(AWAY, 1000.0) is Ruling.ANSWER for _ in range(50)) == 30
    assert limits.wrong_token(HOME, 1000.0) is Ruling.ANSWER


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BUDGETS", 8)
    monkeypatch.setattr(module, "MAX_FAMILIAR", 4)
    limits = LogInLimits()
    for n in range(100):
        limits.attempt(f"user{n}" * 100, f"192.0.2.{n}", 1000.0)
        limits.succeeded(f"user{n}", f"192.0.2.{n}")
    assert (len(limits._budgets), len(limits._familiar)) == (8, 4)
    assert max(len(name) for _, name, _ in limits._budgets) <= 64


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("", ""),
        ("unknown" * 20, ("unknown" * 20)[:64]),
    ],
)
def test_all_addresses_of_one_machine_count_as_one(address: str, network: str) -> None:
    assert network_of(address) == network
