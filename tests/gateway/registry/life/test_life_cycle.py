"""The life of a code goes one way."""

from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.registration import CodeState
from gateway.registry.life.life_cycle import (
    MOVES,
    Stretch,
    approvals_needed,
    beyond,
    gap_in,
    merged,
    move_refusal,
    without,
)

stretches = st.builds(lambda first, more: Stretch(first, first + more), st.integers(0, 60), st.integers(0, 10))


def test_no_state_can_be_reached_again() -> None:
    assert all(state not in beyond(state) for state in MOVES)


def test_every_state_but_unknown_is_on_the_way() -> None:
    assert set(MOVES) == set(CodeState) - {CodeState.UNKNOWN}
    assert beyond(CodeState.ISSUED) == set(MOVES) - {CodeState.ISSUED}


@pytest.mark.parametrize(("state", "target"), list(product(MOVES, CodeState)))
def test_a_move_is_allowed_or_refused_with_its_reason(state: CodeState, target: CodeState) -> None:
    refusal = move_refusal(state, target)
    assert (refusal is None) == (target in MOVES[state])
    assert refusal is None or "no step" in str(refusal) or state.value in str(refusal)


def test_a_refusal_says_what_has_to_come_first() -> None:
    too_early = move_refusal(CodeState.ISSUED, CodeState.ACTIVATED)
    assert str(too_early) == (
        "the codes do not become activated: they are issued, and only what is printed can become activated"
    )
    again = move_refusal(CodeState.RECALLED, CodeState.RECALLED)
    assert str(again) == "the codes do not become recalled: they are recalled already"


def places(of: list[Stretch]) -> set[int]:
    return {place for each in of for place in range(each.first, each.last + 1)}


@given(st.lists(stretches))
def test_merging_keeps_every_place_and_leaves_no_neighbours(given_stretches: list[Stretch]) -> None:
    joined = merged(given_stretches)
    assert places(joined) == places(given_stretches)
    assert all(one.last + 1 < other.first for one, other in pairwise(joined))


@given(stretches, st.lists(stretches))
def test_a_gap_is_the_first_run_of_places_that_nothing_covers(stretch: Stretch, others: list[Stretch]) -> None:
    covering = merged(others)
    missing = sorted(places([stretch]) - places(covering))
    gap = gap_in(stretch, covering)
    if gap is None:
        assert not missing
    else:
        assert gap.first == missing[0]
        assert places([gap]) <= set(missing)
        assert gap.last + 1 not in missing


def test_above_the_limit_two_persons_approve() -> None:
    assert [approvals_needed(quantity, 100) for quantity in (1, 100, 101)] == [1, 1, 2]


@given(stretches, st.sets(st.integers(0, 80)))
def test_what_is_taken_out_is_out_and_all_else_stays(stretch: Stretch, taken_out: set[int]) -> None:
    left = without(stretch, sorted(taken_out))
    assert places(left) == places([stretch]) - taken_out
    assert merged(left) == left
