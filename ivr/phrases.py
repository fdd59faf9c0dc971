"""Sentences with their values, as the state of a conversation has them.  Pure."""

from __future__ import annotations

from ivr.desk import Digits, Slot, SpokenAnswer
from ivr.talk import Line, Talk


def verdict(talk: Talk) -> Line:
    answer = talk.answer or SpokenAnswer("unavailable", final=False)
    return Line(f"verdict_{answer.verdict}", (*answer.slots, *code_slots(talk)))


def code_slots(talk: Talk) -> tuple[Slot, ...]:
    return (Slot("code", Digits(talk.code)), Slot("ending", Digits(talk.code[-4:])))


def menu_lines(talk: Talk) -> tuple[Line, ...]:
    """What there is to choose: texting where it can be, a person while there is one."""
    texting = [Line("menu_texting")] if offers_text(talk) else []
    return (Line("menu"), *texting, Line("menu_report"), *agent_line(talk, "menu_agent"), Line("menu_language"))


def agent_line(talk: Talk, key: str) -> tuple[Line, ...]:
    return (Line(key),) if talk.agents_open else ()


def offers_text(talk: Talk) -> bool:
    return talk.answer is not None and talk.answer.texting and talk.code not in talk.texted
