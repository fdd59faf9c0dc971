"""Honest people of the second country: families, gifts, bad networks, shops, quality checks, display items."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from tests.gateway.insight.rival.land import Habits, Land

ACTIVE, UNKNOWN, EARLY, EXPIRED = "active", "unknown", "not_activated", "expired"
_MINUTE = 1 / 1440


@dataclass(frozen=True, slots=True)
class Asked:
    """One query; `at` in days since the log's start, `home` the pack's province (-1: none)."""

    at: float
    area: int
    product: int
    code: str
    caller: str
    standing: str
    home: int


@dataclass(slots=True)
class People:
    """Writes what honest people ask into `asked`; `packs` are those that were sold."""

    habits: Habits
    land: Land
    random: np.random.Generator
    asked: list[Asked] = field(default_factory=list)
    packs: list[Asked] = field(default_factory=list)
    _number: int = 0

    def code(self, product: int) -> str:
        """A code that was not used before."""
        self._number += 1
        return f"{81 * 10**5 + product:07d}{int(self.random.integers(0, 10**6)):06d}{self._number:07d}"

    def caller(self) -> str:
        """A caller that did not ask before."""
        self._number += 1
        return f"k1:{self._number:x}"

    def live(self) -> None:
        """The whole honest log."""
        days, products, areas = np.nonzero(self.land.looks)
        bad_areas = set(self.random.choice(self.habits.areas, max(1, self.habits.areas // 15)).tolist())
        for day, product, area in zip(days.tolist(), products.tolist(), areas.tolist(), strict=True):
            for _ in range(int(self.land.looks[day, product, area])):
                self._look(day, product, area, area in bad_areas)
        for _ in range(self.habits.shops):
            self._shop()
        for _ in range(self.habits.checks):
            self._check()
        for _ in range(self.habits.displays):
            self._display()

    def hour(self) -> float:
        """A time of day, with a peak at noon and one in the evening."""
        peak = 0.5 if self.random.random() < 0.35 else 0.82
        return float(np.clip(self.random.normal(peak, 0.09), 0.0, 0.99999))

    def far(self, area: int) -> int:
        """Where somebody from `area` goes: near places more often than far ones."""
        pull = self.land.people / (50 + self.land.distances_km[area])
        pull[area] = 0
        return int(self.random.choice(len(pull), p=pull / pull.sum()))

    def _look(self, day: int, product: int, area: int, bad_network: bool) -> None:
        habits, random = self.habits, self.random
        at, who = day + self.hour(), self.caller()
        home = int(
            self.land.province[self.far(area) if random.random() < habits.travel * self.land.travel[day] else area]
        )
        standing = EARLY if random.random() < habits.early + self.land.late[day, product] else ACTIVE
        standing = EXPIRED if standing == ACTIVE and random.random() < 0.003 else standing
        pack = Asked(at, area, product, self.code(product), who, standing, home)
        self.asked.append(pack)
        if standing == ACTIVE:
            self.packs.append(pack)
            self._others(pack)
        if random.random() < habits.bad_network * (5 if bad_network else 1):
            for _ in range(int(random.integers(1, 4))):
                self._again(pack, at + float(random.uniform(2, 90)) / 86_400)
        if random.random() < habits.same:
            self._again(pack, at + float(random.exponential(5)))
        if random.random() < habits.typing * self.land.typing[day] * self.land.area_typing[area]:
            self._typed(pack)

    def _again(self, asked: Asked, at: float) -> None:
        self.asked.append(Asked(at, asked.area, asked.product, asked.code, asked.caller, asked.standing, asked.home))

    def _others(self, pack: Asked) -> None:
        """A family asks again within hours, in the same place; a gift is asked weeks later, elsewhere."""
        random = self.random
        if random.random() < self.habits.family:
            for _ in range(1 + int(random.geometric(0.7))):
                at = pack.at + float(random.lognormal(-2.5, 1.5))
                self.asked.append(Asked(at, pack.area, pack.product, pack.code, self.caller(), ACTIVE, pack.home))
        if random.random() < self.habits.gift:
            at, area = pack.at + float(random.lognormal(2.0, 0.8)), self.far(pack.area)
            self.asked.append(Asked(at, area, pack.product, pack.code, self.caller(), ACTIVE, pack.home))

    def _typed(self, pack: Asked) -> None:
        random = self.random
        corrected = random.random() < self.habits.corrected
        at = pack.at - float(random.uniform(0.3, 15)) * _MINUTE if corrected else pack.at + float(random.normal(0, 0.1))
        who = pack.caller if corrected else self.caller()
        wrong = Asked(max(0.0, at), pack.area, pack.product, self.code(pack.product), who, UNKNOWN, -1)
        self.asked.append(wrong)
        if random.random() < self.habits.again:
            self._again(wrong, wrong.at + float(random.uniform(0.2, 8)) * _MINUTE)

    def _shop(self) -> None:
        """Staff who check what comes in, a few or many a day; customers ask some of it again."""
        random, who = self.random, self.caller()
        area, each = int(random.choice(self.habits.areas)), int(random.integers(2, 40))
        for day in range(int(random.integers(0, self.habits.days)), self.habits.days, int(random.integers(1, 6))):
            for _ in range(each):
                product = int(random.integers(0, self.habits.products))
                standing = UNKNOWN if random.random() < 0.03 else ACTIVE
                home = int(self.land.province[area]) if standing == ACTIVE else -1
                one = Asked(day + self.hour(), area, product, self.code(product), who, standing, home)
                self.asked.append(one)
                if standing == ACTIVE and random.random() < 0.15:
                    later = one.at + float(random.exponential(6))
                    self.asked.append(Asked(later, area, product, one.code, self.caller(), ACTIVE, home))

    def _check(self) -> None:
        """An enterprise asks hundreds of codes of one product in an hour, some before they are activated."""
        random, staff = self.random, [self.caller() for _ in range(int(self.random.integers(1, 4)))]
        area, product = int(random.choice(self.habits.areas)), int(random.integers(0, self.habits.products))
        start, home = float(random.uniform(0, self.habits.days)), int(random.integers(0, self.habits.provinces))
        early = float(random.choice([0, 0.3, 1.0]))
        for _ in range(int(random.integers(60, 400))):
            standing = EARLY if random.random() < early else ACTIVE
            at, who = start + float(random.uniform(0, 0.05)), str(random.choice(staff))
            self.asked.append(Asked(at, area, product, self.code(product), who, standing, home))

    def _display(self) -> None:
        """Customers ask the pack on the shelf, in one shop."""
        pack = self.packs[int(self.random.integers(0, len(self.packs)))]
        for at in pack.at + self.random.uniform(0, self.random.uniform(3, 40), int(self.random.integers(4, 40))):
            one = Asked(float(at), pack.area, pack.product, pack.code, self.caller(), ACTIVE, pack.home)
            self.asked.append(one)
