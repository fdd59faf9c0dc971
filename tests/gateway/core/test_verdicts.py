from __future__ import annotations

from itertools import product

import pytest

from gateway.core.registration import CodeState, Registration
from gateway.core.verdicts import CodeHistory, Verdict, judge

TODAY = "2008-06-01"
CALLER_LIMIT = 5


def registration(state: CodeState = CodeState.ACTIVATED, expires_on: str = "") -> Registration:
    return Registration(code="81234560000000011974", state=state, expires_on=expires_on)


def history(
    *, first_by_me: bool = True, callers: int = 1, mine_before: int = 0, settled_before: int = 0
) -> CodeHistory:
    queries = callers + mine_before
    return CodeHistory(1, 1_212_000_000.0, first_by_me, queries, callers, mine_before, settled_before)


EVERY_HISTORY = [
    history(first_by_me=mine, callers=callers, mine_before=before, settled_before=settled)
    for mine, callers, before, settled in product((True, False), (1, 2, 5, 6, 1000), (0, 1, 3), (0, 1, 3))
    if settled <= before and (mine or callers > 1)
]

STATE_VERDICTS = [
    (CodeState.UNKNOWN, Verdict.UNKNOWN),
    (CodeState.CANCELLED, Verdict.CANCELLED),
    (CodeState.STOLEN, Verdict.CANCELLED),
    (CodeState.RECALLED, Verdict.RECALLED),
    (CodeState.ISSUED, Verdict.NOT_ACTIVATED),
    (CodeState.PRINTED, Verdict.NOT_ACTIVATED),
    (CodeState.EXPIRED, Verdict.EXPIRED),
]


def test_the_table_of_states_misses_only_the_active_one() -> None:
    assert {state for state, _ in STATE_VERDICTS} == set(CodeState) - {CodeState.ACTIVATED}


@pytest.mark.parametrize(("state", "verdict"), STATE_VERDICTS)
@pytest.mark.parametrize("expires_on", ["", "2000-01-01", TODAY, "2099-12-31"])
def test_a_code_that_is_not_active_is_judged_by_its_state_whoever_asked(
    state: CodeState, verdict: Verdict, expires_on: str
) -> None:
    for asked in EVERY_HISTORY:
        assert judge(registration(state, expires_on), asked, TODAY, CALLER_LIMIT) is verdict


@pytest.mark.parametrize("expires_on", ["2008-05-31", "2007-12-31", "0001-01-01"])
def test_an_active_code_past_its_last_good_day_is_expired_whoever_asked(expires_on: str) -> None:
    for asked in EVERY_HISTORY:
        assert judge(registration(expires_on=expires_on), asked, TODAY, CALLER_LIMIT) is Verdict.EXPIRED


@pytest.mark.parametrize("expires_on", ["", TODAY, "2008-06-02", "2009-01-01", "9999-12-31"])
def test_the_last_good_day_is_good(expires_on: str) -> None:
    assert judge(registration(expires_on=expires_on), history(), TODAY, CALLER_LIMIT) is Verdict.FIRST


ACTIVE_TABLE = [
    # first by me, distinct callers, my earlier queries, of those settled -> verdict
    (True, 1, 0, 0, Verdict.FIRST),
    (True, 1, 1, 0, Verdict.FIRST),  # a retry gets what the first try got
    (True, 1, 3, 0, Verdict.FIRST),
    (True, 2, 1, 0, Verdict.FIRST),  # also when others asked in between
    (True, 6, 1, 0, Verdict.FIRST),
    (True, 1, 1, 1, Verdict.REPEATED_SAME),
    (True, 1, 3, 1, Verdict.REPEATED_SAME),
    (True, 2, 1, 1, Verdict.REPEATED_SAME),
    (True, 5, 1, 1, Verdict.REPEATED_SAME),
    (True, 6, 1, 1, Verdict.OVER_LIMIT),
    (False, 2, 0, 0, Verdict.REPEATED_OTHER),
    (False, 2, 1, 0, Verdict.REPEATED_OTHER),
    (False, 2, 1, 1, Verdict.REPEATED_OTHER),  # asking again does not take the warning back
    (False, 5, 3, 3, Verdict.REPEATED_OTHER),
    (False, 6, 0, 0, Verdict.OVER_LIMIT),
    (False, 6, 1, 0, Verdict.OVER_LIMIT),
    (False, 1000, 3, 3, Verdict.OVER_LIMIT),
]


@pytest.mark.parametrize(("first_by_me", "callers", "mine", "settled", "verdict"), ACTIVE_TABLE)
def test_an_active_code_is_judged_by_who_asked_before(
    first_by_me: bool, callers: int, mine: int, settled: int, verdict: Verdict
) -> None:
    asked = history(first_by_me=first_by_me, callers=callers, mine_before=mine, settled_before=settled)
    assert judge(registration(), asked, TODAY, CALLER_LIMIT) is verdict


def test_every_history_of_an_active_code_gets_one_of_the_four_verdicts_of_active_codes() -> None:
    active = {Verdict.FIRST, Verdict.REPEATED_SAME, Verdict.REPEATED_OTHER, Verdict.OVER_LIMIT}
    assert {judge(registration(), asked, TODAY, CALLER_LIMIT) for asked in EVERY_HISTORY} == active


def test_only_the_first_caller_is_ever_told_first() -> None:
    for asked in EVERY_HISTORY:
        told_first = judge(registration(), asked, TODAY, CALLER_LIMIT) is Verdict.FIRST
        assert not told_first or asked.first_by_me
