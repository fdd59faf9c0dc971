"""Signals per code from the stream of look-ups.  Pure: what is known of each subject comes from outside.

A look-up is entered under its subjects first (`subjects`); what is then known of them tells whether a miss is confirmed
and which further subjects it belongs to (`more_subjects`); and all of it together makes the signals (`signals`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from gateway.core.areas import province_of
from gateway.core.looks import Look, LookedUp
from gateway.core.query import Channel
from gateway.core.verdicts import Verdict
from gateway.insight.centres import Centre, reach_km
from gateway.insight.rules import GUESS_SECONDS, is_guessing, is_spread_out
from gateway.insight.signals import Detector, Signal
from gateway.insight.stream_settings import SignalSettings
from gateway.insight.stream_words import Numbers, words

PREFIX_DIGITS = 7  # the product resource code of a 20-digit code
MOST_LOOKS = 200  # kept of one subject

Known = Mapping[str, Sequence[Look]]
"""By subject, the looks at it, oldest first."""

_ASKED = (Verdict.FIRST, Verdict.REPEATED_SAME, Verdict.REPEATED_OTHER, Verdict.OVER_LIMIT)
_WITHDRAWN = {
    Verdict.RECALLED: Detector.RECALLED,
    Verdict.EXPIRED: Detector.EXPIRED,
    Verdict.CANCELLED: Detector.CANCELLED,
    Verdict.NOT_ACTIVATED: Detector.NOT_ACTIVATED,
}


def look_of(asked: LookedUp) -> Look:
    """The look that a look-up is."""
    return Look(asked.at, asked.caller, asked.area, asked.code)


def subjects(asked: LookedUp) -> tuple[str, ...]:
    """What a look-up is a look at."""
    code = f"code:{asked.code}"
    if asked.verdict in (Verdict.UNKNOWN, *_ASKED):
        tries = f"tries:{asked.caller}"
        if asked.verdict is Verdict.UNKNOWN:
            return f"miss:{asked.code}", tries, f"missed:{asked.caller}"
        return (code, tries, _route(asked)) if asked.region else (code, tries)
    return (f"{asked.verdict}:{asked.code}",) if asked.verdict in _WITHDRAWN else ()


def more_subjects(asked: LookedUp, known: Known, settings: SignalSettings) -> tuple[str, ...]:
    """What a miss is a look at once it is confirmed: read back, sent again, or from a second caller."""
    if asked.verdict is not Verdict.UNKNOWN:
        return ()
    looks = known[f"miss:{asked.code}"]
    again = any(look.caller != asked.caller or look.at <= asked.at - settings.resend_seconds for look in looks)
    return (f"prefix:{asked.code[:PREFIX_DIGITS]}",) if again or asked.channel is Channel.VOICE else ()


def signals(asked: LookedUp, known: Known, settings: SignalSettings, centres: Mapping[str, Centre]) -> Iterator[Signal]:
    """The signals that a look-up gives cause for; again with every further look."""
    if asked.verdict in _ASKED:
        yield from _of_code(asked, known[f"code:{asked.code}"], settings, centres)
        if asked.region and (found := _strayed(asked, known[_route(asked)], settings)):
            yield found
    elif asked.verdict in _WITHDRAWN:
        looks = known[f"{asked.verdict}:{asked.code}"]
        if _callers(looks) >= settings.withdrawn_callers[asked.verdict.value]:
            yield _signal(_WITHDRAWN[asked.verdict], asked, looks, asked.code)
    elif asked.verdict is Verdict.UNKNOWN:
        yield from _of_miss(asked, known, settings)


def _of_code(
    asked: LookedUp, looks: Sequence[Look], settings: SignalSettings, centres: Mapping[str, Centre]
) -> Iterator[Signal]:
    if _callers(looks) >= settings.many_callers:
        yield _signal(Detector.MANY_CALLERS, asked, looks, asked.code)
    recent = [look for look in looks if look.at >= asked.at - settings.far_hours * 3600]
    if _callers(recent) < settings.far_callers:
        return
    regions = Counter(look.area for look in recent if look.area)
    reach = reach_km(regions, centres)
    provinces = len({province_of(area) for area in regions})
    if reach >= settings.far_km and is_spread_out(regions, len(recent), provinces, reach):
        yield _signal(Detector.FAR_APART, asked, recent, asked.code, round(reach))


def _strayed(asked: LookedUp, looks: Sequence[Look], settings: SignalSettings) -> Signal | None:
    """Of the packs that were shipped to one province, too many asked about in this one."""
    here = province_of(asked.area)
    if not here or here == province_of(asked.region):
        return None
    placed = [look for look in looks if look.area]
    away = [look for look in placed if province_of(look.area) == here]
    packs = {look.code for look in away}
    enough = len(packs) >= settings.strayed_packs and _callers(away) >= settings.strayed_packs
    if not enough or len(packs) < settings.strayed_part * len({look.code for look in placed}):
        return None
    return _signal(Detector.STRAYED, asked, away, f"{_route(asked)}:{here}")


def _of_miss(asked: LookedUp, known: Known, settings: SignalSettings) -> Iterator[Signal]:
    looks = known[f"miss:{asked.code}"]
    if _callers(looks) >= settings.miss_callers:
        yield _signal(Detector.MISSES, asked, looks, asked.code)
    prefix = f"prefix:{asked.code[:PREFIX_DIGITS]}"
    confirmed = known.get(prefix, ())
    codes = {look.code for look in confirmed}
    if len(codes) >= settings.prefix_codes and _callers(confirmed) >= settings.prefix_callers:
        yield _signal(Detector.PREFIX, asked, confirmed, prefix)
    since = asked.at - GUESS_SECONDS
    missed, tried = (
        [look for look in known[f"{subject}:{asked.caller}"] if look.at > since] for subject in ("missed", "tries")
    )
    if is_guessing({look.code for look in missed}, {look.code for look in tried}):
        yield _signal(Detector.GUESSING, asked, missed, asked.caller)


def _route(asked: LookedUp) -> str:
    return f"route:{asked.resource_code}:{province_of(asked.region)}"


def _callers(looks: Sequence[Look]) -> int:
    return len({look.caller for look in looks})


def _signal(detector: Detector, asked: LookedUp, looks: Sequence[Look], subject: str, reach: int = 0) -> Signal:
    areas = tuple(area for area, _ in Counter(look.area for look in looks if look.area).most_common(12))
    codes = {look.code for look in looks}
    product = asked.resource_code or (asked.code[:PREFIX_DIGITS] if len(asked.code) == 20 else "")
    zh, en = words(detector, Numbers(len(codes), _callers(looks), len(areas), (asked.at - looks[0].at) / 86_400, reach))
    return Signal(
        detector, subject, product, asked.code if len(codes) == 1 else "", areas, looks[0].at, asked.at, len(looks),
        zh, en, tuple(looks),
    )  # fmt: skip
