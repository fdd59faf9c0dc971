"""What strayed packs are held against: packs a day of each route, and how packs of that route spread over the areas.

There may be tens of thousands of routes: what is kept are packs, and of each route its product, its home and whether
its home sells the product; how its packs spread follows from those when it is asked for.
"""

from __future__ import annotations

import numpy as np

from gateway.core.hotspots.geography import Floats, Ints
from gateway.insight.exposures import DAYS, Singles

_LEAST_ROOM, _BLOCK = 64, 1_024


class RouteExposures:
    """Exposures of routes.  `usual`, (products, areas): where products are asked; `people`, (homes, areas): where
    travellers from a home go."""

    def __init__(self, areas: int) -> None:
        self.packs = np.zeros((0, DAYS), np.float32)
        self.usual = np.zeros((0, areas), np.float32)
        self.people = np.zeros((0, areas), np.float32)
        self._away = np.zeros((0, areas), np.bool_)
        self._product, self._home = np.zeros(0, np.int64), np.zeros(0, np.int64)
        self._sold = np.zeros(0, np.bool_)

    def add_home(self, away: np.ndarray[tuple[int], np.dtype[np.bool_]], people: Floats) -> None:
        """One more home: the areas outside it, and where its travellers go, (1, areas)."""
        self._away = np.vstack([self._away, away])
        self.people = np.vstack([self.people, people.astype(np.float32)])

    def add(self, route: int, product: int, home: int, is_sold: bool) -> None:
        """One more route, whose home sells the product or does not: then packs were bought where it is sold."""
        if route >= len(self.packs):
            more = max(_LEAST_ROOM, route // 4)
            self.packs = np.concatenate([self.packs, np.zeros((more, DAYS), np.float32)])
            self._product, self._home = np.append(self._product, [0] * more), np.append(self._home, [0] * more)
            self._sold = np.append(self._sold, [False] * more)
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
        return self.spread(units)[:, :, None] * self.packs[units][:, None, :]

    def day(self, day: int) -> Singles:
        """As the protocol says."""
        return self._times(self.packs[:, day])

    def recent(self) -> Singles:
        """As the protocol says."""
        return self._times(self.packs.sum(axis=1))

    def _times(self, packs: Singles) -> Singles:
        total = np.zeros((len(packs), self._away.shape[1]), np.float32)
        asked = np.nonzero(packs)[0]
        for first in range(0, len(asked), _BLOCK):
            some = asked[first : first + _BLOCK]
            total[some] = self.spread(some) * packs[some, None]
        return total

    def expected(self, cell: Singles, first: int) -> Floats:
        """As the protocol says."""
        total = np.zeros((self._away.shape[1], DAYS - first))
        asked = np.nonzero(self.packs[:, first:].any(axis=1))[0]
        for start in range(0, len(asked), _BLOCK):
            some = asked[start : start + _BLOCK]
            total += (self.spread(some) * cell[some]).T @ self.packs[some, first:]
        return total

    def next_day(self) -> None:
        """As the protocol says."""
        self.packs[:, :-1] = self.packs[:, 1:]
        self.packs[:, -1] = 0
