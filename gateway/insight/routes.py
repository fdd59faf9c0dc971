"""The ways of packs: from a product to the province that they are destined to, and where else they are asked."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from gateway.core.hotspots.geography import Floats
from gateway.insight.exposures import RouteExposures
from gateway.insight.sightings import Sighting
from gateway.insight.terrain import Terrain

_LEAST_ROOM = 64
_NEAR_KM = 100.0


class Routes:
    """Numbers each (product, destination); counts today's packs of each; knows which areas are not its home.

    A pack without a destination is held against its product's sales provinces; without those it has no route.
    """

    def __init__(
        self, terrain: Terrain, sales: Mapping[str, frozenset[str]], product_number: Mapping[str, int]
    ) -> None:
        self._terrain, self._sales, self._product_number = terrain, sales, product_number
        self._provinces = frozenset(terrain.provinces)
        self._numbers: dict[tuple[str, str], int] = {}
        self._of_product: dict[str, list[int]] = {}
        self._names: list[tuple[str, str]] = []
        self.exposures = RouteExposures(len(terrain))
        self._away: list[NDArray[np.bool_]] = []
        self._sold: list[bool] = []
        self._home_km: list[NDArray[np.float32]] = []

    def __len__(self) -> int:
        return len(self._names)

    def number(self, sighting: Sighting) -> int | None:
        """The number of a pack's route; a new one is appended."""
        destination = sighting.destination
        sales = self._sales.get(sighting.product, frozenset())
        home = (frozenset([destination]) if destination else sales) & self._provinces
        if not home:
            return None
        key = (sighting.product, destination)
        if key not in self._numbers:
            self._numbers[key] = len(self._names)
            self._of_product.setdefault(sighting.product, []).append(len(self._names))
            self._names.append(key)
            provinces = [self._terrain.provinces.index(name) for name in sorted(home)]
            self._home_km.append(self._terrain.km_from(provinces).astype(np.float32))
            self._away.append(~self._terrain.in_province[provinces].any(axis=0))
            self._sold.append(not sales or home <= sales)
        return self._numbers[key]

    def group(self, route: int) -> int:
        """Routes to one province share the habits of their travellers: 1 + the province's number; 0 without one."""
        destination = self._names[route][1]
        return 1 + self._terrain.provinces.index(destination) if destination else 0

    def count(self, route: int) -> None:
        """One pack of this route was asked today, wherever."""
        if route >= len(self.exposures.packs):
            self.exposures.grow(max(_LEAST_ROOM, len(self._names) * 5 // 4))
        self.exposures.packs[route, -1] += 1

    def is_away(self, route: int, area: int) -> bool:
        """Is this area outside the route's home?"""
        return bool(self._away[route][area])

    def product(self, route: int) -> str:
        """The product's name."""
        return self._names[route][0]

    def of_product(self, product: str) -> list[int]:
        """All routes of a product."""
        return self._of_product.get(product, [])

    def spread(self, part: Floats, usual: Floats, first: int = 0) -> None:
        """How packs of the routes from `first` on stray: like people, or like the product's sales.

        Travellers take packs where people are, more of them near home; a pack whose destination does not even sell the
        product was bought where the product is sold.  `part` is of shape (areas,), `usual` (products, areas).
        """
        for route in range(first, len(self._names)):
            own = usual[self._product_number[self._names[route][0]]]
            near = part / (_NEAR_KM + self._home_km[route])
            spread = (part + near / near.sum() + 2 * own) / 4 if self._sold[route] else own
            self.exposures.spread[route] = spread * self._away[route]
