"""The ways of packs: from a product to the province that they are destined to, and where else they are asked."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gateway.core.hotspots.geography import Floats
from gateway.insight.exposures import WholeExposures
from gateway.insight.route_exposures import RouteExposures
from gateway.insight.terrain import Terrain

_NEAR_KM = 100.0


class Routes:
    """Numbers each (product, destination); counts today's packs of each; knows which areas are not its home.

    A pack without a destination is held against its product's sales provinces; without those it has no route.
    """

    def __init__(
        self,
        terrain: Terrain,
        sales: Mapping[str, frozenset[str]],
        product_number: Mapping[str, int],
        looks: WholeExposures,
    ) -> None:
        self._terrain, self._sales, self._product_number = terrain, sales, product_number
        self._provinces = frozenset(terrain.provinces)
        self._numbers: dict[tuple[str, str], int] = {}
        self._of_product: dict[str, list[int]] = {}
        self._names: list[tuple[str, str]] = []
        self.exposures = RouteExposures(len(terrain), looks)
        self._home_numbers: dict[frozenset[str], int] = {}
        self._km = np.zeros((0, len(terrain)))  # of each area from each home
        self._homes = np.zeros((0, len(terrain)))  # which areas belong to each
        self._part = np.full(len(terrain), 1 / len(terrain))

    def __len__(self) -> int:
        return len(self._names)

    def number(self, product: str, destination: str) -> int | None:
        """The number of a pack's route; a new one is appended."""
        sales = self._sales.get(product, frozenset())
        home = (frozenset([destination]) if destination else sales) & self._provinces
        if not home:
            return None
        key = (product, destination)
        if key not in self._numbers:
            self._numbers[key] = len(self._names)
            self._of_product.setdefault(product, []).append(len(self._names))
            self._names.append(key)
            self.exposures.add(
                len(self._names) - 1, self._product_number[product], self._home(home), not sales or home <= sales
            )
        return self._numbers[key]

    def group(self, route: int) -> int:
        """Routes to one province share the habits of their travellers: 1 + the province's number; 0 without one."""
        destination = self._names[route][1]
        return 1 + self._terrain.provinces.index(destination) if destination else 0

    def count(self, route: int) -> None:
        """One pack of this route was asked today, wherever."""
        self.exposures.packs[route, -1] += 1

    def is_away(self, route: int, area: int) -> bool:
        """Is this area outside the route's home?"""
        return self.exposures.is_away(route, area)

    def product(self, route: int) -> str:
        """The product's name."""
        return self._names[route][0]

    def of_product(self, product: str) -> list[int]:
        """All routes of a product."""
        return self._of_product.get(product, [])

    def _home(self, names: frozenset[str]) -> int:
        number = self._home_numbers.get(names)
        if number is None:
            number = self._home_numbers[names] = len(self._km)
            provinces = [self._terrain.provinces.index(name) for name in sorted(names)]
            self._km = np.vstack([self._km, self._terrain.km_from(provinces)])
            home = self._terrain.in_province[provinces].any(axis=0)
            self._homes = np.vstack([self._homes, home])
            self.exposures.add_home(~home, self._like_people(self._km[-1:]), self._bought(self._homes[-1:]))
        return number

    def _bought(self, homes: Floats) -> Floats:
        """How likely goods of each home come to each area, of those from other provinces; (homes, areas)."""
        foreign = self._terrain.province_of[:, None] != self._terrain.province_of
        pull = np.zeros(foreign.shape)
        for some in (self._part * foreign, self._part * foreign / (_NEAR_KM + self._terrain.distances_km)):
            pull += some / np.maximum(some.sum(axis=1, keepdims=True), 1e-12) / 2
        bought: Floats = homes @ pull.T
        return bought

    def _like_people(self, km: Floats) -> Floats:
        """Travellers go where people are, more of them near home; (homes, areas), rows summing to 1."""
        near = self._part / (_NEAR_KM + km)
        spread: Floats = (self._part + near / near.sum(axis=1, keepdims=True)) / 2
        return spread

    def spread(self, part: Floats, usual: Floats) -> None:
        """How packs stray from now on.  `part`: where people are, (areas,); `usual`: sales, (products, areas)."""
        self._part = part
        self.exposures.usual = usual.astype(np.float32)
        self.exposures.people = self._like_people(self._km).astype(np.float32)
        self.exposures.bought = self._bought(self._homes).astype(np.float32)
