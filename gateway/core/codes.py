"""Supervision codes (产品监管码) as strings of ASCII digits: their shapes, their parts, how they are shown.

A code has 20 digits, the first of them 8: 7 of product resource code, 9 of serial, 4 check digits.  A legacy code has
16 digits without public structure and is an opaque key.
"""

from __future__ import annotations

from gateway.core.errors import MalformedCode

CODE_DIGITS = 20
LEGACY_DIGITS = 16
FIRST_DIGIT = "8"
RESOURCE_DIGITS = 7
TAIL_DIGITS = 4
_GROUP_DIGITS = 4


def is_current(text: str) -> bool:
    """Whether `text` has the shape of a 20-digit code."""
    return len(text) == CODE_DIGITS and text.isascii() and text.isdigit() and text[0] == FIRST_DIGIT


def is_legacy(text: str) -> bool:
    """Whether `text` has the shape of a legacy code."""
    return len(text) == LEGACY_DIGITS and text.isascii() and text.isdigit()


def is_code(text: str) -> bool:
    """Whether `text` has the shape of a code of either kind."""
    return is_current(text) or is_legacy(text)


def checked(text: str) -> str:
    """`text` itself if it has the shape of a code.  Raises MalformedCode, saying what is wrong."""
    if is_code(text):
        return text
    if not (text.isascii() and text.isdigit()):
        raise MalformedCode("a supervision code has digits only; leave out spaces and letters")
    if len(text) == CODE_DIGITS:
        raise MalformedCode(f"a supervision code of {CODE_DIGITS} digits starts with {FIRST_DIGIT}")
    raise MalformedCode(f"a supervision code has {CODE_DIGITS} or {LEGACY_DIGITS} digits, not {len(text)}")


def resource_code(code: str) -> str:
    """The product resource code (产品资源码) of a 20-digit code; "" for a legacy code."""
    return code[:RESOURCE_DIGITS] if len(code) == CODE_DIGITS else ""


def tail(code: str) -> str:
    """The last four digits, by which replies name a code (尾号)."""
    return code[-TAIL_DIGITS:]


def grouped(code: str, separator: str = " ") -> str:
    """The code in groups of four, as it is printed."""
    return separator.join(code[at : at + _GROUP_DIGITS] for at in range(0, len(code), _GROUP_DIGITS))
