"""A comparison for people."""

from __future__ import annotations

from typing import IO

from gateway.records.reconciliation.accounts import iso_day
from gateway.records.reconciliation.comparison import Comparison, Difference
from gateway.records.reconciliation.table import heading_of, write_columns
from gateway.records.reconciliation.words import word


def write_comparison(comparison: Comparison, language: str, out: IO[str]) -> None:
    """What differs, the greatest first; or that nothing does."""
    if not comparison.differences:
        out.write(word("agree", language, count=comparison.compared) + "\n")
        return
    out.write(word("differ", language, count=len(comparison.differences)) + "\n")
    heading = heading_of(language, ("day", "what", "ours", "theirs", "difference"))
    rows = [_row(one, language) for one in comparison.differences]
    write_columns([heading, *rows], out, texts=2)
    for one in comparison.differences:
        if one.examples:
            examples = " ".join(map(_printable, one.examples))
            out.write(f"{_what(one, language)}: {word('examples', language)} {examples}\n")


def _row(one: Difference, language: str) -> list[str]:
    day = "" if one.day is None else iso_day(one.day)
    return [day, _what(one, language), str(one.ours), str(one.theirs), f"{one.theirs - one.ours:+d}"]


def _what(one: Difference, language: str) -> str:
    ours, theirs = one.states
    if not ours:
        return word(one.what, language)
    return word(one.what, language, ours=_printable(ours), theirs=_printable(theirs))


def _printable(foreign: str) -> str:
    """What the carrier's file says, without what a terminal would obey."""
    return "".join(character if character.isprintable() else "?" for character in foreign[:80])
