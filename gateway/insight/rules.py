"""What makes looks at a code, or a caller's tries, suspicious: the same for the replay of a log and for the stream.

Pure.  How many callers are too many is each watcher's own: the replay learns it, the stream has it in its settings.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

FEWEST_PROVINCES = 3
LARGEST_PART = 0.6
FAR_KM = 500.0
LOCAL_CALLERS = 3
GUESS_SECONDS = 86_400.0
GUESSED_CODES = 12
MISS_PART = 0.6


def one_place_rules(regions: Counter[str], looks: int) -> bool:
    """Does one area hold most of the looks, or is none known?  Then it may be a display item in a shop."""
    return not regions or max(regions.values()) > LARGEST_PART * looks


def is_spread_out(regions: Counter[str], looks: int, provinces: int, reach_km: float) -> bool:
    """In several provinces, no area holding most, and at least two callers far apart: not a display item."""
    return not one_place_rules(regions, looks) and provinces >= FEWEST_PROVINCES and reach_km >= FAR_KM


def in_several_areas(regions: Iterable[str]) -> bool:
    """Several callers in each of at least two areas: copies sold in a neighbourhood, not one shop's display."""
    most = Counter(region for region in regions if region).most_common(2)
    return len(most) == 2 and most[1][1] >= LOCAL_CALLERS


def is_guessing(missed: Collection[str], tried: Collection[str]) -> bool:
    """Has one caller tried so many codes within GUESS_SECONDS, most of them not on record?"""
    return len(missed) >= GUESSED_CODES and len(missed) >= MISS_PART * len(tried)
