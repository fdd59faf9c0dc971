"""Which looks stand behind a finding of the scan: the scan tells numbers, an inspector needs the codes.  Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from gateway.core.areas import province_of
from gateway.core.looks import Look
from gateway.core.statistics import prefecture_of
from gateway.core.verdicts import Verdict
from gateway.insight.sightings import Stream
from gateway.insight.signals import Detector

SCANNED = frozenset({Detector.HOTSPOT, Detector.CLONE, Detector.DIVERSION, Detector.GUESSING})
"""The detectors that tell no looks themselves."""

_REPEATS = frozenset({Verdict.REPEATED_OTHER, Verdict.OVER_LIMIT})
_MISSES = frozenset({Verdict.UNKNOWN})
_EARLY = frozenset({Verdict.NOT_ACTIVATED})
_PACKS = frozenset({Verdict.FIRST, Verdict.NOT_ACTIVATED})
_WITHDRAWN = frozenset({Verdict.EXPIRED, Verdict.RECALLED, Verdict.CANCELLED})
_OF_STREAM: dict[str, frozenset[Verdict]] = {
    Stream.REPEAT: _REPEATS, Stream.THIRD: _REPEATS, Stream.AWAY: _REPEATS, Stream.MISS: _MISSES,
    Stream.RESENT: _MISSES, Stream.SHARED: _MISSES, Stream.AREA: _MISSES, Stream.EARLY: _EARLY,
    Stream.STRAYED: _PACKS,
}  # fmt: skip
SUSPICIOUS = _REPEATS | _MISSES | _EARLY | _WITHDRAWN
_PREFIX_DIGITS = 7


@dataclass(frozen=True, slots=True)
class LoggedLook:
    """A look with what the log says of it; `region` is where the goods were shipped to, `product` the resource code,
    which a code that is not on record begins with."""

    look: Look
    verdict: Verdict
    product: str
    region: str


@dataclass(frozen=True, slots=True)
class Search:
    """What looks belong to a finding: of this code; or of this product ("": any), in these prefectures (none:
    everywhere), judged so."""

    detector: Detector
    product: str
    areas: frozenset[str]
    code: str
    verdicts: frozenset[Verdict]

    def wants(self, one: LoggedLook) -> bool:
        """Does the look belong to the finding?"""
        if self.code:
            return one.look.code == self.code
        if one.verdict not in self.verdicts or (self.product and one.product != self.product):
            return False
        if self.areas and prefecture_of(one.look.area) not in self.areas:
            return False
        return self.detector is not Detector.DIVERSION or is_strayed(one)


def search_of(detector: Detector, product: str, areas: Iterable[str], code: str, reason: str) -> Search:
    """The search for a finding of the scan, whose English reason begins with the stream that it was found in."""
    stream = reason.partition(":")[0]
    if detector is Detector.GUESSING:
        verdicts = _MISSES
    elif detector is Detector.DIVERSION:
        verdicts = _PACKS
    else:
        verdicts = _OF_STREAM.get(stream, SUSPICIOUS)
    any_product = stream == Stream.AREA or detector is Detector.GUESSING
    places = frozenset(map(prefecture_of, areas))
    return Search(detector, "" if any_product else product, places, code, verdicts)


def product_of(code: str, resource_code: str) -> str:
    """The product of a code, also of one that is not on record."""
    return resource_code or code[:_PREFIX_DIGITS]


def is_strayed(one: LoggedLook) -> bool:
    """Was it shipped to another province than the one it was asked about in?"""
    asked_in = province_of(one.look.area)
    return bool(one.region and asked_in) and province_of(one.region) != asked_in


def looks_of(search: Search, found: Iterable[LoggedLook]) -> tuple[Look, ...]:
    """The looks that belong to a finding; of guesses only those of the caller who tried most."""
    looks = tuple(one.look for one in found if search.wants(one))
    if search.detector is not Detector.GUESSING or not looks:
        return looks
    ((caller, _),) = Counter(look.caller for look in looks).most_common(1)
    return tuple(look for look in looks if look.caller == caller)
