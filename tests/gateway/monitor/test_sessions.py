"""Sessions: their ends, their bounds, and that a token is nothing that one could guess."""

from __future__ import annotations

from unittest import mock

from hypothesis import given
from hypothesis import strategies as st

from gateway.monitor import sessions as module
from gateway.monitor.sessions import MAX_SESSIONS_PER_USER, Sessions

IDLE, WHOLE = 600.0, 3600.0


def begun() -> tuple[Sessions, str]:
    sessions = Sessions(IDLE, WHOLE)
    return sessions, sessions.begin("otto", "stamp", 1000.0)


def test_a_session_is_found_until_it_was_idle_too_long() -> None:
    sessions, token = begun()
    found = sessions.find(token, 1599.9)
    assert found is not None
    assert (found.user, found.stamp, found.began_at) == ("otto", "stamp", 1000.0)
    assert sessions.find(token, 1600.0) is None
    assert len(sessions) == 0


def test_use_prolongs_a_session_but_not_beyond_its_absolute_end() -> None:
    sessions, token = begun()
    for now in range(1000, 4600, 500):
        assert sessions.find(token, now) is not None
        sessions.touch(token, now)
    assert sessions.find(token, 4600.0) is None


def test_looking_at_a_session_does_not_prolong_it() -> None:
    sessions, token = begun()
    assert sessions.find(token, 1599.0) is not None
    assert sessions.find(token, 1601.0) is None


def test_a_clock_that_was_set_back_before_the_log_in_ends_the_session() -> None:
    sessions, token = begun()
    assert sessions.find(token, 999.0) is None


def test_an_ended_session_is_gone_and_ending_twice_does_no_harm() -> None:
    sessions, token = begun()
    sessions.end(token)
    sessions.end(token)
    sessions.touch(token, 1001.0)
    assert sessions.find(token, 1001.0) is None


def test_every_log_in_has_its_own_token_and_its_own_form_token() -> None:
    sessions = Sessions(IDLE, WHOLE)
    tokens = [sessions.begin("otto", "stamp", 1000.0) for _ in range(5)]
    found = [sessions.find(token, 1000.0) for token in tokens]
    form_tokens = {session.form_token for session in found if session}
    assert len({*tokens, *form_tokens}) == 10
    assert all(len(token) >= 43 for token in tokens)  # 256 bits in base 64


def test_of_one_users_sessions_the_one_seen_longest_ago_makes_room() -> None:
    sessions = Sessions(IDLE, WHOLE)
    other = sessions.begin("rita", "stamp", 1000.0)
    tokens = [sessions.begin("otto", "stamp", 1000.0) for _ in range(MAX_SESSIONS_PER_USER)]
    sessions.touch(tokens[0], 1001.0)
    sessions.begin("otto", "stamp", 1002.0)
    assert [sessions.find(token, 1002.0) is None for token in tokens] == [False, True] + [False] * (len(tokens) - 2)
    assert sessions.find(other, 1002.0) is not None


@given(st.lists(st.integers(0, 200), max_size=60))
def test_sessions_are_bounded_in_all(users: list[int]) -> None:
    with mock.patch.object(module, "MAX_SESSIONS", 10):
        sessions = Sessions(IDLE, WHOLE)
        tokens = [sessions.begin(f"user{user}", "stamp", 1000.0) for user in users]
        assert len(sessions) <= 10
        assert not tokens or sessions.find(tokens[-1], 1000.0) is not None
