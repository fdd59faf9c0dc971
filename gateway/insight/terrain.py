"""The areas of a log as the scan sees them: neighbour order, provinces, distances."""

from __future__ import annotations

import numpy as np

from gateway.core.hotspots.geography import Floats, Zones, great_circle_km, neighbour_order
from gateway.insight.query_log import Region

MOST_AREAS = 12


class Terrain:
    """Zones of up to twelve neighbouring areas around every area; at most half of all areas."""

    def __init__(self, regions: tuple[Region, ...]) -> None:
        self.regions = regions
        self.number = {region.name: index for index, region in enumerate(regions)}
        self.provinces = tuple(sorted({region.province for region in regions}))
        self.distances_km = great_circle_km(
            np.array([region.latitude_deg for region in regions]),
            np.array([region.longitude_deg for region in regions]),
        )
        most = max(1, min(MOST_AREAS, len(regions) // 2))
        order = neighbour_order(self.distances_km, most)
        self.zones = Zones(order, np.full(len(order), most))
        self.province_of = np.array([self.provinces.index(region.province) for region in regions])
        self.in_province = self.province_of == np.arange(len(self.provinces))[:, None]
        self.inside = self.province_of[order] == self.province_of[:, None]
        self.population = np.array([region.population for region in regions])
        self._near: list[list[int]] = [[] for _ in regions]
        for centre, row in enumerate(order):
            for area in row:
                self._near[int(area)].append(centre)

    def __len__(self) -> int:
        return len(self.regions)

    def km_from(self, provinces: list[int]) -> Floats:
        """How far each area is from the nearest one of these provinces."""
        home = self.in_province[provinces].any(axis=0)
        distances: Floats = self.distances_km[:, home].min(axis=1, initial=1e4)
        return distances

    def centres_near(self, area: int) -> list[int]:
        """The centres one of whose zones holds `area`."""
        return self._near[area]

    def names(self, areas: tuple[int, ...]) -> tuple[str, ...]:
        """The regions' names."""
        return tuple(self.regions[area].name for area in areas)
