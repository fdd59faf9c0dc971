"""From queries to sightings: one caller, one code, one sighting; scanners and retransmissions aside."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace

from gateway.insight.query_log import Seen
from gateway.insight.sightings import DAY_SECONDS, Sighting, Stream
from gateway.insight.trails import CodeTrail

_CORRECTION_SECONDS = 1_800.0
_RESENT_SECONDS = 60.0
_SCANNER_CODES = 8
_TIMES_USUAL = 6.0
_SCANNER_SECONDS = 7 * DAY_SECONDS
_MOST_PER_CALLER = 1
_PACK_VERDICTS = ("genuine_first", "not_activated")
_LONGEST_MEMORY_SECONDS = 120 * DAY_SECONDS  # of a code, from its first query


class Sifter:
    """Turns queries, in order, into sightings and volume; `is_away` tells packs that left their home (none: all)."""

    def __init__(self, is_away: Callable[[Seen], bool] | None = None) -> None:
        self._is_away = is_away
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

    def first_region(self, code: str) -> str:
        """Where a code was asked first; empty if that is not known."""
        trail = self._codes.get(code)
        return trail.first_region if trail is not None else ""

    def sift(self, seen: Seen) -> tuple[list[Sighting], bool]:
        """The sightings of one query, and whether it counts as volume (a consumer's first look at a pack)."""
        trail = self._codes.get(seen.code)
        again = trail is not None and trail.asked_at(seen.caller) is not None
        if not again:
            self._recent[seen.caller].append((seen.at, seen.code))
        scanner = self.is_scanner(seen.caller, seen.at)
        if scanner:
            self._mark(seen.caller)
        is_new = trail is None
        if trail is None:
            trail = self._codes[seen.code] = CodeTrail(seen.at, seen.caller, scanner, seen.region)
        sightings = [] if scanner else self._sightings(seen, None if is_new else trail, again)
        if not again:
            trail.add(seen.caller, seen.at)
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

    def _mark(self, caller: str) -> None:
        """What a scanner asked first, customers of the shop ask next."""
        for _, code in self._recent[caller]:
            trail = self._codes.get(code)
            if trail is not None and trail.first_caller == caller:
                trail.first_by_scanner = True

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

    def _sightings(self, seen: Seen, trail: CodeTrail | None, again: bool) -> list[Sighting]:
        def one(stream: Stream, lag_days: int | None = None) -> Sighting:
            where = (seen.region, seen.product, seen.code, seen.caller, seen.destination)
            return Sighting(stream, seen.at, *where, lag_days=lag_days)

        if seen.verdict == "unknown":
            found = self._missed(seen, trail, again, one(Stream.MISS), one(Stream.RESENT))
            return [*found, one(Stream.SHARED)] if not again and trail is not None else found
        if again:
            return []
        if seen.verdict == "not_activated":
            return [one(Stream.EARLY)]
        if seen.verdict == "genuine_first":
            return [one(Stream.STRAYED)] if self._is_away is None or self._is_away(seen) else []
        if seen.verdict != "genuine_repeat":
            return []
        if trail is None:
            return [one(Stream.REPEAT)]
        if trail.first_by_scanner:
            return []
        lag_days = int(seen.at // DAY_SECONDS) - int(trail.first_at // DAY_SECONDS)
        is_third = trail.callers >= 2
        found = [one(Stream.THIRD, lag_days)] if is_third else []
        if seen.region and trail.first_region:  # else nobody knows whether it is away
            if seen.region != trail.first_region:
                found.append(one(Stream.AWAY, lag_days))
            elif not is_third:
                found.append(one(Stream.REPEAT, lag_days))
        return found

    def _missed(
        self, seen: Seen, trail: CodeTrail | None, again: bool, miss: Sighting, resent: Sighting
    ) -> list[Sighting]:
        found = []
        if not again:
            found.append(miss)
            self._misses.setdefault(seen.caller, []).append(miss)
        if trail is None:
            return found
        before_at = trail.asked_at(seen.caller)
        if before_at is None or (seen.at - before_at >= _RESENT_SECONDS and not trail.resent):
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
        times = self._per_caller[one.caller, one.stream]
        while times and times[0] < one.at - 14 * DAY_SECONDS:
            times.pop(0)
        day = int(one.at // DAY_SECONDS)
        if len(times) >= _MOST_PER_CALLER or not trail.admits(one.stream, one.region, day):
            if not times:
                del self._per_caller[one.caller, one.stream]
            return False
        times.append(one.at)
        return True
