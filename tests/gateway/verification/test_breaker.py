from __future__ import annotations

from gateway.verification.breaker import Breaker


def failing(times: int, at: float = 100.0) -> Breaker:
    breaker = Breaker(failure_limit=3, pause_seconds=2.0, pause_limit_seconds=10.0)
    for _ in range(times):
        breaker = breaker.failed(at)
    return breaker


def test_a_new_circuit_admits_requests() -> None:
    assert failing(0).admits(0.0)


def test_fewer_failures_than_the_limit_leave_the_circuit_closed() -> None:
    assert not failing(2).is_open
    assert failing(2).admits(100.0)


def test_failures_in_a_row_open_the_circuit_for_the_pause() -> None:
    assert failing(3).is_open
    assert not failing(3).admits(101.9)
    assert failing(3).admits(102.0)


def test_a_success_in_between_starts_the_row_again() -> None:
    assert not failing(2).succeeded().failed(100.0).is_open


def test_one_trial_goes_out_at_a_time() -> None:
    trying = failing(3).asked(102.0)
    assert not trying.admits(102.1)
    assert trying.admits(104.0)  # the trial was never reported


def test_a_request_of_a_closed_circuit_changes_nothing() -> None:
    assert failing(2).asked(100.0) == failing(2)


def test_a_trial_that_succeeds_closes_the_circuit() -> None:
    assert failing(3).asked(102.0).succeeded() == failing(0)


def test_every_failed_trial_doubles_the_pause_up_to_its_limit() -> None:
    assert [failing(times).open_until - 100.0 for times in (3, 4, 5, 6, 7, 500)] == [2.0, 4.0, 8.0, 10.0, 10.0, 10.0]
