"""The steps of the conversation: each function is one row, or several, of the dialogue's table.  Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ivr.desk import Digits, Settlement, Slot, SpokenAnswer
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

# -- entry of a code ---------------------------------------------------------------------------------------------


def ask_code(talk: Talk) -> Turn:
    talk = replace(talk, state=State.ENTRY, tries=0, answer=None, code="", again=0)
    if talk.queries >= talk.rules.queries_per_call:
        return end(talk, "capped", Line("too_many_queries"))
    return talk, (AskCode((Line("ask_code"),)),)


def retry(fault: str, *, heard_out: bool = False) -> Callable[[Talk], Turn]:
    """Say what was wrong, and with each try more of what a code looks like and who can help.

    `heard_out`: keys do not interrupt the fault; a caller who was only slow may go on keying over it.
    """

    def retry(talk: Talk) -> Turn:
        talk = replace(talk, tries=talk.tries + 1)
        if talk.tries >= talk.rules.tries:
            return give_up(talk)
        more = (Line(f"help_{min(talk.tries, 2)}"), Line("ask_code"))
        return talk, (Say((Line(fault),)), AskCode(more)) if heard_out else (AskCode((Line(fault), *more)),)

    return retry


def give_up(talk: Talk) -> Turn:
    if talk.agents_open:
        return end(talk, "agent", Line("transfer"))
    return end(talk, "no_input", Line("try_later"))


def cleared(talk: Talk) -> Turn:
    return talk, (AskCode((Line("cleared"),)),)


def look_up(talk: Talk) -> Turn:
    known = next((answer for code, answer in talk.known if code == talk.code), None)
    if known is not None:
        return say_answer(replace(talk, answer=known, again=0))
    talk = replace(talk, state=State.LOOKING_UP, queries=talk.queries + 1, tries=0, again=0)
    return talk, (LookUp(talk.code),)


# -- read-back ---------------------------------------------------------------------------------------------------


def read_back(talk: Talk) -> Turn:
    talk = replace(talk, state=State.READING_BACK, tries=0)
    return talk, (AskKey((Line("read_back", code_slot(talk)), Line("read_back_choice"))),)


def read_back_choice(talk: Talk) -> Turn:
    talk = replace(talk, tries=talk.tries + 1)
    if talk.tries >= talk.rules.menu_tries:
        _, ending = end(talk, "no_input", Line("goodbye"))
        return replace(talk, state=State.ENDED, ending="no_input"), (settle(talk, Settlement.ABANDONED), *ending)
    return talk, (AskKey((Line("read_back_choice"),)),)


def confirm(talk: Talk) -> Turn:
    return replace(talk, state=State.SETTLING), (Settle(talk.code, Settlement.CONFIRMED, awaited=True),)


def correct(talk: Talk) -> Turn:
    settled = settle(talk, Settlement.CORRECTED)
    talk, actions = ask_code(talk)
    return talk, (settled, *actions)


def agent_at_read_back(talk: Talk) -> Turn:
    settled = settle(talk, Settlement.ABANDONED)
    talk, actions = agent_or(talk, lambda: ask_code(talk))
    return talk, (settled, *actions)


def settle(talk: Talk, settlement: Settlement) -> Settle:
    return Settle(talk.code, settlement, awaited=False)


# -- the answer and its menu -------------------------------------------------------------------------------------


def say_answer(talk: Talk) -> Turn:
    answer = talk.answer
    if answer is None:
        return unavailable(talk)
    known = talk.known
    if answer.final and talk.code not in dict(known):
        known = (*known, (talk.code, answer))
    talk = replace(talk, state=State.MENU, tries=0, known=known)
    return talk, (AskKey((verdict(talk), *menu_lines(talk)), slower=talk.again > 1),)


def unavailable(talk: Talk) -> Turn:
    return say_answer(replace(talk, answer=SpokenAnswer("unavailable", final=False)))


def again(talk: Talk) -> Turn:
    return say_answer(replace(talk, again=talk.again + 1))


def menu(talk: Talk, *before: Line) -> Turn:
    talk = replace(talk, state=State.MENU)
    return talk, (AskKey((*before, *menu_lines(talk))),)


def menu_after_fault(talk: Talk, fault: str) -> Turn:
    """Keys do not interrupt the fault."""
    talk, actions = menu(talk)
    return talk, (Say((Line(fault),)), *actions)


def menu_retry(fault: str = "") -> Callable[[Talk], Turn]:
    """The menu again; "" if the caller was only silent."""

    def retry(talk: Talk) -> Turn:
        talk = replace(talk, tries=talk.tries + 1)
        if talk.tries >= talk.rules.menu_tries:
            return end(talk, "finished", Line("goodbye"))
        return menu_after_fault(talk, fault) if fault else menu(talk)

    return retry


def menu_in_other_language(talk: Talk) -> Turn:
    talk, change = change_language(talk)
    talk, actions = say_answer(talk)
    return talk, (change, *actions)


def entry_in_other_language(talk: Talk) -> Turn:
    talk, change = change_language(talk)
    return talk, (change, AskCode((Line("ask_code"),)))


def text_result(talk: Talk) -> Turn:
    if talk.answer is None or not talk.answer.texting:
        return menu_after_fault(talk, "wrong_key")
    return replace(talk, state=State.TEXTING), (TextResult(talk.code),)


def after(line: str) -> Callable[[Talk], Turn]:
    return lambda talk: menu(replace(talk, tries=0), Line(line))


def after_fault(fault: str) -> Callable[[Talk], Turn]:
    return lambda talk: menu_after_fault(replace(talk, tries=0), fault)


# -- reports -----------------------------------------------------------------------------------------------------


def record(talk: Talk) -> Turn:
    if talk.reports >= talk.rules.reports_per_call:
        return menu_after_fault(talk, "too_many_reports")
    return replace(talk, state=State.RECORDING), (Say((Line("recording_notice"),)), Record())


def report(talk: Talk) -> Turn:
    talk = replace(talk, state=State.REPORTING, reports=talk.reports + 1)
    return talk, (FileReport(talk.code),)


# -- a person, and the end ---------------------------------------------------------------------------------------


def agent_or(talk: Talk, otherwise: Callable[[], Turn]) -> Turn:
    if talk.agents_open:
        return end(talk, "agent", Line("transfer"))
    talk, actions = otherwise()
    return talk, (Say((Line("agents_closed"),)), *actions)


def agent_at_entry(talk: Talk) -> Turn:
    return agent_or(talk, lambda: (talk, (AskCode((Line("ask_code"),)),)))


def agent_at_menu(talk: Talk) -> Turn:
    return agent_or(talk, lambda: menu(talk))


def end(talk: Talk, ending: str, *lines: Line) -> Turn:
    return replace(talk, state=State.ENDED, ending=ending), (Say(lines), End(ending))


def time_up(talk: Talk) -> Turn:
    return end(talk, "capped", Line("time_up"))


def time_up_at_read_back(talk: Talk) -> Turn:
    ended, actions = time_up(talk)
    return ended, (settle(talk, Settlement.ABANDONED), *actions)


def hung_up(talk: Talk) -> Turn:
    return replace(talk, ending="hung_up"), (End("hung_up"),)


def hung_up_at_read_back(talk: Talk) -> Turn:
    return replace(talk, ending="hung_up"), (settle(talk, Settlement.ABANDONED), End("hung_up"))


# -- words -------------------------------------------------------------------------------------------------------


def change_language(talk: Talk) -> tuple[Talk, SetLanguage]:
    language = LANGUAGES[(LANGUAGES.index(talk.language) + 1) % len(LANGUAGES)]
    return replace(talk, language=language), SetLanguage(language)


def verdict(talk: Talk) -> Line:
    answer = talk.answer or SpokenAnswer("unavailable", final=False)
    return Line(f"verdict_{answer.verdict}", (*answer.slots, *code_slot(talk)))


def code_slot(talk: Talk) -> tuple[Slot, ...]:
    return (Slot("code", Digits(talk.code)), Slot("ending", Digits(talk.code[-4:])))


def menu_lines(talk: Talk) -> tuple[Line, ...]:
    texting = talk.answer is not None and talk.answer.texting
    return (Line("menu"), Line("menu_texting"), Line("menu_rest")) if texting else (Line("menu"), Line("menu_rest"))
