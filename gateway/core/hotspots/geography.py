"""Where the areas lie: distances, and the order in which a circle around each centre takes them in.  Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

EARTH_RADIUS_KM = 6367.0  # SaTScan's sphere, so that its radii can be compared
_TIE_KM = 1e-9

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Zones:
    """Candidate areas: the first 1..sizes[c] entries of row `order[c]`.

    `order` is int64 of shape (centres, most neighbours): each centre's areas, the nearest first.  A zone is named by
    (centre, size) and never spelled out.
    """

    order: Ints
    sizes: Ints

    def members(self, centre: int, size: int) -> tuple[int, ...]:
        """The areas of one zone, the nearest to its centre first."""
        return tuple(int(area) for area in self.order[centre, :size])


def great_circle_km(latitude_deg: Floats, longitude_deg: Floats) -> Floats:
    """All distances in km between points given in degrees; shape (n, n)."""
    latitude, longitude = np.radians(latitude_deg), np.radians(longitude_deg)
    half = np.sin((latitude[:, None] - latitude) / 2) ** 2
    half += np.cos(latitude)[:, None] * np.cos(latitude) * np.sin((longitude[:, None] - longitude) / 2) ** 2
    distances: Floats = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1)))
    return distances


def euclidean(x: Floats, y: Floats) -> Floats:
    """All straight distances between points, in the unit of `x` and `y`; shape (n, n)."""
    distances: Floats = np.hypot(x[:, None] - x, y[:, None] - y)
    return distances


def neighbour_order(distances: Floats, most: int | None = None) -> Ints:
    """Per centre the indices of the areas by distance; the centre itself first, ties by index."""
    rounded = np.round(distances / _TIE_KM) * _TIE_KM
    np.fill_diagonal(rounded, -1.0)
    order: Ints = np.argsort(rounded, axis=1, kind="stable")[:, : most or len(distances)].astype(np.int64)
    return order


def zones_up_to(distances: Floats, weight: Floats, share: float, most: int | None = None) -> Zones:
    """Zones of at most `share` (0..1) of the whole `weight` (population or expected cases) and `most` areas.

    A centre that outweighs the share alone has no zone (size 0), as in SaTScan.
    """
    order = neighbour_order(distances, most)
    cumulated = np.cumsum(weight[order], axis=1)
    sizes: Ints = (cumulated <= share * weight.sum() * (1 + 1e-12)).sum(axis=1).astype(np.int64)
    longest = max(1, int(sizes.max(initial=1)))
    return Zones(np.ascontiguousarray(order[:, :longest]), sizes)
