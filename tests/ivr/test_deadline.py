"""A deadline is reached when it was last moved to, and never after it was lifted."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock

from ivr.deadline import Deadline


@given(st.lists(st.one_of(st.none(), st.floats(0.1, 9.0)), min_size=1, max_size=20), st.floats(0.01, 0.09))
def test_moved_or_lifted_any_number_of_times_it_is_reached_at_its_last_instant(
    moves: list[float | None], between: float
) -> None:
    clock = Clock()
    reached: list[float] = []
    deadline = Deadline(clock, lambda: reached.append(clock.seconds()))
    for seconds in moves:
        clock.advance(between)
        if seconds is None:
            deadline.lift()
        else:
            deadline.move(seconds)
        moved_at = clock.seconds()
    last = moves[-1]
    for _ in range(2000):
        clock.advance(0.01)
    if last is None:
        assert reached == []
    else:
        assert len(reached) == 1
        assert moved_at + last - 1e-9 <= reached[0] <= moved_at + last + 0.02
    assert clock.getDelayedCalls() == []


def test_ended_it_leaves_no_timer() -> None:
    clock = Clock()
    deadline = Deadline(clock, lambda: None)
    deadline.move(5.0)
    deadline.move(1.0)
    assert len(clock.getDelayedCalls()) == 1
    deadline.end()
    assert clock.getDelayedCalls() == []
