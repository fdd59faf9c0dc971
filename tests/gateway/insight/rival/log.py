"""A whole log of the second country as queries, with what is missing missing, and the truth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gateway.insight.generator.made_log import START_AT
from gateway.insight.query_log import Geography, Product, Region, Seen
from gateway.insight.scorer import Truth
from tests.gateway.insight.rival.crimes import Crime, Gang
from tests.gateway.insight.rival.land import Habits, Land, draw_habits, settle
from tests.gateway.insight.rival.people import ACTIVE, UNKNOWN, Asked, People

_DAY_SECONDS = 86_400.0
_RETRY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class RivalLog:
    """A log in memory, in time order; `words` say what it is like."""

    geography: Geography
    queries: tuple[Seen, ...]
    truths: tuple[Truth, ...]
    days: int
    words: str


def make_rival(seed: int, is_quiet: bool = False, habits: Habits | None = None) -> RivalLog:
    """The log of this seed; a quiet one holds no counterfeit, but more of what looks like one."""
    random = np.random.default_rng([seed, 77])
    habits = habits or draw_habits(random, is_quiet)
    land = settle(habits, random)
    people = People(habits, land, random)
    people.live()
    gang = Gang(people)
    crimes = [gang.commit(number) for number in range(habits.incidents)]
    asked = sorted((one for one in people.asked if 0 <= one.at < habits.days), key=lambda one: (one.at, one.code))
    words = f"{habits.days} days, {habits.areas} areas, {habits.products} products"
    queries = tuple(_seen(asked, habits, land, random))
    known = tuple(_truth(crime) for crime in crimes if crime is not None)
    return RivalLog(_geography(habits, land), queries, known, habits.days, words)


def _region(area: int) -> str:
    return f"市{area}"


def _province(number: int) -> str:
    return f"省{number}"


def _product(number: int) -> str:
    return f"item {number}"


def _geography(habits: Habits, land: Land) -> Geography:
    regions = tuple(
        Region(_region(area), _province(int(land.province[area])), float(land.latitude[area]),
               float(land.longitude[area]), float(land.people[area]))
        for area in range(habits.areas)
    )  # fmt: skip
    products = []
    for number in range(habits.products):
        names = frozenset(_province(int(one)) for one in land.province[land.sold[number]])
        products.append(Product(_product(number), str(81 * 10**5 + number), frozenset() if habits.no_sales else names))
    return Geography(regions, tuple(products))


def _seen(asked: list[Asked], habits: Habits, land: Land, random: np.random.Generator) -> Iterator[Seen]:
    first: dict[str, Asked] = {}
    for one in asked:
        verdict = one.standing
        if verdict == ACTIVE:
            before = first.setdefault(one.code, one)
            retry = before.caller == one.caller and (one.at - before.at) * _DAY_SECONDS < _RETRY_SECONDS
            is_first = before is one or (retry and habits.retry_is_first)
            verdict = "genuine_first" if is_first else "genuine_repeat"
        region = "" if random.random() < habits.no_region else _region(one.area)
        home = "" if one.home < 0 or random.random() < habits.no_destination else _province(one.home)
        product = "" if one.standing == UNKNOWN and habits.no_product else _product(one.product)
        yield Seen(START_AT + round(one.at * _DAY_SECONDS), region, product, one.code, one.caller, verdict, home)


def _truth(crime: Crime) -> Truth:
    product = _product(crime.product) if crime.product >= 0 else ""
    start, end = START_AT + crime.start * _DAY_SECONDS, START_AT + crime.end * _DAY_SECONDS
    return Truth(frozenset(map(_region, crime.areas)), product, start, end, crime.code, crime.manner)
