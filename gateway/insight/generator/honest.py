"""What honest people ask: packs they bought, second looks, typing errors; and scanners, display items, late batches."""

from __future__ import annotations

import numpy as np

from gateway.insight.generator.country import Country
from gateway.insight.generator.queries import Asked, Numbers, Standing
from gateway.insight.generator.regime import Regime

_SECOND = 1 / 86_400


class Honest:
    """Writes an honest log; `packs` remembers what was sold, for counterfeiters to copy."""

    def __init__(self, regime: Regime, country: Country, numbers: Numbers, random: np.random.Generator) -> None:
        self._regime, self._country, self._numbers, self._random = regime, country, numbers, random
        self._pull = country.population / country.population.sum()
        self.packs: list[Asked] = []

    def write(self) -> list[Asked]:
        """All honest queries, unsorted."""
        asked: list[Asked] = []
        for day in range(self._regime.days):
            counts = self._random.poisson(self._country.volume[day])
            for product, area in zip(*np.nonzero(counts), strict=True):
                for _ in range(counts[product, area]):
                    asked += self._purchase(day, int(product), int(area))
        for _ in range(self._regime.scanners):
            asked += self._scanner()
        for _ in range(self._regime.displays):
            asked += self._display()
        return asked

    def moment(self, day: float) -> float:
        """An instant of that day, mostly between nine and ten in the evening."""
        return int(day) + float(np.clip(self._random.normal(0.62, 0.16), 0.0, 0.9999))

    def _elsewhere(self, area: int) -> int:
        """Another place: often of the same province, else anywhere by population."""
        if self._random.random() < 0.4:
            return int(self._random.choice(np.nonzero(self._country.province == self._country.province[area])[0]))
        return int(self._random.choice(len(self._pull), p=self._pull))

    def _purchase(self, day: int, product: int, area: int) -> list[Asked]:
        regime, random = self._regime, self._random
        at, code, caller = self.moment(day), self._numbers.code(product), self._numbers.caller()
        home = self._elsewhere(area) if random.random() < regime.strayed else area
        standing = Standing.ACTIVE
        if random.random() < self._country.late[day, product] + regime.early:
            standing = Standing.NOT_ACTIVATED
        elif random.random() < 0.004:
            standing = Standing.EXPIRED
        pack = Asked(at, area, product, code, caller, standing, int(self._country.province[home]))
        asked = [pack]
        if standing is Standing.ACTIVE:
            self.packs.append(pack)
            asked += self._second_looks(pack)
        if random.random() < regime.retransmitted:
            asked.append(_again(pack, at + float(random.uniform(1, 30)) * _SECOND))
        if random.random() < regime.same_caller:
            asked.append(_again(pack, at + float(random.exponential(2))))
        miss = min(0.5, regime.typing * self._country.miss_rate[day, area] * self._country.product_miss[product])
        return asked + self._typing_error(pack) if random.random() < miss else asked

    def _second_looks(self, pack: Asked) -> list[Asked]:
        regime, random = self._regime, self._random
        looks, chance, at = [], regime.second_share * self._country.second_rate[int(pack.day), pack.area], pack.day
        while random.random() < min(0.6, chance):
            at = self.moment(at + random.exponential(regime.second_delay)) if random.random() < 0.8 else at + 0.02
            if at <= pack.day:
                at = pack.day + 0.01
            area = self._elsewhere(pack.area) if random.random() < regime.elsewhere else pack.area
            looks.append(
                Asked(at, area, pack.product, pack.code, self._numbers.caller(), pack.standing, pack.destination)
            )
            chance = regime.third_share
        return looks

    def _typing_error(self, pack: Asked) -> list[Asked]:
        regime, random = self._regime, self._random
        wrong = self._numbers.code(pack.product)
        corrected = random.random() < regime.corrected
        at = pack.day - float(random.uniform(20, 600)) * _SECOND if corrected else self.moment(pack.day)
        caller = pack.caller if corrected else self._numbers.caller()
        miss = Asked(at, pack.area, pack.product, wrong, caller, Standing.UNKNOWN)
        resent = random.random() < regime.resent
        return [miss, _again(miss, at + float(random.uniform(5, 400)) * _SECOND)] if resent else [miss]

    def _scanner(self) -> list[Asked]:
        """A scanner application in a shop: one caller, many packs, now and then one that somebody asked before."""
        random, caller = self._random, self._numbers.caller()
        area = int(random.choice(len(self._pull), p=self._pull))
        asked = []
        for day in range(int(random.integers(0, self._regime.days)), self._regime.days, int(random.integers(1, 5))):
            for _ in range(int(random.integers(5, 60))):
                product, at = int(random.integers(0, self._regime.products)), self.moment(day)
                if random.random() < 0.05:
                    code, standing = self._numbers.code(product), Standing.UNKNOWN
                else:
                    code, standing = self._numbers.code(product), Standing.ACTIVE
                destination = int(self._country.province[area]) if standing is Standing.ACTIVE else -1
                asked.append(Asked(at, area, product, code, caller, standing, destination))
                if random.random() < 0.1:
                    asked.append(Asked(at + 0.3, area, product, code, self._numbers.caller(), standing, destination))
        return asked

    def _display(self) -> list[Asked]:
        """A display item: customers of one shop ask the same pack."""
        random = self._random
        pack = self.packs[int(random.integers(0, len(self.packs)))]
        length = float(random.uniform(5, 60))
        days = pack.day + random.uniform(0, length, int(random.integers(5, 30)))
        return [
            Asked(
                float(day), pack.area, pack.product, pack.code, self._numbers.caller(), pack.standing, pack.destination
            )
            for day in days
        ]


def _again(asked: Asked, day: float) -> Asked:
    return Asked(day, asked.area, asked.product, asked.code, asked.caller, asked.standing, asked.destination)
