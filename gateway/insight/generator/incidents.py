"""Injected counterfeits: what is sold where, and the truth to judge alerts by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gateway.core.hotspots.geography import Floats
from gateway.insight.alerts import Kind
from gateway.insight.generator.country import Country
from gateway.insight.generator.honest import Honest
from gateway.insight.generator.queries import Asked, Numbers, Standing
from gateway.insight.generator.regime import Regime

_QUIET_DAYS = 20  # before the first incident: something must be learned first
MANNERS = ("copied", "online", "invented", "stolen", "diverted", "guessed")


@dataclass(frozen=True, slots=True)
class Incident:
    """What really happened: `areas` none for everywhere, `product` -1 for several; days since the log's start."""

    manner: str
    kind: Kind
    areas: tuple[int, ...]
    product: int
    start_day: float
    end_day: float
    queries: int
    code: str = ""


class Forger:
    """Commits the incidents of a log."""

    def __init__(
        self, regime: Regime, country: Country, honest: Honest, numbers: Numbers, random: np.random.Generator
    ) -> None:
        self._regime, self._country, self._honest = regime, country, honest
        self._numbers, self._random = numbers, random

    def commit(self) -> tuple[list[Asked], list[Incident]]:
        """Queries and truth of all incidents."""
        asked, truth = [], []
        for number in range(self._regime.incidents):
            manner = MANNERS[number % len(MANNERS)] if number < len(MANNERS) else str(self._random.choice(MANNERS))
            queries = self._one(manner)
            if queries:
                asked += queries
                truth.append(self._truth(manner, queries))
        return asked, truth

    def _one(self, manner: str) -> list[Asked]:
        random, days = self._random, self._regime.days
        start = float(random.uniform(_QUIET_DAYS, max(_QUIET_DAYS + 1, days - 8)))
        length = min(float(random.uniform(4, 30)), days - start)
        product = int(random.choice(self._regime.products, p=self._weight()))
        size = int(np.exp(random.uniform(np.log(8), np.log(100))))
        if manner == "online":
            return self._online(start, min(length, 12.0), product, size)
        if manner == "guessed":
            return self._guessed(start, product, size)
        areas = self._neighbours(product, manner == "diverted")
        times = np.sort(start + random.beta(1, 1.5, size) * length)
        makers = {
            "copied": self._copied, "invented": self._invented, "stolen": self._stolen, "diverted": self._diverted
        }  # fmt: skip
        return makers[manner](times, product, areas)

    def _weight(self) -> Floats:
        weight: Floats = np.sqrt(self._country.volume.sum(axis=(0, 2)) + 1e-9)
        share: Floats = weight / weight.sum()
        return share

    def _neighbours(self, product: int, outside: bool) -> list[int]:
        """A few neighbouring areas; of those where the product is sold, or (diversion) anywhere."""
        sold = self._country.volume[:, product].sum(axis=0) > 0
        choices = np.arange(len(sold)) if outside else np.nonzero(sold)[0]
        centre = int(self._random.choice(choices))
        order = [int(area) for area in np.argsort(self._country.distances_km[centre]) if outside or sold[area]]
        return order[: int(self._random.integers(1, 6))]

    def _asked(self, at: float, area: int, product: int, code: str, *, standing: Standing, destination: int) -> Asked:
        return Asked(at, area, product, code, self._numbers.caller(), standing, destination)

    def _copied(self, times: Floats, product: int, areas: list[int]) -> list[Asked]:
        before = [pack for pack in self._honest.packs if pack.product == product and pack.day < times[0]]
        if len(before) < 3:
            return []
        count = int(self._random.integers(3, 61))
        stock = [before[int(self._random.integers(0, len(before)))] for _ in range(count)]
        asked = []
        for at in times:
            pack = stock[int(self._random.integers(0, count))]
            area = int(self._random.choice(areas))
            asked.append(
                self._asked(float(at), area, product, pack.code, standing=pack.standing, destination=pack.destination)
            )
        return asked

    def _invented(self, times: Floats, product: int, areas: list[int]) -> list[Asked]:
        codes = [self._numbers.code(product) for _ in range(int(self._random.choice([3, 10, len(times)])))]
        resent = float(self._random.uniform(0.2, 0.7))
        if self._random.random() < 0.3 and len(codes) == len(times):  # bound to the area, not to a product
            codes = [self._numbers.code(int(self._random.integers(0, self._regime.products))) for _ in times]
        asked = []
        for at in times:
            code, area = str(self._random.choice(codes)), int(self._random.choice(areas))
            product = self._numbers.product(code)
            one = self._asked(float(at), area, product, code, standing=Standing.UNKNOWN, destination=-1)
            asked.append(one)
            if self._random.random() < resent:
                asked.append(Asked(one.day + 0.002, area, product, code, one.caller, Standing.UNKNOWN))
        return asked

    def _stolen(self, times: Floats, product: int, areas: list[int]) -> list[Asked]:
        home = int(self._country.province[areas[0]])
        return [
            self._asked(float(at), int(self._random.choice(areas)), product, self._numbers.code(product),
                        standing=Standing.NOT_ACTIVATED, destination=home)
            for at in times
        ]  # fmt: skip

    def _diverted(self, times: Floats, product: int, areas: list[int]) -> list[Asked]:
        away = [name for name in self._country.sales[product] if name not in set(self._country.province[areas])]
        if not away:
            return []
        distances = [self._country.distances_km[areas[0], self._country.province == name].min() for name in away]
        home = away[int(self._random.choice(np.argsort(distances)[len(away) // 2 :]))]
        return [
            self._asked(float(at), int(self._random.choice(areas)), product, self._numbers.code(product),
                        standing=Standing.ACTIVE, destination=home)
            for at in times
        ]  # fmt: skip

    def _online(self, start: float, length: float, product: int, size: int) -> list[Asked]:
        pull = self._country.population / self._country.population.sum()
        code, home = self._numbers.code(product), int(self._random.choice(self._country.sales[product]))
        times = np.sort(start + self._random.random(max(10, size // 2)) * length)
        return [
            self._asked(
                float(at),
                int(self._random.choice(len(pull), p=pull)),
                product,
                code,
                standing=Standing.ACTIVE,
                destination=home,
            )
            for at in times
        ]

    def _guessed(self, start: float, product: int, size: int) -> list[Asked]:
        random, asked = self._random, []
        callers = [self._numbers.caller() for _ in range(int(random.integers(1, 5)))]
        area, length = int(random.integers(0, len(self._country.population))), float(random.uniform(0.1, 2))
        for _ in range(max(60, 4 * size)):
            at, caller = start + float(random.random()) * length, str(random.choice(callers))
            asked.append(Asked(at, area, product, self._numbers.code(product), caller, Standing.UNKNOWN))
        return asked

    def _truth(self, manner: str, asked: list[Asked]) -> Incident:
        kinds = {"online": Kind.CLONE, "diverted": Kind.DIVERSION, "guessed": Kind.GUESSING}
        areas = () if manner == "online" else tuple(sorted({one.area for one in asked}))
        days = [one.day for one in asked]
        product = asked[0].product if len({one.product for one in asked}) == 1 else -1
        return Incident(
            manner, kinds.get(manner, Kind.HOTSPOT), areas, product, min(days), max(days), len(asked),
            asked[0].code if manner == "online" else "",
        )  # fmt: skip
