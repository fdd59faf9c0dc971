"""The space-time scan of observed counts: the clusters, most likely first.  Pure.

Zones are prefixes of each centre's neighbour order and windows are running sums, so a zone's count is one addition
away from the smaller zone's; no zone is ever spelled out.  A purely spatial scan has one window.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from gateway.core.hotspots.geography import Floats, Zones
from gateway.core.hotspots.statistic import llr
from gateway.core.hotspots.windows import Windows


class Model(StrEnum):
    """What is fixed under the null: the total (Poisson), both margins (permutation), or the expectations alone."""

    POISSON = "poisson"
    PERMUTATION = "permutation"
    EXPECTATION = "expectation"


@dataclass(frozen=True, slots=True)
class Table:
    """Counts and expectations per area and day, shape (areas, days), and the model that relates them.

    `total` is the number of cases that the ratio is conditioned on; None for the expectation-based model.
    """

    model: Model
    counts: Floats
    expected: Floats
    total: float | None


def poisson_table(counts: Floats, population: Floats) -> Table:
    """Kulldorff's Poisson model: as many cases are expected as observed, spread as `population` (same shape) is."""
    cases = np.asarray(counts, float)
    return Table(Model.POISSON, cases, population * (cases.sum() / population.sum()), float(cases.sum()))


def permutation_table(counts: Floats) -> Table:
    """The space-time permutation model: no interaction of area and day beyond the two margins."""
    cases = np.asarray(counts, float)
    expected = cases.sum(axis=1, keepdims=True) * cases.sum(axis=0) / max(1.0, cases.sum())
    return Table(Model.PERMUTATION, cases, expected, float(cases.sum()))


def expectation_table(counts: Floats, expected: Floats) -> Table:
    """The expectation-based Poisson model: `expected` is known from elsewhere."""
    return Table(Model.EXPECTATION, np.asarray(counts, float), np.asarray(expected, float), None)


@dataclass(frozen=True, slots=True)
class Cluster:
    """An excess: areas `members` (nearest to `centre` first), days `start` up to, not including, `end`."""

    centre: int
    members: tuple[int, ...]
    start: int
    end: int
    observed: int
    expected: float
    llr: float

    @property
    def ratio(self) -> float:
        """Observed over expected."""
        return self.observed / self.expected if self.expected > 0 else float("inf")


def best_per_centre(table: Table, zones: Zones, windows: Windows, least_cases: int = 2) -> Iterator[Cluster]:
    """The likeliest zone and window around each centre, for centres that show any excess."""
    counts, expected = windows.sums(table.counts), windows.sums(table.expected)
    for centre, size in enumerate(zones.sizes):
        near = zones.order[centre, :size]
        count, mean = np.cumsum(counts[near], axis=0), np.cumsum(expected[near], axis=0)
        ratios = np.where(count >= least_cases, llr(count, mean, table.total), 0.0)
        if not ratios.size or ratios.max() <= 0:
            continue
        best, window = (int(axis) for axis in np.unravel_index(int(ratios.argmax()), ratios.shape))
        yield Cluster(
            centre,
            zones.members(centre, best + 1),
            int(windows.starts[window]),
            int(windows.ends[window]),
            round(float(count[best, window])),
            float(mean[best, window]),
            float(ratios[best, window]),
        )


def clusters(table: Table, zones: Zones, windows: Windows, least_cases: int = 2) -> list[Cluster]:
    """Clusters that share no area, most likely first; ties go to the smaller zone, then the earlier centre."""
    ranked = sorted(
        best_per_centre(table, zones, windows, least_cases),
        key=lambda cluster: (-round(cluster.llr, 9), len(cluster.members), cluster.centre),
    )
    taken: set[int] = set()
    kept = []
    for cluster in ranked:
        if taken.isdisjoint(cluster.members):
            taken.update(cluster.members)
            kept.append(cluster)
    return kept
