"""What the monitor is told of calls, and warnings that cannot fill a disk."""

from __future__ import annotations

from ivr.complaints import Complaints
from ivr.tally import CallTally, VoiceStatus


def test_endings_are_told_by_what_they_mean() -> None:
    tally = CallTally()
    for ending in ("finished", "agent", "capped", "hung_up", "no_input", "drained", "failed"):
        tally.begun(0.0)
        tally.ended(ending, missing_prompts=1)
    tally.timed_out()
    tally.refused_busy()
    tally.refused_peer()
    assert tally.status(0.0, calls=0, calls_limit=9) == VoiceStatus(
        calls_limit=9,
        begun_last_minute=7,
        begun=7,
        finished=3,
        hung_up=1,
        silent=1,
        drained=1,
        failed=1,
        timed_out=1,
        refused_busy=1,
        refused_peers=1,
        missing_prompts=7,
    )


def test_the_last_minute_forgets_what_is_older() -> None:
    tally = CallTally()
    for second in range(200):
        tally.begun(second + 0.5)
        tally.begun(second + 0.7)
    assert tally.status(199.9, 2, 9).begun_last_minute == 120
    assert tally.status(229.9, 2, 9).begun_last_minute == 60
    assert tally.status(900.0, 2, 9).begun_last_minute == 0
    assert tally.status(900.0, 2, 9).begun == 400


def test_a_repeated_warning_is_said_at_once_and_then_once_a_minute_with_its_number() -> None:
    complaints = Complaints()
    told = [complaints.count("flood", 0.01 * number) for number in range(12_002)]
    assert [count for count in told if count] == [1, 6000, 6000]
    assert complaints.count("another", 61.0) == 1
