"""Cells of a CSV file that a spreadsheet will not take for formulas.  Pure."""

from __future__ import annotations

# OWASP, "CSV injection": what begins a formula, also in its full-width form, and what hides one in the next cell.
_FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")


def harmless(value: object) -> object:
    """The value, with a leading apostrophe if it is a text that would begin a formula; numbers stay numbers."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA_STARTS) else value
