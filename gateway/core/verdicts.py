"""The judgement: registration, history and day to verdict.  Pure; the table of DOMAIN's section "The verdict"."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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
