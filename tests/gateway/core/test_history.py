from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.core.history import ASKERS_KEPT, Asker, KnownAskers, history_of, known_askers, settled
from gateway.core.verdicts import CodeHistory

RETRY_SECONDS = 600.0


def asker(uid: int, caller: str = "a", answered_after: float | None = 1.0) -> Asker:
    at = float(uid)
    return Asker(uid, caller, at, None if answered_after is None else at + answered_after)


def test_who_asks_for_a_code_that_nobody_asked_for_is_first() -> None:
    assert history_of(KnownAskers(), 7, "a", 7.0, RETRY_SECONDS) == CodeHistory(7, 7.0, True, 1, 1)


def test_a_query_that_the_log_already_holds_is_not_counted_twice() -> None:
    without = history_of(known_askers([asker(1)]), 5, "b", 5.0, RETRY_SECONDS)
    listed = history_of(known_askers([asker(1), asker(5, "b", None)]), 5, "b", 5.0, RETRY_SECONDS)
    assert without == listed == CodeHistory(1, 1.0, False, 2, 2)


def test_the_earliest_arrival_is_first_in_whatever_order_they_are_read() -> None:
    known = known_askers([asker(9, "c"), asker(3, "b"), asker(5)])
    assert history_of(known, 3, "b", 3.0, RETRY_SECONDS).first_by_me
    assert not history_of(known, 5, "a", 5.0, RETRY_SECONDS).first_by_me


def test_a_query_older_than_all_that_is_known_is_first() -> None:
    assert history_of(known_askers([asker(9, "c")]), 3, "b", 3.0, RETRY_SECONDS).first_uid == 3


def test_an_earlier_query_is_settled_once_its_answer_is_old_enough() -> None:
    known = known_askers([asker(100, answered_after=50.0)])
    retry = history_of(known, 700, "a", 700.0, RETRY_SECONDS)
    later = history_of(known, 750, "a", 750.0, RETRY_SECONDS)
    assert (retry.mine_before, retry.settled_before) == (1, 0)
    assert (later.mine_before, later.settled_before) == (1, 1)


def test_a_query_that_waits_for_its_answer_is_never_settled() -> None:
    assert not settled(None, 1e12, RETRY_SECONDS)


def test_beyond_what_is_kept_queries_are_counted_only() -> None:
    known = known_askers(asker(uid, f"c{uid}") for uid in range(ASKERS_KEPT + 50))
    assert (len(known.askers), known.queries, known.callers) == (ASKERS_KEPT, ASKERS_KEPT + 50, ASKERS_KEPT + 50)


askers = st.lists(
    st.builds(asker, st.integers(1, 60), st.sampled_from("abcd"), st.none() | st.floats(0, 2000)),
    max_size=20,
    unique_by=lambda each: each.uid,
)


@given(askers)
def test_exactly_one_of_all_queries_is_first(everyone: list[Asker]) -> None:
    known = known_askers(everyone)
    firsts = [
        a.uid for a in everyone if history_of(known, a.uid, a.caller, a.arrived_at, RETRY_SECONDS).first_uid == a.uid
    ]
    assert firsts == ([min(a.uid for a in everyone)] if everyone else [])


@given(askers, st.integers(61, 120), st.sampled_from("abcd"))
def test_the_counts_agree_with_one_another(everyone: list[Asker], uid: int, caller: str) -> None:
    history = history_of(known_askers(everyone), uid, caller, float(uid), RETRY_SECONDS)
    assert 1 <= history.callers <= history.queries <= len(everyone) + 1
    assert 0 <= history.settled_before <= history.mine_before < history.queries
    assert history.first_at <= uid
