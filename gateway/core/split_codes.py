"""A code that came in two messages: whether two pieces of one caller make a whole."""

from __future__ import annotations

from gateway.core.codes import CODE_DIGITS, LEGACY_DIGITS, is_current, is_legacy

WINDOW_SECONDS = 60.0
"""Pieces further apart than this are two questions."""


def join_code(earlier: str, later: str) -> str | None:
    """The code that two pieces make, or None.  Pieces are ASCII digits, in the order in which they arrived.

    The earlier piece is the head of the code, unless only the other order gives a code: carriers deliver short
    messages out of order.  The first 16 digits of a 20-digit code look like a legacy code, so a piece may be that.
    """
    if not earlier or not later:
        return None
    total = len(earlier) + len(later)
    if total == CODE_DIGITS:
        return next((whole for whole in (earlier + later, later + earlier) if is_current(whole)), None)
    if total == LEGACY_DIGITS and is_legacy(earlier + later):
        return earlier + later
    return None
