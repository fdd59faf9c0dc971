"""A made-up month of questions about the sample products, with a counterfeit among them.

It is what `gateway.insight.generator` makes of a country with China's own areas: bought packs, second looks, typing
errors; and codes copied onto fakes in a few neighbouring places, sold by mail, and invented.  Pure: the same arguments,
the same month.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from gateway.core.areas import province_of
from gateway.core.hotspots.geography import great_circle_km
from gateway.core.verdicts import Verdict
from gateway.insight.generator.country import Country
from gateway.insight.generator.honest import Honest
from gateway.insight.generator.incidents import Forger
from gateway.insight.generator.queries import Asked, Numbers, Standing
from gateway.insight.generator.regime import Regime

DAYS = 31
SEED = 20
_QUERIES_PER_DAY = 220.0
_CALLER_LIMIT = 5
_HOME, _AT_HOME = "350000", 8.0  # the samples' enterprises are in Fujian
_WEEKDAYS = np.array([1.0, 0.95, 0.97, 1.0, 1.1, 1.3, 1.25])
_STANDING = {
    Standing.NOT_ACTIVATED: Verdict.NOT_ACTIVATED,
    Standing.EXPIRED: Verdict.EXPIRED,
    Standing.UNKNOWN: Verdict.UNKNOWN,
}
_REGIME = Regime(
    days=DAYS, provinces=31, regions_per_province=(1, 21), products=0, local_products=0.0,
    queries_per_day=_QUERIES_PER_DAY, weekday_spread=0.1, campaigns=0, launches=0, holidays=0, drift=0.0,
    second_share=0.04, second_delay=2.0, third_share=0.03, elsewhere=0.1, retransmitted=0.01, same_caller=0.04,
    typing=0.03, corrected=0.7, resent=0.1, area_spread=0.0, early=0.001, late_batches=0, strayed=0.03, scanners=1,
    displays=1, incidents=3,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PastQuery:
    """`day` since the month's beginning, in China; `destination`: the province that the pack was shipped to, or ""."""

    day: float
    area: str
    resource_code: str
    code: str
    caller: str
    verdict: Verdict
    destination: str


def month(centres: Mapping[str, tuple[float, float]], resource_codes: Sequence[str]) -> list[PastQuery]:
    """The questions in order of time.  `centres`: longitude and latitude of prefectures by their codes."""
    random = np.random.default_rng(SEED)
    areas, regime = sorted(centres), replace(_REGIME, products=len(resource_codes))
    country = _country(random, areas, centres, len(resource_codes))
    numbers = Numbers(random)
    honest = Honest(regime, country, numbers, random)
    asked = honest.write()
    asked += Forger(regime, country, honest, numbers, random).commit()[0]
    asked.sort(key=lambda one: (one.day, one.code, one.caller))
    return list(_judged((one for one in asked if 0 <= one.day < DAYS), areas, resource_codes))


def _country(
    random: np.random.Generator, areas: Sequence[str], centres: Mapping[str, tuple[float, float]], products: int
) -> Country:
    """China, its prefectures of made-up sizes; what is made in Fujian is bought there above all."""
    provinces = _provinces(areas)
    longitude, latitude = np.array([centres[area] for area in areas]).T
    population = np.exp(random.normal(14.5, 0.8, len(areas)))
    population *= np.array([_AT_HOME if province_of(area) == _HOME else 1.0 for area in areas])
    share = np.exp(random.normal(0, 0.7, products))
    pull = np.outer(share / share.sum(), population / population.sum())
    even = np.ones((DAYS, len(areas)))
    return Country(
        province=np.array([provinces.index(province_of(area)) for area in areas]),
        latitude=latitude,
        longitude=longitude,
        population=population,
        distances_km=great_circle_km(latitude, longitude),
        sales=(tuple(range(len(provinces))),) * products,
        volume=_QUERIES_PER_DAY * _WEEKDAYS[np.arange(DAYS) % 7][:, None, None] * pull,
        second_rate=even,
        miss_rate=even,
        product_miss=np.ones(products),
        late=np.zeros((DAYS, products)),
    )


def _provinces(areas: Sequence[str]) -> list[str]:
    return sorted({province_of(area) for area in areas})


def _judged(asked: Iterable[Asked], areas: Sequence[str], resource_codes: Sequence[str]) -> Iterator[PastQuery]:
    """What was answered: the first caller of a code is told so, and every later one that there was one before."""
    provinces = _provinces(areas)
    callers: dict[str, list[str]] = {}
    for one in asked:
        resource_code = resource_codes[Numbers.product(one.code)]
        verdict = _STANDING.get(one.standing)
        if verdict is None:
            before = callers.setdefault(one.code, [])
            verdict = _repeated(one.caller, before)
            if one.caller not in before:
                before.append(one.caller)
        destination = provinces[one.destination] if one.destination >= 0 else ""
        code = resource_code + one.code[len(resource_code) :]
        yield PastQuery(one.day, areas[one.area], resource_code, code, one.caller, verdict, destination)


def _repeated(caller: str, before: Sequence[str]) -> Verdict:
    if len(before) + (caller not in before) > _CALLER_LIMIT:
        return Verdict.OVER_LIMIT
    if not before:
        return Verdict.FIRST
    return Verdict.REPEATED_SAME if caller == before[0] else Verdict.REPEATED_OTHER
