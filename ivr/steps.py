"""The steps of the conversation: each function is one row, or several, of the dialogue's table.  Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ivr.desk import Settlement, SpokenAnswer
from ivr.phrases import agent_line, code_slots, menu_lines, offers_text, verdict
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
        help_lines = [Line("help_1")] if talk.tries == 1 else [Line("help_2"), *agent_line(talk, "help_agent")]
        more = (*help_lines, Line("ask_code"))
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
    return talk, (AskKey((Line("read_back", code_slots(talk)), Line("read_back_choice"))),)


def read_back_retry(fault: str = "", *, whole: bool = False) -> Callable[[Talk], Turn]:
    """The choice again, after what was wrong.  `whole`: with the digits, which a late `#` of the entry cut short."""

    def retry(talk: Talk) -> Turn:
        talk = replace(talk, tries=talk.tries + 1)
        if talk.tries >= talk.rules.menu_tries:
            settled = settle(talk, Settlement.ABANDONED)
            talk, ending = end(talk, "no_input", Line("goodbye"))
            return talk, (settled, *ending)
        digits = (Line("read_back", code_slots(talk)),) if whole else ()
        said = (Say((Line(fault),)),) if fault else ()
        return talk, (*said, AskKey((*digits, Line("read_back_choice"))))

    return retry


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
    talk, actions = menu_or_entry(talk)
    return talk, (Say((Line(fault),)), *actions)


def menu_or_entry(talk: Talk, *before: Line) -> Turn:
    """The menu, but for who reported a product without a code: then the entry, where they came from."""
    if talk.answer is not None:
        return menu(talk, *before)
    return replace(talk, state=State.ENTRY), (AskCode((*before, Line("ask_code"))),)


def menu_retry(fault: str = "") -> Callable[[Talk], Turn]:
    """The menu again; "" if the caller was only silent."""

    def retry(talk: Talk) -> Turn:
        talk = replace(talk, tries=talk.tries + 1)
        if talk.tries >= talk.rules.menu_tries:
            return end(talk, "finished", Line("goodbye"))
        return menu_after_fault(talk, fault) if fault else menu(talk)

    return retry


def answer_retry(talk: Talk) -> Turn:
    """The answer again: a `#` that was meant for the entry, and came late, has cut it short."""
    tries = talk.tries + 1
    if tries >= talk.rules.menu_tries:
        return end(talk, "finished", Line("goodbye"))
    talk, actions = say_answer(talk)
    return replace(talk, tries=tries), actions


def menu_in_other_language(talk: Talk) -> Turn:
    talk, change = change_language(talk)
    talk, actions = say_answer(talk)
    return talk, (change, *actions)


def entry_in_other_language(talk: Talk) -> Turn:
    talk, change = change_language(talk)
    return talk, (change, AskCode((Line("ask_code"),)))


def text_result(talk: Talk) -> Turn:
    if not offers_text(talk):
        return menu_after_fault(talk, "wrong_key")
    return replace(talk, state=State.TEXTING), (TextResult(talk.code),)


def texted(talk: Talk) -> Turn:
    """Each result is sent once in a call."""
    return menu(replace(talk, tries=0, texted=(*talk.texted, talk.code)), Line("texted"))


def after(line: str) -> Callable[[Talk], Turn]:
    return lambda talk: menu_or_entry(replace(talk, tries=0), Line(line))


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


def change_language(talk: Talk) -> tuple[Talk, SetLanguage]:
    language = LANGUAGES[(LANGUAGES.index(talk.language) + 1) % len(LANGUAGES)]
    return replace(talk, language=language), SetLanguage(language)
