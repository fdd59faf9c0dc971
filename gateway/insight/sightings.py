"""From queries to sightings: one caller, one code, one sighting; scanners and retransmissions aside.

Streams, each a way in which a counterfeit shows:
repeat   another caller asks a code that somebody asked before
third    a code's third and later callers
away     another caller asks a code, in another area than that of its first look
miss     a code that is not on record, unless its caller corrects it within half an hour
resent   a missed code that its caller sends again after a minute, or that a second caller asks
shared   a missed code that another caller missed before: honest errors hardly ever meet
early    a code that is not activated
area     any product's miss: invented codes of many products in one place
strayed  a pack destined to one province, first asked in another
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from enum import StrEnum

from gateway.insight.query_log import Seen

DAY_SECONDS = 86_400.0
_CORRECTION_SECONDS = 1_800.0
_RESENT_SECONDS = 60.0
_SCANNER_CODES = 12
_TIMES_USUAL = 6.0
_SCANNER_SECONDS = 7 * DAY_SECONDS
_MOST_PER_CALLER = 1
_PACK_VERDICTS = ("genuine_first", "not_activated")
_LONGEST_MEMORY_SECONDS = 120 * DAY_SECONDS  # of a code, from its first query


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


# What one household or shop asks of a code in a day is one event; a display item's days are a few events, not many.
_MOST_PER_CODE = {Stream.THIRD: 3, Stream.AWAY: 3, Stream.MISS: 3, Stream.RESENT: 2, Stream.SHARED: 3}
_ONE_EVENT_A_DAY = (Stream.THIRD, Stream.AWAY)


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


@dataclass(slots=True)
class CodeTrail:
    """What is remembered of one code: when and by whom first asked, and its callers with their last time."""

    first_at: float
    first_caller: str
    first_by_scanner: bool
    first_region: str = ""
    callers: dict[str, float] = field(default_factory=dict)
    per_region: dict[tuple[Stream, str], tuple[int, int]] = field(default_factory=dict)
    resent: bool = False


class Sifter:
    """Turns queries, in order, into sightings and volume."""

    def __init__(self) -> None:
        self._codes: dict[str, CodeTrail] = {}
        self._recent: dict[str, list[tuple[float, str]]] = defaultdict(list)
        self._per_caller: dict[tuple[str, Stream], list[float]] = defaultdict(list)
        self._misses: dict[str, list[Sighting]] = {}
        self._witnessed: dict[str, list[Sighting]] = defaultdict(list)
        self._scanner_codes: float = _SCANNER_CODES

    def is_scanner(self, caller: str, at: float) -> bool:
        """Has the caller asked so many codes of late that it is no consumer?"""
        recent = self._recent[caller]
        while recent and recent[0][0] < at - _SCANNER_SECONDS:
            recent.pop(0)
        return len(recent) >= self._scanner_codes

    def sift(self, seen: Seen) -> tuple[list[Sighting], bool]:
        """The sightings of one query, and whether it counts as volume (a consumer's first look at a pack)."""
        trail = self._codes.get(seen.code)
        again = trail is not None and seen.caller in trail.callers
        if not again:
            self._recent[seen.caller].append((seen.at, seen.code))
        scanner = self.is_scanner(seen.caller, seen.at)
        if trail is None:
            trail = self._codes[seen.code] = CodeTrail(seen.at, seen.caller, scanner, seen.region)
        sightings = [] if scanner else self._sightings(seen, trail, again)
        if not again:
            trail.callers[seen.caller] = seen.at
        volume = not again and not scanner and seen.verdict in _PACK_VERDICTS
        if seen.verdict not in ("unknown", "not_activated"):
            sightings.extend(self._corrections(seen))
        admitted = [one for one in sightings if one.taken_back or self._admitted(one, trail)]
        if scanner:
            return admitted + self._withdrawn(seen.caller), volume
        shown = [one for one in admitted if not one.taken_back]
        if shown:
            self._witnessed[seen.caller] += shown
        return admitted, volume

    def _withdrawn(self, caller: str) -> list[Sighting]:
        """What a caller showed before it turned out to be no consumer."""
        return [replace(one, taken_back=True) for one in self._witnessed.pop(caller, ())]

    def forget(self, at: float) -> None:
        """Lets go of codes and callers that were asked too long ago to matter; bounds the memory."""
        old = [code for code, trail in self._codes.items() if trail.first_at < at - _LONGEST_MEMORY_SECONDS]
        for code in old:
            del self._codes[code]
        idle = [who for who, recent in self._recent.items() if not recent or recent[-1][0] < at - _SCANNER_SECONDS]
        for who in idle:
            del self._recent[who]
            self._witnessed.pop(who, None)
        asked = sum(len(recent) for recent in self._recent.values())
        self._scanner_codes = max(_SCANNER_CODES, _TIMES_USUAL * asked / max(1, len(self._recent)))
        for key in [key for key, times in self._per_caller.items() if times[-1] < at - 14 * DAY_SECONDS]:
            del self._per_caller[key]
        self._misses.clear()

    def _sightings(self, seen: Seen, trail: CodeTrail, again: bool) -> list[Sighting]:
        def one(stream: Stream, lag_days: int | None = None) -> Sighting:
            where = (seen.region, seen.product, seen.code, seen.caller, seen.destination)
            return Sighting(stream, seen.at, *where, lag_days=lag_days)

        if seen.verdict == "unknown":
            found = self._missed(seen, trail, again, one(Stream.MISS), one(Stream.RESENT))
            return [*found, one(Stream.SHARED)] if not again and trail.callers else found
        if again:
            return []
        if seen.verdict == "not_activated":
            return [one(Stream.EARLY)]
        if seen.verdict == "genuine_first":
            return [one(Stream.STRAYED)]
        if seen.verdict != "genuine_repeat" or trail.first_by_scanner:
            return []
        known = trail.first_caller != seen.caller
        lag_days = int(seen.at // DAY_SECONDS) - int(trail.first_at // DAY_SECONDS) if known else None
        found = [one(Stream.REPEAT, lag_days)]
        if len(trail.callers) >= 2:
            found.append(one(Stream.THIRD, lag_days))
        if known and seen.region and trail.first_region not in ("", seen.region):
            found.append(one(Stream.AWAY, lag_days))
        return found

    def _missed(self, seen: Seen, trail: CodeTrail, again: bool, miss: Sighting, resent: Sighting) -> list[Sighting]:
        found = []
        if not again:
            found.append(miss)
            self._misses.setdefault(seen.caller, []).append(miss)
        since = seen.at - trail.callers.get(seen.caller, seen.at)
        if (again and since >= _RESENT_SECONDS and not trail.resent) or (not again and trail.callers):
            trail.resent = True
            found.append(resent)
            self._misses.setdefault(seen.caller, []).append(resent)
        return found

    def _corrections(self, seen: Seen) -> list[Sighting]:
        taken_back = []
        for miss in self._misses.pop(seen.caller, []):
            if seen.at - miss.at <= _CORRECTION_SECONDS and miss.product in ("", seen.product):
                where = (miss.region, miss.product, miss.code, miss.caller)
                taken_back.append(Sighting(miss.stream, miss.at, *where, taken_back=True))
        return taken_back

    def _admitted(self, one: Sighting, trail: CodeTrail) -> bool:
        """At most a few per code and area, and per caller: a display item or one busy person is no hot-spot."""
        key = (one.stream, one.region)
        times = self._per_caller[one.caller, one.stream]
        while times and times[0] < one.at - 14 * DAY_SECONDS:
            times.pop(0)
        count, last_day = trail.per_region.get(key, (0, -1))
        day = int(one.at // DAY_SECONDS)
        same_event = day == last_day and one.stream in _ONE_EVENT_A_DAY
        if count >= _MOST_PER_CODE.get(one.stream, 1) or same_event or len(times) >= _MOST_PER_CALLER:
            if not times:
                del self._per_caller[one.caller, one.stream]
            return False
        trail.per_region[key] = (count + 1, day)
        times.append(one.at)
        return True
