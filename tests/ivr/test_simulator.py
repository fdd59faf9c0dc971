"""The simulated telephone answers as Asterisk does."""

from __future__ import annotations

from pathlib import Path

from ivr import recordings
from ivr.simulator import HungUp, SimulatedPhone


def phone(*entries: str) -> tuple[SimulatedPhone, list[str]]:
    waiting, heard = list(entries), list[str]()

    def keys() -> str:
        if not waiting:
            raise HungUp
        return waiting.pop(0)

    return SimulatedPhone(keys, heard.append), heard


def test_keys_are_read_as_application_read_does() -> None:
    caller, heard = phone("8123#", "12", "")
    for most, expected in ((20, "OK:8123"), (1, "OK:1"), (20, "TIMEOUT:")):
        assert caller.answer(f'EXEC "Read" "K,/p/ask,{most},,,"') == "200 result=0"
        assert caller.answer('GET FULL VARIABLE "${READSTATUS}:${K}"') == f"200 result=1 ({expected})"
    assert heard == ["/p/ask"] * 3


def test_after_hanging_up_commands_get_511() -> None:
    caller, _ = phone()
    assert caller.answer('EXEC "Read" "K,,1,,,"') == "HANGUP\n200 result=-1"
    assert caller.answer("ANSWER").startswith("511")


def test_a_recording_is_a_wav_file(tmp_path: Path) -> None:
    caller, _ = phone("something", "")
    assert "endpos=24000" in caller.answer(f'RECORD FILE "{tmp_path}/r" "wav" "#" 1000 s=6')
    assert (tmp_path / "r.wav").stat().st_size == 44 + 48_000
    assert recordings.kept_seconds(tmp_path / "r.wav", 1.0) == 3.0  # a word for those who listen for one
    caller.answer(f'RECORD FILE "{tmp_path}/r" "wav" "#" 1000 s=6')
    assert recordings.kept_seconds(tmp_path / "r.wav", 1.0) == 0.0


def test_other_commands_are_answered_as_documented() -> None:
    caller, heard = phone()
    assert caller.answer("ANSWER") == "200 result=0"
    assert caller.answer('STREAM FILE "/p/x" ""') == "200 result=0 endpos=8000"
    assert caller.answer("CHANNEL STATUS") == "200 result=6"
    assert caller.answer('SET VARIABLE "A" "b"') == "200 result=1"
    assert caller.answer("NONSENSE").startswith("510")
    assert (heard, caller.variables) == (["/p/x"], {"A": "b"})
