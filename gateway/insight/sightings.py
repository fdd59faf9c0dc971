"""What is seen of counterfeits, in streams, each a way in which they show:

repeat   a second caller asks a code that somebody asked before, in the same area
third    a third or later caller asks a code, anywhere
away     another caller asks a code, in another area than that of its first look
miss     a code that is not on record, unless its caller corrects it within half an hour
resent   a missed code that its caller sends again after a minute, or that a second caller asks
shared   a missed code that another caller missed before: honest errors hardly ever meet
early    a code that is not activated
area     any product's miss: invented codes of many products in one place
strayed  a pack destined to one province, first asked in another
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

DAY_SECONDS = 86_400.0


class Stream(StrEnum):
    """The kinds of sighting; the docstring of the module says what each is."""

    REPEAT = "repeat"
    THIRD = "third"
    AWAY = "away"
    MISS = "miss"
    RESENT = "resent"
    SHARED = "shared"
    AREA = "area"
    EARLY = "early"
    STRAYED = "strayed"


class Manner(StrEnum):
    """How an incident shows: different manners in one place are different cases."""

    COPIED = "copied"
    INVENTED = "invented"
    STOLEN = "stolen"
    DIVERTED = "diverted"


MANNERS = {
    Stream.REPEAT: Manner.COPIED,
    Stream.THIRD: Manner.COPIED,
    Stream.AWAY: Manner.COPIED,
    Stream.MISS: Manner.INVENTED,
    Stream.RESENT: Manner.INVENTED,
    Stream.SHARED: Manner.INVENTED,
    Stream.AREA: Manner.INVENTED,
    Stream.EARLY: Manner.STOLEN,
    Stream.STRAYED: Manner.DIVERTED,
}


@dataclass(frozen=True, slots=True)
class Sighting:
    """One thing seen, or (`taken_back`) one found to be harmless.

    `lag_days`, of the calendar, only for repeats of a known first look.
    """

    stream: Stream
    at: float
    region: str
    product: str
    code: str
    caller: str
    destination: str = ""
    taken_back: bool = False
    lag_days: int | None = None
