"""What is wrong with digits that are no code: judged by their number, their start and the words around them."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.core.codes import CODE_DIGITS, FIRST_DIGIT, LEGACY_DIGITS, TAIL_DIGITS
from gateway.core.inbound.neighbours import is_date, is_other_code, is_service_number
from gateway.core.query import TextError

_GRAVITY = (
    TextError.ILLEGIBLE,
    TextError.BAD_PREFIX,
    TextError.INVALID_LENGTH,
    TextError.NOT_A_SUPERVISION_CODE,
    TextError.PARTIAL,
)
_ALMOST_LEGACY = LEGACY_DIGITS - 1
_INCIDENTAL_DIGITS = 3


def gravest(errors: Iterable[TextError]) -> TextError | None:
    """The error to tell, of all that a text has; None if it has none."""
    present = set(errors)
    return next((error for error in _GRAVITY if error in present), None)


def fault_of(digits: str, *, alone: bool) -> TextError | None:
    """The error of digits that are no code; None for a date, a price, a house number.

    `alone`: the text is about these digits (nothing or few words beside them, or a word that asks to verify), so that
    they must be meant as a code, however short.
    """
    if is_other_code(digits):
        return TextError.NOT_A_SUPERVISION_CODE
    if len(digits) == CODE_DIGITS:
        return TextError.BAD_PREFIX
    if len(digits) >= _ALMOST_LEGACY:
        return TextError.INVALID_LENGTH
    if digits[0] == FIRST_DIGIT and len(digits) > TAIL_DIGITS:
        return TextError.PARTIAL
    if is_date(digits) or is_service_number(digits) or not alone or len(digits) <= _INCIDENTAL_DIGITS:
        return None
    return TextError.PARTIAL if len(digits) == TAIL_DIGITS else TextError.INVALID_LENGTH


def may_be_piece(digits: str) -> bool:
    """Whether digits can be the beginning or the end of a code in two messages."""
    return 0 < len(digits) < CODE_DIGITS and not is_other_code(digits)
