"""What strayed packs are held against: packs a day of each route, and how packs of that route spread over the areas.

Two ways lead to a strayed pack: someone of its home travels, then packs of the route tell how many there are; or it was
bought where it is asked, then looks at the product there do.  Each is believed half.

There may be tens of thousands of routes: what is kept are packs, and of each route its product, its home and whether
its home sells the product; how its packs spread follows from those when it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gateway.core.hotspots.geography import Floats, Ints
from gateway.insight.exposures import DAYS, Singles, WholeExposures

_LEAST_ROOM, _BLOCK = 64, 1_024


class RouteExposures:
    """Exposures of routes.  `usual`, (products, areas): where products are asked; `people`, (homes, areas): where
    travellers from a home go; `bought`, (homes, areas): the chance that what comes from elsewhere comes from there."""

    def __init__(self, areas: int, looks: WholeExposures) -> None:
        self._looks = looks
        self.packs = np.zeros((0, DAYS), np.float32)
        self.usual = np.zeros((0, areas), np.float32)
        self.people = np.zeros((0, areas), np.float32)
        self.bought = np.zeros((0, areas), np.float32)
        self._away = np.zeros((0, areas), np.bool_)
        self._product, self._home = np.zeros(0, np.int64), np.zeros(0, np.int64)
        self._sold = np.zeros(0, np.bool_)
        self._routes = 0

    def add_home(self, away: np.ndarray[tuple[int], np.dtype[np.bool_]], people: Floats, bought: Floats) -> None:
        """One more home: the areas outside it, where its travellers go, and who buys its goods there, (1, areas)."""
        self._away = np.vstack([self._away, away])
        self.bought = np.vstack([self.bought, bought.astype(np.float32)])
        self.people = np.vstack([self.people, people.astype(np.float32)])

    def add(self, route: int, product: int, home: int, is_sold: bool) -> None:
        """One more route, whose home sells the product or does not: then packs were bought where it is sold."""
        if route >= len(self.packs):
            more = max(_LEAST_ROOM, route // 4)
            self.packs = np.concatenate([self.packs, np.zeros((more, DAYS), np.float32)])
            self._product, self._home = np.append(self._product, [0] * more), np.append(self._home, [0] * more)
            self._sold = np.append(self._sold, [False] * more)
        self._routes = max(self._routes, route + 1)
        self._product[route], self._home[route], self._sold[route] = product, home, is_sold

    def is_away(self, route: int, area: int) -> bool:
        """Is this area outside the route's home?"""
        return bool(self._away[self._home[route], area])

    def spread(self, routes: Ints) -> Singles:
        """Of a pack of each route, the chance-like weight of straying into each area, (routes, areas)."""
        homes, own = self._home[routes], self.usual[self._product[routes]]
        spread: Singles = np.where(self._sold[routes, None], (self.people[homes] + own) / 2, own) * self._away[homes]
        return spread

    def rows(self, units: Ints) -> Singles:
        """As the protocol says."""
        rows: Singles = self.spread(units)[:, :, None] * self.packs[units][:, None, :]
        rows += self._bought(units)[:, :, None] * self._looks.rows(self._product[units])
        rows /= 2
        return rows

    def _bought(self, routes: Ints) -> Singles:
        homes = self._home[routes]
        bought: Singles = self.bought[homes] * self._away[homes]
        return bought

    def day(self, day: int) -> Singles:
        """As the protocol says."""
        looks = self._looks.day(day)
        total = np.zeros((len(self.packs), self._away.shape[1]), np.float32)
        for some in self._blocks():
            travelled = self.spread(some) * self.packs[some, day, None]
            total[some] = (travelled + self._bought(some) * looks[self._product[some]]) / 2
        return total

    def recent(self) -> Singles:
        """As the protocol says."""
        looks = self._looks.recent()
        total = np.zeros((len(self.packs), self._away.shape[1]), np.float32)
        for some in self._blocks():
            travelled = self.spread(some) * self.packs[some].sum(axis=1)[:, None]
            total[some] = (travelled + self._bought(some) * looks[self._product[some]]) / 2
        return total

    def _blocks(self) -> Iterator[Ints]:
        for first in range(0, self._routes, _BLOCK):
            yield np.arange(first, min(first + _BLOCK, self._routes))

    def expected(self, cell: Singles, first: int) -> Floats:
        """As the protocol says."""
        total = np.zeros((self._away.shape[1], DAYS - first))
        looks = [self._looks.day(day) for day in range(first, DAYS)]
        for some in self._blocks():
            total += (self.spread(some) * cell[some]).T @ self.packs[some, first:]
            bought, products = self._bought(some) * cell[some], self._product[some]
            for number, day in enumerate(looks):
                total[:, number] += (bought * day[products]).sum(axis=0)
        return total / 2

    def next_day(self) -> None:
        """As the protocol says."""
        self.packs[:, :-1] = self.packs[:, 1:]
        self.packs[:, -1] = 0
