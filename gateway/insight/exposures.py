"""What counts are held against: exposures per unit, area and day of the last fourteen, whole or as a product."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gateway.core.hotspots.geography import Floats, Ints

DAYS = 14
_MOST = 60_000.0  # of half precision

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
    """Exposures of products, each number kept, in half precision: nobody's habits are known to a thousandth."""

    def __init__(self, units: int, areas: int) -> None:
        self._table = np.zeros((DAYS, units, areas), np.float16)

    def grow(self, units: int) -> None:
        """Make room for `units` units."""
        more = units - self._table.shape[1]
        if more > 0:
            self._table = np.concatenate(
                [self._table, np.zeros((DAYS, more, self._table.shape[2]), np.float16)], axis=1
            )

    def set_today(self, exposure: Floats) -> None:
        """Today's exposure so far; shape (units, areas)."""
        self._table[-1] = np.minimum(exposure, _MOST)

    def rows(self, units: Ints) -> Singles:
        """As the protocol says."""
        rows: Singles = self._table[:, units].transpose(1, 2, 0).astype(np.float32)
        return rows

    def day(self, day: int) -> Singles:
        """As the protocol says."""
        exposure: Singles = self._table[day].astype(np.float32)
        return exposure

    def recent(self) -> Singles:
        """As the protocol says."""
        total: Singles = self._table.sum(axis=0, dtype=np.float32)
        return total

    def expected(self, cell: Singles, first: int) -> Floats:
        """As the protocol says."""
        total: Floats = np.stack([(day * cell).sum(axis=0, dtype=float) for day in self._table[first:]], axis=1)
        return total

    def next_day(self) -> None:
        """As the protocol says."""
        self._table[:-1] = self._table[1:]
        self._table[-1] = 0
