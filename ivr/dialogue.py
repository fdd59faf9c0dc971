"""The conversation: state x what was heard -> what is said and done next.  Pure.

Read `TABLE` beside the script (templates/voice/<language>/script.toml): each row names the function that says which
sentences come next.  Every function returns the new state and its actions; the last action is the one to wait for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ivr import steps
from ivr.desk import SpokenAnswer
from ivr.entry import Heard
from ivr.talk import AskCode, Line, State, Talk, Turn


def begin(talk: Talk) -> Turn:
    """The first words of a call."""
    return talk, (AskCode((Line("greeting"), Line("language_offer"), Line("ask_code"))),)


def turn(talk: Talk, heard: Heard, code: str = "", answer: SpokenAnswer | None = None) -> Turn:
    """What follows.  `code` comes with CODE, `answer` with KNOWN and MISSED.

    Raises KeyError for something that cannot be heard in this state: a fault of the caller of this function.
    """
    if heard is Heard.CODE:
        talk = replace(talk, code=code)
    if answer is not None:
        talk = replace(talk, answer=answer)
    return TABLE[talk.state, heard](talk)


ENTRY, MENU, BACK = State.ENTRY, State.MENU, State.READING_BACK
LOOKING, SETTLING, TEXTING = State.LOOKING_UP, State.SETTLING, State.TEXTING
RECORDING, REPORTING = State.RECORDING, State.REPORTING

TABLE: dict[tuple[State, Heard], Callable[[Talk], Turn]] = {
    # "please enter the code ..."
    (ENTRY, Heard.CODE): steps.look_up,
    (ENTRY, Heard.SHORT): steps.retry("too_short", heard_out=True),
    (ENTRY, Heard.LONG): steps.retry("too_long", heard_out=True),
    (ENTRY, Heard.SILENCE): steps.retry("no_keys"),
    (ENTRY, Heard.HASH): steps.retry("no_keys"),
    (ENTRY, Heard.CLEARED): steps.cleared,
    (ENTRY, Heard.STAR): steps.entry_in_other_language,
    (ENTRY, Heard.ZERO): steps.agent_at_entry,
    (ENTRY, Heard.NINE): steps.record,
    (ENTRY, Heard.TIME_UP): steps.time_up,
    # the desk looks it up
    (LOOKING, Heard.KNOWN): steps.say_answer,
    (LOOKING, Heard.MISSED): steps.read_back,
    (LOOKING, Heard.FAILED): steps.unavailable,
    # "you entered ...  Right: 1.  Enter it again: 2 or *."  `*` clears here as it does in the entry.
    (BACK, Heard.ONE): steps.confirm,
    (BACK, Heard.TWO): steps.correct,
    (BACK, Heard.HASH): steps.read_back_retry(whole=True),
    (BACK, Heard.SILENCE): steps.read_back_retry(),
    (BACK, Heard.OTHER): steps.read_back_retry("wrong_key"),
    (BACK, Heard.THREE): steps.read_back_retry("wrong_key"),
    (BACK, Heard.NINE): steps.read_back_retry("wrong_key"),
    (BACK, Heard.STAR): steps.correct,
    (BACK, Heard.ZERO): steps.agent_at_read_back,
    (BACK, Heard.TIME_UP): steps.time_up_at_read_back,
    (SETTLING, Heard.KNOWN): steps.say_answer,
    (SETTLING, Heard.MISSED): steps.say_answer,
    (SETTLING, Heard.FAILED): steps.unavailable,
    # the verdict, then "again: 1, another code: 2, ..."
    (MENU, Heard.ONE): steps.again,
    (MENU, Heard.TWO): steps.ask_code,
    (MENU, Heard.THREE): steps.text_result,
    (MENU, Heard.NINE): steps.record,
    (MENU, Heard.ZERO): steps.agent_at_menu,
    (MENU, Heard.STAR): steps.menu_in_other_language,
    (MENU, Heard.OTHER): steps.menu_retry("wrong_key"),
    (MENU, Heard.SILENCE): steps.menu_retry(),
    (MENU, Heard.HASH): steps.answer_retry,
    (MENU, Heard.TIME_UP): steps.time_up,
    # "this is recorded ... after the tone"
    (RECORDING, Heard.RECORDED): steps.report,
    (RECORDING, Heard.NOTHING): steps.after_fault("nothing_recorded"),
    (REPORTING, Heard.DONE): steps.after("report_thanks"),
    (REPORTING, Heard.FAILED): steps.after_fault("report_failed"),
    (TEXTING, Heard.DONE): steps.texted,
    (TEXTING, Heard.FAILED): steps.after_fault("not_texted"),
    # the caller may hang up anywhere
    **{(state, Heard.HUNG_UP): steps.hung_up for state in State if state is not BACK},
    (BACK, Heard.HUNG_UP): steps.hung_up_at_read_back,
}
