"""Uids sort by arrival and never repeat."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.errors import SettingsFault
from gateway.core.uid import EPOCH_SECONDS, UidSequence, arrival_bound

instants = st.floats(EPOCH_SECONDS + 1, EPOCH_SECONDS + 60 * 365 * 86_400.0)


@given(st.lists(instants, min_size=1, max_size=50), st.integers(0, 1023))
def test_uids_increase_even_when_the_clock_steps_back(times: list[float], node: int) -> None:
    sequence = UidSequence(node)
    uids = [sequence.next(at) for at in times]
    assert uids == sorted(set(uids))
    assert all(0 < uid < 1 << 63 for uid in uids)


def test_more_uids_than_one_millisecond_holds_borrow_from_the_next() -> None:
    sequence = UidSequence()
    uids = [sequence.next(EPOCH_SECONDS + 5.0) for _ in range(10_000)]
    assert len(set(uids)) == 10_000


def test_a_sequence_goes_on_after_the_last_uid_of_an_earlier_process() -> None:
    last = UidSequence(3).next(EPOCH_SECONDS + 100.0)
    assert UidSequence(3, last).next(EPOCH_SECONDS + 50.0) > last


@given(instants)
def test_arrival_bound_divides_earlier_from_later(at: float) -> None:
    assert UidSequence(0).next(at) >= arrival_bound(at)
    assert UidSequence(1023).next(at - 0.002) < arrival_bound(at)


def test_a_node_outside_its_bits_is_refused() -> None:
    with pytest.raises(SettingsFault, match="0 to 1023"):
        UidSequence(1024)
