"""Counterfeits in the second country, and the truth about them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gateway.core.hotspots.geography import Floats
from tests.gateway.insight.rival.people import ACTIVE, EARLY, UNKNOWN, Asked, People

MANNERS = ("copied", "invented", "stolen", "diverted", "online", "guessed")
_FIRST_DAY = 12.0


@dataclass(frozen=True, slots=True)
class Crime:
    """What happened: no areas: everywhere; product -1: several."""

    manner: str
    areas: tuple[int, ...]
    product: int
    start: float
    end: float
    code: str
    size: int


class Gang:
    """Commits crimes among people."""

    def __init__(self, people: People) -> None:
        self._people, self._land, self._random = people, people.land, people.random

    def commit(self, number: int) -> Crime | None:
        """One crime; its queries join the people's.  None where it cannot be."""
        random, habits = self._random, self._people.habits
        manner = MANNERS[number % len(MANNERS)]
        start = float(random.uniform(_FIRST_DAY, habits.days - 6))
        length = float(min(random.gamma(3, 5) + 2, habits.days - start))
        size = int(np.clip(random.lognormal(3.2, 0.7), 8, 120))
        weight = self._land.looks.sum(axis=(0, 2)) + 1.0
        product = int(random.choice(habits.products, p=weight / weight.sum()))
        areas = self._places(product, manner == "diverted")
        times = np.sort(start + random.random(size) ** random.uniform(0.8, 1.6) * length)
        asked = {
            "copied": self._copied, "invented": self._invented, "stolen": self._stolen, "diverted": self._diverted,
            "online": self._online, "guessed": self._guessed,
        }[manner](times, product, areas)  # fmt: skip
        if not asked:
            return None
        self._people.asked += asked
        where = () if manner == "online" else tuple(sorted({one.area for one in asked}))
        at = [one.at for one in asked]
        code = asked[0].code if manner == "online" else ""
        single = product if len({one.product for one in asked}) == 1 else -1
        return Crime(manner, where, single, min(at), max(at), code, len(asked))

    def _places(self, product: int, anywhere: bool) -> list[int]:
        choices = np.arange(self._people.habits.areas) if anywhere else np.nonzero(self._land.sold[product])[0]
        centre = int(self._random.choice(choices))
        near = [int(area) for area in np.argsort(self._land.distances_km[centre])[:8] if area in set(choices.tolist())]
        return near[: int(self._random.integers(1, 5))]

    def _pick(self, areas: list[int]) -> int:
        return areas[0] if self._random.random() < 0.4 else int(self._random.choice(areas))

    def _copied(self, times: Floats, product: int, areas: list[int]) -> list[Asked]:
        """Copies of a few labels, or of a whole case; some labels were never asked before."""
        old = [pack for pack in self._people.packs if pack.product == product and pack.at < times[0]]
        count = int(self._random.choice([3, 8, 24]))
        home = int(self._land.province[areas[0]])
        stock = [
            str(self._random.choice([pack.code for pack in old[-500:]]))
            if old and self._random.random() < 0.7
            else self._people.code(product)
            for _ in range(count)
        ]
        return [
            Asked(float(at), self._pick(areas), product, str(self._random.choice(stock)), self._people.caller(),
                  ACTIVE, home)
            for at in times
        ]  # fmt: skip

    def _invented(self, times: Floats, product: int, areas: list[int]) -> list[Asked]:
        stock = [self._people.code(product) for _ in range(int(self._random.choice([2, 6, 60])))]
        asked = []
        for at in times:
            area, code, who = self._pick(areas), str(self._random.choice(stock)), self._people.caller()
            asked.append(Asked(float(at), area, product, code, who, UNKNOWN, -1))
            if self._random.random() < 0.4:
                asked.append(Asked(float(at) + 0.003, area, product, code, who, UNKNOWN, -1))
        return asked

    def _stolen(self, times: Floats, product: int, areas: list[int]) -> list[Asked]:
        home = int(self._land.province[areas[0]])
        return [
            Asked(float(at), self._pick(areas), product, self._people.code(product), self._people.caller(), EARLY, home)
            for at in times
        ]

    def _diverted(self, times: Floats, product: int, areas: list[int]) -> list[Asked]:
        homes = set(self._land.province[self._land.sold[product]].tolist())
        homes -= set(self._land.province[areas].tolist())
        if not homes or self._people.habits.no_destination == 1.0:
            return []
        home = int(self._random.choice(sorted(homes)))
        return [
            Asked(
                float(at), self._pick(areas), product, self._people.code(product), self._people.caller(), ACTIVE, home
            )
            for at in times
        ]

    def _online(self, times: Floats, product: int, _: list[int]) -> list[Asked]:
        code, home = self._people.code(product), int(self._random.choice(self._land.province))
        pull = self._land.people / self._land.people.sum()
        places = self._random.choice(len(pull), len(times), p=pull)
        start = times[0]
        return [
            Asked(float(start + (at - start) / 2), int(area), product, code, self._people.caller(), ACTIVE, home)
            for at, area in zip(times, places, strict=True)
        ]

    def _guessed(self, times: Floats, product: int, areas: list[int]) -> list[Asked]:
        callers = [self._people.caller() for _ in range(int(self._random.integers(1, 4)))]
        start, length = float(times[0]), float(self._random.uniform(0.05, 1.5))
        return [
            Asked(start + float(self._random.random()) * length, areas[0], product, self._people.code(product),
                  str(self._random.choice(callers)), UNKNOWN, -1)
            for _ in range(40 + 4 * len(times))
        ]  # fmt: skip
