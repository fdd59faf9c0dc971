"""The judgement: registration, history and day to verdict.  Pure; the table of DOMAIN's section "The verdict"."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gateway.core.registration import CodeState, Registration


class Verdict(StrEnum):
    """Our judgement of one code, or of a message that holds none."""

    FIRST = "first"
    REPEATED_SAME = "repeated_same"
    REPEATED_OTHER = "repeated_other"
    OVER_LIMIT = "over_limit"
    NOT_ACTIVATED = "not_activated"
    EXPIRED = "expired"
    RECALLED = "recalled"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"
    MALFORMED = "malformed"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class CodeHistory:
    """Who asked for one code, the query at hand included.

    `queries` counts them (a redelivered message once), `callers` the distinct callers; `first_at` (Unix time,
    seconds) is the arrival of the first; `mine_before` counts this caller's earlier queries, and `settled_before`
    those of them that were answered so long ago that this one is no retry.
    """

    first_uid: int
    first_at: float
    first_by_me: bool
    queries: int
    callers: int
    mine_before: int = 0
    settled_before: int = 0


_SETTLED_BY_STATE = {
    CodeState.UNKNOWN: Verdict.UNKNOWN,
    CodeState.CANCELLED: Verdict.CANCELLED,
    CodeState.STOLEN: Verdict.CANCELLED,  # no longer valid; which of the two it was is for the enterprise to say
    CodeState.RECALLED: Verdict.RECALLED,
    CodeState.ISSUED: Verdict.NOT_ACTIVATED,
    CodeState.PRINTED: Verdict.NOT_ACTIVATED,
    CodeState.EXPIRED: Verdict.EXPIRED,
}


def judge(registration: Registration, history: CodeHistory, today: str, caller_limit: int) -> Verdict:
    """The verdict on one code.

    `today` is the day in China when the query arrived (ISO 8601, like `expires_on`, which is the last good day);
    more distinct callers than `caller_limit` are over the limit.  The precedence: unknown, cancelled, recalled, not
    activated, expired, and only then who asked before:

    * nobody, or only this caller so shortly before that this is a retry: FIRST, as it was said before, and whoever
      else asked in between;
    * more distinct callers than the limit: OVER_LIMIT, for the first caller too, whose label may be the copied one;
    * this caller was the first: REPEATED_SAME, even after others asked (the reply's counts tell that they did);
    * another caller was the first: REPEATED_OTHER, however often this one asked: a retry does not take a warning back.
    """
    verdict = _SETTLED_BY_STATE.get(registration.state)
    if verdict is not None:
        return verdict
    if registration.expires_on and today > registration.expires_on:
        return Verdict.EXPIRED
    if history.first_by_me and not history.settled_before:
        return Verdict.FIRST
    if history.callers > caller_limit:
        return Verdict.OVER_LIMIT
    return Verdict.REPEATED_SAME if history.first_by_me else Verdict.REPEATED_OTHER
