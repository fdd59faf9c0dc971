"""The dialogue's table: complete, closed, and every sentence in every language."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr import dialogue
from ivr.desk import SpokenAnswer
from ivr.dialogue import TABLE
from ivr.entry import Heard, Keyed, read_entry, read_key
from ivr.speech import load_scripts
from ivr.talk import AskCode, AskKey, End, FileReport, LookUp, Record, Rules, Say, Settle, State, Talk, TextResult

SENTENCES = set(load_scripts(Path(__file__).resolve().parents[2] / "templates" / "voice")["zh"].sentences)
ENTRY_HEARD = {
    Heard.CODE, Heard.SHORT, Heard.LONG, Heard.CLEARED, Heard.SILENCE, Heard.HASH, Heard.STAR, Heard.ZERO, Heard.NINE,
}  # fmt: skip
KEY_HEARD = {
    Heard.ONE, Heard.TWO, Heard.THREE, Heard.NINE, Heard.OTHER, Heard.SILENCE, Heard.HASH, Heard.STAR, Heard.ZERO,
}  # fmt: skip
HEARD = {
    State.ENTRY: ENTRY_HEARD | {Heard.TIME_UP},
    State.MENU: KEY_HEARD | {Heard.TIME_UP},
    State.READING_BACK: KEY_HEARD | {Heard.TIME_UP},
    State.LOOKING_UP: {Heard.KNOWN, Heard.MISSED, Heard.FAILED},
    State.SETTLING: {Heard.KNOWN, Heard.MISSED, Heard.FAILED},
    State.RECORDING: {Heard.RECORDED, Heard.NOTHING},
    State.REPORTING: {Heard.DONE, Heard.FAILED},
    State.TEXTING: {Heard.DONE, Heard.FAILED},
    State.ENDED: set(),
}
WAITS_FOR = {
    State.ENTRY: AskCode,
    State.MENU: AskKey,
    State.READING_BACK: AskKey,
    State.LOOKING_UP: LookUp,
    State.SETTLING: Settle,
    State.RECORDING: Record,
    State.REPORTING: FileReport,
    State.TEXTING: TextResult,
    State.ENDED: End,
}
CODE = "81234567890123456781"


def test_the_table_has_a_row_for_everything_that_can_be_heard_and_no_other() -> None:
    assert set(TABLE) == {(state, heard) for state in State for heard in HEARD[state] | {Heard.HUNG_UP}}


@pytest.mark.parametrize(("state", "heard"), [key for key in TABLE if key[1] is not Heard.HUNG_UP])
@pytest.mark.parametrize("agents_open", [True, False])
@pytest.mark.parametrize("tries", [0, 2])
def test_each_row_ends_with_what_its_new_state_waits_for(
    state: State, heard: Heard, agents_open: bool, tries: int
) -> None:
    answer = SpokenAnswer("first", texting=True)
    talk = Talk(Rules(), agents_open=agents_open, state=state, tries=tries, code=CODE, answer=answer)
    after, actions = dialogue.turn(talk, heard, CODE)
    assert isinstance(actions[-1], WAITS_FOR[after.state])
    for action in actions:
        if isinstance(action, Say | AskCode | AskKey):
            assert {line.key for line in action.lines} <= SENTENCES


@given(st.lists(st.sampled_from(list(Heard)), max_size=60), st.booleans())
def test_no_conversation_exceeds_its_caps(events: list[Heard], agents_open: bool) -> None:
    talk, actions = dialogue.begin(Talk(Rules(), agents_open=agents_open))
    for number, heard in enumerate(events):
        if (talk.state, heard) in TABLE and talk.state is not State.ENDED:
            answer = SpokenAnswer("unknown", read_back=True) if heard is Heard.MISSED else SpokenAnswer("first")
            given_answer = answer if heard in (Heard.MISSED, Heard.KNOWN) else None
            code = f"8{number:019}" if heard is Heard.CODE else ""
            talk, actions = dialogue.turn(talk, heard, code, given_answer)
            assert talk.queries <= Rules().queries_per_call
            assert talk.reports <= Rules().reports_per_call
            assert actions


@pytest.mark.parametrize(
    ("keys", "finished", "heard"),
    [
        ("", False, Heard.SILENCE),
        ("", True, Heard.HASH),
        ("*", True, Heard.STAR),
        ("12*", False, Heard.CLEARED),
        ("**", True, Heard.CLEARED),
        ("0", True, Heard.ZERO),
        ("1*0", True, Heard.ZERO),
        ("9", True, Heard.NINE),
        (CODE, False, Heard.CODE),
        ("99*" + CODE, True, Heard.CODE),
        (CODE[:16], True, Heard.CODE),
        (CODE[:17], True, Heard.SHORT),
        (CODE + "1", True, Heard.LONG),
    ],
)
def test_an_entry_is_understood(keys: str, finished: bool, heard: Heard) -> None:
    assert read_entry(Keyed(keys, finished), (20, 16)) is heard


def test_a_key_is_understood() -> None:
    assert read_key(Keyed("1", True)) is Heard.ONE
    assert read_key(Keyed("5", True)) is Heard.OTHER
    assert read_key(Keyed("", True)) is Heard.HASH
    assert read_key(Keyed("", False)) is Heard.SILENCE


def test_a_code_over_the_query_cap_is_not_asked_for() -> None:
    talk = Talk(Rules(queries_per_call=1), state=State.MENU, queries=1, answer=SpokenAnswer("first"))
    after, actions = dialogue.turn(talk, Heard.TWO)
    assert (after.ending, type(actions[-1])) == ("capped", End)
