"""Which surges belong to an incident that is known already: one cluster, one alarm."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.insight.sightings import Manner
from gateway.insight.terrain import Terrain

EVERY_PRODUCT = "*"
_SAME_KM = 250.0
_QUIET_DAYS = 21


@dataclass(slots=True)
class Cluster:
    """A reported incident: what it is about, where, and the day it was last seen."""

    manner: Manner
    product: str
    areas: set[int]
    first_day: int
    last_day: int


class Clusters:
    """The incidents that are alive: reported, and seen within the last three weeks."""

    def __init__(self, terrain: Terrain) -> None:
        self._terrain = terrain
        self.alive: list[Cluster] = []

    def match(self, manner: Manner, product: str, areas: tuple[int, ...]) -> Cluster | None:
        """The live incident of the same manner and product that these areas touch or lie close to."""
        for cluster in self.alive:
            same = product == cluster.product or EVERY_PRODUCT in (product, cluster.product)
            if cluster.manner is manner and same and self._close(cluster, areas):
                return cluster
        return None

    def _close(self, cluster: Cluster, areas: tuple[int, ...]) -> bool:
        if not cluster.areas.isdisjoint(areas):
            return True
        return bool(self._terrain.distances_km[list(areas)][:, sorted(cluster.areas)].min() <= _SAME_KM)

    def open(self, manner: Manner, product: str, areas: tuple[int, ...], first_day: int, today: int) -> Cluster:
        """A new incident."""
        cluster = Cluster(manner, product, set(areas), first_day, today)
        self.alive.append(cluster)
        return cluster

    def expire(self, today: int) -> None:
        """Incidents that were quiet for three weeks are over; what comes after is a new one."""
        self.alive = [cluster for cluster in self.alive if today - cluster.last_day <= _QUIET_DAYS]
