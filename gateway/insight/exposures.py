"""What counts are held against: exposures per unit, area and day of the last fourteen, whole or as a product."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gateway.core.hotspots.geography import Floats, Ints

DAYS = 14

Singles = NDArray[np.float32]


class Exposures(Protocol):
    """How much could have been seen; today is the last of the fourteen days."""

    def rows(self, units: Ints) -> Singles:
        """The exposure of some units, (units, areas, days)."""

    def day(self, day: int) -> Singles:
        """The exposure of all units on one day, (units, areas)."""

    def recent(self) -> Singles:
        """The exposure of all units over all days, (units, areas)."""

    def expected(self, cell: Singles, first: int) -> Floats:
        """The exposures times `cell`, (units, areas), of all units together from day `first` on, (areas, days)."""

    def next_day(self) -> None:
        """Make room for a new day."""


class WholeExposures:
    """Exposures of products, each number kept."""

    def __init__(self, units: int, areas: int) -> None:
        self._table = np.zeros((units, areas, DAYS), np.float32)

    def grow(self, units: int) -> None:
        """Make room for `units` units."""
        more = units - len(self._table)
        if more > 0:
            self._table = np.concatenate([self._table, np.zeros((more, *self._table.shape[1:]), np.float32)])

    def set_today(self, exposure: Floats) -> None:
        """Today's exposure so far; shape (units, areas)."""
        self._table[:, :, -1] = exposure

    def rows(self, units: Ints) -> Singles:
        """As the protocol says."""
        rows: Singles = self._table[units]
        return rows

    def day(self, day: int) -> Singles:
        """As the protocol says."""
        return self._table[:, :, day]

    def recent(self) -> Singles:
        """As the protocol says."""
        total: Singles = self._table.sum(axis=2)
        return total

    def expected(self, cell: Singles, first: int) -> Floats:
        """As the protocol says."""
        total: Floats = np.einsum("uad,ua->ad", self._table[:, :, first:], cell).astype(float)
        return total

    def next_day(self) -> None:
        """As the protocol says."""
        self._table[:, :, :-1] = self._table[:, :, 1:]
        self._table[:, :, -1] = 0


class RouteExposures:
    """Exposures of routes: packs per day, times how packs of that route spread over the areas.

    There may be tens of thousands of routes, so the two factors are kept and not their product.
    """

    def __init__(self, areas: int) -> None:
        self.packs = np.zeros((0, DAYS), np.float32)
        self.spread = np.zeros((0, areas), np.float32)

    def grow(self, routes: int) -> None:
        """Make room for `routes` routes."""
        more = routes - len(self.packs)
        if more > 0:
            self.packs = np.concatenate([self.packs, np.zeros((more, DAYS), np.float32)])
            self.spread = np.concatenate([self.spread, np.zeros((more, self.spread.shape[1]), np.float32)])

    def rows(self, units: Ints) -> Singles:
        """As the protocol says."""
        return self.spread[units][:, :, None] * self.packs[units][:, None, :]

    def day(self, day: int) -> Singles:
        """As the protocol says."""
        return self.spread * self.packs[:, day, None]

    def recent(self) -> Singles:
        """As the protocol says."""
        total: Singles = self.spread * self.packs.sum(axis=1, keepdims=True)
        return total

    def expected(self, cell: Singles, first: int) -> Floats:
        """As the protocol says."""
        return ((self.spread * cell).T @ self.packs[:, first:]).astype(float)

    def next_day(self) -> None:
        """As the protocol says."""
        self.packs[:, :-1] = self.packs[:, 1:]
        self.packs[:, -1] = 0
