"""Callers who wait: they hear something within two seconds, and what comes too late for them is still settled."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ivr.fake_desk import FIRST, PENDING, UNKNOWN, answer_for
from tests.ivr.scripted_call import HANG_UP, MENU, ScriptedCall


def test_a_miss_that_comes_late_is_settled_for_its_own_code_and_not_for_the_next_one(tmp_path: Path) -> None:
    scripted = ScriptedCall([PENDING + "#", "2", FIRST + "#", HANG_UP], tmp_path)
    while ("look_up", FIRST) not in scripted.desk.events:
        scripted.step()
    scripted.desk.pending[0].callback(answer_for(UNKNOWN))
    scripted.run()
    assert scripted.desk.events == [
        ("look_up", PENDING),
        ("look_up", FIRST),
        ("abandoned", PENDING),
        ("ended", "hung_up/menu/zh"),
    ]


@pytest.mark.parametrize("hash_key", ["", "#"])
def test_who_waits_is_asked_to_wait_within_two_seconds_of_the_last_key(tmp_path: Path, hash_key: str) -> None:
    scripted = ScriptedCall([PENDING + hash_key], tmp_path)
    while b"please_wait" not in scripted.transport.value():
        scripted.step()
    assert 1.0 <= scripted.clock.seconds() - scripted.last_key_at <= 2.0
    scripted.connection.connectionLost()


@pytest.mark.parametrize("look_up_seconds", [0.0, 1.25])
def test_who_waits_for_a_name_to_be_spoken_hears_something_within_two_seconds(
    tmp_path: Path, look_up_seconds: float
) -> None:
    scripted = ScriptedCall([PENDING, HANG_UP], tmp_path)
    scripted.speech.late = "verdict"
    while not scripted.desk.pending:
        scripted.step()
    answered_at = scripted.clock.seconds() + look_up_seconds
    while scripted.clock.seconds() < answered_at:
        scripted.step()
    scripted.desk.pending[0].callback(answer_for(FIRST))
    scripted.run()
    assert scripted.said[-1] == f"zh/verdict_first+{MENU}"
    assert scripted.said_at[1] - scripted.last_key_at <= 2.0
    assert scripted.clock.getDelayedCalls() == []
