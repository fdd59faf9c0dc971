"""The conversation: state x what was heard -> what is said and done next.  Pure.

Read `TABLE` beside the script (templates/voice/<language>/script.toml): each row names the function that says which
sentences come next.  Every function returns the new state and its actions; the last action is the one to wait for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ivr.desk import Digits, Settlement, Slot, SpokenAnswer
from ivr.entry import Heard
from ivr.talk import (
    LANGUAGES,
    AskCode,
    AskKey,
    End,
    FileReport,
    Line,
    LookUp,
    Record,
    Say,
    SetLanguage,
    Settle,
    State,
    Talk,
    TextResult,
    Turn,
)


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


# -- entry of a code ---------------------------------------------------------------------------------------------


def _ask_code(talk: Talk) -> Turn:
    talk = replace(talk, state=State.ENTRY, tries=0, answer=None, code="", again=0)
    if talk.queries >= talk.rules.queries_per_call:
        return _end(talk, "capped", Line("too_many_queries"))
    return talk, (AskCode((Line("ask_code"),)),)


def _retry(fault: str) -> Callable[[Talk], Turn]:
    """Say what was wrong, and with each try more of what a code looks like and who can help."""

    def retry(talk: Talk) -> Turn:
        talk = replace(talk, tries=talk.tries + 1)
        if talk.tries >= talk.rules.tries:
            return _give_up(talk)
        return talk, (AskCode((Line(fault), Line(f"help_{min(talk.tries, 2)}"), Line("ask_code"))),)

    return retry


def _give_up(talk: Talk) -> Turn:
    if talk.agents_open:
        return _end(talk, "agent", Line("transfer"))
    return _end(talk, "no_input", Line("try_later"))


def _cleared(talk: Talk) -> Turn:
    return talk, (AskCode((Line("cleared"),)),)


def _look_up(talk: Talk) -> Turn:
    known = next((answer for code, answer in talk.known if code == talk.code), None)
    if known is not None:
        return _say_answer(replace(talk, answer=known, again=0))
    talk = replace(talk, state=State.LOOKING_UP, queries=talk.queries + 1, tries=0, again=0)
    return talk, (LookUp(talk.code),)


# -- read-back ---------------------------------------------------------------------------------------------------


def _read_back(talk: Talk) -> Turn:
    talk = replace(talk, state=State.READING_BACK, tries=0)
    return talk, (AskKey((Line("read_back", _code_slot(talk)), Line("read_back_choice"))),)


def _read_back_choice(talk: Talk) -> Turn:
    talk = replace(talk, tries=talk.tries + 1)
    if talk.tries >= talk.rules.menu_tries:
        _, ending = _end(talk, "no_input", Line("goodbye"))
        return replace(talk, state=State.ENDED, ending="no_input"), (_settle(talk, Settlement.ABANDONED), *ending)
    return talk, (AskKey((Line("read_back_choice"),)),)


def _confirm(talk: Talk) -> Turn:
    return replace(talk, state=State.SETTLING), (Settle(talk.code, Settlement.CONFIRMED, awaited=True),)


def _correct(talk: Talk) -> Turn:
    settle = _settle(talk, Settlement.CORRECTED)
    talk, actions = _ask_code(talk)
    return talk, (settle, *actions)


def _read_back_in_other_language(talk: Talk) -> Turn:
    talk, change = _change_language(talk)
    talk, actions = _read_back(talk)
    return talk, (change, *actions)


def _agent_at_read_back(talk: Talk) -> Turn:
    settle = _settle(talk, Settlement.ABANDONED)
    talk, actions = _agent_or(talk, lambda: _ask_code(talk))
    return talk, (settle, *actions)


def _settle(talk: Talk, settlement: Settlement) -> Settle:
    return Settle(talk.code, settlement, awaited=False)


# -- the answer and its menu -------------------------------------------------------------------------------------


def _say_answer(talk: Talk) -> Turn:
    answer = talk.answer
    if answer is None:
        return _unavailable(talk)
    known = talk.known
    if answer.final and talk.code not in dict(known):
        known = (*known, (talk.code, answer))
    talk = replace(talk, state=State.MENU, tries=0, known=known)
    return talk, (AskKey((_verdict(talk), *_menu_lines(talk)), slower=talk.again > 1),)


def _unavailable(talk: Talk) -> Turn:
    return _say_answer(replace(talk, answer=SpokenAnswer("unavailable", final=False)))


def _again(talk: Talk) -> Turn:
    return _say_answer(replace(talk, again=talk.again + 1))


def _menu(talk: Talk, *before: Line) -> Turn:
    talk = replace(talk, state=State.MENU)
    return talk, (AskKey((*before, *_menu_lines(talk))),)


def _menu_retry(*before: Line) -> Callable[[Talk], Turn]:
    def retry(talk: Talk) -> Turn:
        talk = replace(talk, tries=talk.tries + 1)
        if talk.tries >= talk.rules.menu_tries:
            return _end(talk, "finished", Line("goodbye"))
        return _menu(talk, *before)

    return retry


def _menu_in_other_language(talk: Talk) -> Turn:
    talk, change = _change_language(talk)
    talk, actions = _say_answer(talk)
    return talk, (change, *actions)


def _entry_in_other_language(talk: Talk) -> Turn:
    talk, change = _change_language(talk)
    return talk, (change, AskCode((Line("ask_code"),)))


def _text_result(talk: Talk) -> Turn:
    if talk.answer is None or not talk.answer.texting:
        return _menu(talk, Line("wrong_key"))
    return replace(talk, state=State.TEXTING), (TextResult(talk.code),)


def _after(line: str) -> Callable[[Talk], Turn]:
    return lambda talk: _menu(replace(talk, tries=0), Line(line))


# -- reports -----------------------------------------------------------------------------------------------------


def _record(talk: Talk) -> Turn:
    if talk.reports >= talk.rules.reports_per_call:
        return _menu(talk, Line("too_many_reports"))
    return replace(talk, state=State.RECORDING), (Say((Line("recording_notice"),)), Record())


def _report(talk: Talk) -> Turn:
    talk = replace(talk, state=State.REPORTING, reports=talk.reports + 1)
    return talk, (FileReport(talk.code),)


# -- a person, and the end ---------------------------------------------------------------------------------------


def _agent_or(talk: Talk, otherwise: Callable[[], Turn]) -> Turn:
    if talk.agents_open:
        return _end(talk, "agent", Line("transfer"))
    talk, actions = otherwise()
    return talk, (Say((Line("agents_closed"),)), *actions)


def _agent_at_entry(talk: Talk) -> Turn:
    return _agent_or(talk, lambda: (talk, (AskCode((Line("ask_code"),)),)))


def _agent_at_menu(talk: Talk) -> Turn:
    return _agent_or(talk, lambda: _menu(talk))


def _end(talk: Talk, ending: str, *lines: Line) -> Turn:
    return replace(talk, state=State.ENDED, ending=ending), (Say(lines), End(ending))


def _time_up(talk: Talk) -> Turn:
    return _end(talk, "capped", Line("time_up"))


def _time_up_at_read_back(talk: Talk) -> Turn:
    ended, actions = _time_up(talk)
    return ended, (_settle(talk, Settlement.ABANDONED), *actions)


def _hung_up(talk: Talk) -> Turn:
    return replace(talk, ending="hung_up"), (End("hung_up"),)


def _hung_up_at_read_back(talk: Talk) -> Turn:
    return replace(talk, ending="hung_up"), (_settle(talk, Settlement.ABANDONED), End("hung_up"))


# -- words -------------------------------------------------------------------------------------------------------


def _change_language(talk: Talk) -> tuple[Talk, SetLanguage]:
    language = LANGUAGES[(LANGUAGES.index(talk.language) + 1) % len(LANGUAGES)]
    return replace(talk, language=language), SetLanguage(language)


def _verdict(talk: Talk) -> Line:
    answer = talk.answer or SpokenAnswer("unavailable", final=False)
    return Line(f"verdict_{answer.verdict}", (*answer.slots, *_code_slot(talk)))


def _code_slot(talk: Talk) -> tuple[Slot, ...]:
    return (Slot("code", Digits(talk.code)), Slot("ending", Digits(talk.code[-4:])))


def _menu_lines(talk: Talk) -> tuple[Line, ...]:
    texting = talk.answer is not None and talk.answer.texting
    return (Line("menu"), Line("menu_texting"), Line("menu_rest")) if texting else (Line("menu"), Line("menu_rest"))


ENTRY, MENU, BACK = State.ENTRY, State.MENU, State.READING_BACK
LOOKING, SETTLING, TEXTING = State.LOOKING_UP, State.SETTLING, State.TEXTING
RECORDING, REPORTING = State.RECORDING, State.REPORTING

TABLE: dict[tuple[State, Heard], Callable[[Talk], Turn]] = {
    # "please enter the code ..."
    (ENTRY, Heard.CODE): _look_up,
    (ENTRY, Heard.SHORT): _retry("too_short"),
    (ENTRY, Heard.LONG): _retry("too_long"),
    (ENTRY, Heard.SILENCE): _retry("no_keys"),
    (ENTRY, Heard.HASH): _retry("no_keys"),
    (ENTRY, Heard.CLEARED): _cleared,
    (ENTRY, Heard.STAR): _entry_in_other_language,
    (ENTRY, Heard.ZERO): _agent_at_entry,
    (ENTRY, Heard.TIME_UP): _time_up,
    # the desk looks it up
    (LOOKING, Heard.KNOWN): _say_answer,
    (LOOKING, Heard.MISSED): _read_back,
    (LOOKING, Heard.FAILED): _unavailable,
    # "you entered ...  Right: 1.  Enter it again: 2."
    (BACK, Heard.ONE): _confirm,
    (BACK, Heard.TWO): _correct,
    (BACK, Heard.HASH): _read_back_choice,
    (BACK, Heard.SILENCE): _read_back_choice,
    (BACK, Heard.OTHER): _read_back_choice,
    (BACK, Heard.THREE): _read_back_choice,
    (BACK, Heard.NINE): _read_back_choice,
    (BACK, Heard.STAR): _read_back_in_other_language,
    (BACK, Heard.ZERO): _agent_at_read_back,
    (BACK, Heard.TIME_UP): _time_up_at_read_back,
    (SETTLING, Heard.KNOWN): _say_answer,
    (SETTLING, Heard.MISSED): _say_answer,
    (SETTLING, Heard.FAILED): _unavailable,
    # the verdict, then "again: 1, another code: 2, ..."
    (MENU, Heard.ONE): _again,
    (MENU, Heard.TWO): _ask_code,
    (MENU, Heard.THREE): _text_result,
    (MENU, Heard.NINE): _record,
    (MENU, Heard.ZERO): _agent_at_menu,
    (MENU, Heard.STAR): _menu_in_other_language,
    (MENU, Heard.OTHER): _menu_retry(Line("wrong_key")),
    (MENU, Heard.SILENCE): _menu_retry(),
    (MENU, Heard.HASH): _menu_retry(),
    (MENU, Heard.TIME_UP): _time_up,
    # "this is recorded ... after the tone"
    (RECORDING, Heard.RECORDED): _report,
    (RECORDING, Heard.NOTHING): _after("nothing_recorded"),
    (REPORTING, Heard.DONE): _after("report_thanks"),
    (REPORTING, Heard.FAILED): _after("report_failed"),
    (TEXTING, Heard.DONE): _after("texted"),
    (TEXTING, Heard.FAILED): _after("not_texted"),
    # the caller may hang up anywhere
    **{(state, Heard.HUNG_UP): _hung_up for state in State if state is not BACK},
    (BACK, Heard.HUNG_UP): _hung_up_at_read_back,
}
