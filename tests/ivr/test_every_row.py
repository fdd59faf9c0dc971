"""The whole dialogue table is walked by scripted callers in virtual time, who hang up after any command, too."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr import dialogue
from ivr.desk import SpokenAnswer
from ivr.dialogue import TABLE
from ivr.entry import Heard
from ivr.talk import State, Talk, Turn
from tests.ivr.fake_desk import FAILING, FIRST, TEXTED, UNKNOWN
from tests.ivr.scripted_call import HANG_UP, ScriptedCall

F, T, U = FIRST + "#", TEXTED + "#", UNKNOWN + "#"
TOO_LATE = "too late"
# Entries, agents, and for how much of the desk it fails.
SCRIPTS: dict[str, tuple[list[str], str, str]] = {
    "entry": (["812#", FIRST, "+9", "8*", F], "closed", ""),
    "silence": (["", "#", ""], "closed", ""),
    "star": (["*#", "0#", HANG_UP], "closed", ""),
    "person at entry": (["0#"], "open", ""),
    "read back": ([U, "#", "", U], "closed", ""),
    "read back, other keys": ([U, "5", "3", "9"], "closed", ""),
    "read back, corrections": ([U, "*", U, "2", U, "1", "2", U, "0", F], "closed", ""),
    "read back, person": ([U, "0"], "open", ""),
    "menu": ([F, "1", "1", "2", F, "*", "5", "", "#"], "closed", ""),
    "menu, person": ([F, "0"], "open", ""),
    "menu, nobody": ([F, "0", "2", F], "closed", ""),
    "texting": ([T, "3", "3", HANG_UP], "closed", ""),
    "report": ([F, "9", "#", "9", "nothing", "9", "#", "9"], "closed", ""),
    "report without a code": (["9#", "#", "9#", "nothing", "9#", "#", "9#", F], "closed", ""),
    "desk away": ([FAILING + "#", "2", FAILING + "#"], "closed", ""),
    "settling fails": ([U, "1", HANG_UP], "closed", "settle_miss"),
    "settling finds it unknown again": ([U, "1", HANG_UP], "closed", "read back again"),
    "report fails": ([F, "9", "#", HANG_UP], "closed", "report"),
    "texting fails": ([T, "3", HANG_UP], "closed", "text_result"),
    "time up at entry": (["812#", TOO_LATE, ""], "closed", ""),
    "time up at the menu": ([F, TOO_LATE, "1"], "closed", ""),
    "time up at the read-back": ([U, TOO_LATE, "1"], "closed", ""),
}

DESK = {
    State.LOOKING_UP: ([F], "look_up"),
    State.SETTLING: ([U, "1"], "settle_miss"),
    State.REPORTING: ([F, "9", "#"], "report"),
    State.TEXTING: ([T, "3"], "text_result"),
}


class Walk:
    """Runs scripts and notes each row of the table that was taken."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rows: set[tuple[State, Heard]] = set()
        turn = dialogue.turn

        def noted(talk: Talk, heard: Heard, code: str = "", answer: SpokenAnswer | None = None) -> Turn:
            self.rows.add((talk.state, heard))
            return turn(talk, heard, code, answer)

        monkeypatch.setattr(dialogue, "turn", noted)

    def run(self, name: str, folder: Path, commands: int = 10_000) -> ScriptedCall:
        entries, agents, failing = SCRIPTS[name]
        call = ScriptedCall(entries, folder, agents, commands)
        if failing == "read back again":
            call.desk.settled = SpokenAnswer("unknown", read_back=True)
        elif failing:
            call.desk.failing = failing
        call.late_at = TOO_LATE
        return call.run()


def test_scripted_callers_take_every_row_of_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    walk = Walk(monkeypatch)
    for name in SCRIPTS:
        walk.run(name, tmp_path)
        for commands in range(1, 60):
            if walk.run(name, tmp_path, commands).commands < commands:
                break
    while_the_desk_works = {(state, Heard.HUNG_UP) for state in DESK}  # below
    assert set(TABLE) - walk.rows - while_the_desk_works == set()


@pytest.mark.parametrize("name", SCRIPTS)
def test_hanging_up_after_any_command_of_any_script_leaves_one_record_and_nothing_open(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    walk = Walk(monkeypatch)
    whole = walk.run(name, tmp_path)
    for commands in range(whole.commands + 1):
        call = walk.run(name, tmp_path, commands)
        assert call.clock.getDelayedCalls() == []
        assert [what for what, _ in call.desk.events].count("ended") == 1
        looked_up = call.desk.events.count(("look_up", UNKNOWN))
        settled = [what for what, about in call.desk.events if about == UNKNOWN and what not in ("look_up", "report")]
        assert len(settled) == looked_up


@pytest.mark.parametrize("state", DESK)
def test_hanging_up_while_the_desk_works_is_recorded_where_it_happened(tmp_path: Path, state: State) -> None:
    entries, never_answers = DESK[state]
    call = ScriptedCall(entries, tmp_path)
    call.desk.never_answers = never_answers
    while not call.desk.asked_in_vain:
        call.step()
    call.connection.connectionLost()
    call.clock.advance(30)
    assert call.desk.records[0].step == state
    assert call.desk.records[0].ending == "hung_up"
    assert call.clock.getDelayedCalls() == []
