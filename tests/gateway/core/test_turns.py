"""An auto-responder is answered a few times, then no more."""

from gateway.core.turns import Turns


def test_the_fourth_reply_within_the_window_is_refused() -> None:
    turns = Turns(limit=3, window_seconds=3600.0)
    assert [turns.take("a", at) for at in (0.0, 1.0, 2.0, 3.0)] == [True, True, True, False]


def test_a_new_window_gives_new_turns() -> None:
    turns = Turns(limit=1, window_seconds=3600.0)
    assert turns.take("a", 0.0)
    assert not turns.take("a", 3599.0)
    assert turns.take("a", 3600.0)


def test_callers_do_not_share_turns() -> None:
    turns = Turns(limit=1)
    assert turns.take("a", 0.0)
    assert turns.take("b", 0.0)


def test_memory_is_bounded_by_forgetting_who_was_silent_longest() -> None:
    turns = Turns(limit=1, capacity=2)
    for caller in "abc":
        turns.take(caller, 0.0)
    assert turns.take("a", 1.0)
    assert not turns.take("c", 1.0)
