"""From a stream's ledger to the fields that surges are looked for in: zone sums, and what they are held against."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gateway.core.hotspots.geography import Floats, Ints
from gateway.core.hotspots.levels import LEAST_EXPECTED, Field, Rest, Unevenness
from gateway.insight.exposures import Singles
from gateway.insight.ledger import Ledger
from gateway.insight.sightings import Stream
from gateway.insight.terrain import Terrain

_LARGEST_PART = 0.5
_LEAST_EXPECTED = dict.fromkeys(Stream, LEAST_EXPECTED) | {
    Stream.STRAYED: 0.35, Stream.RESENT: 0.25, Stream.EARLY: 0.2, Stream.AWAY: 0.2,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Block:
    """Some units (their running sums over the days, today first) and pairs of one of them and a centre."""

    units: Ints
    centres: Ints
    place: Ints  # of each pair's unit in the rows
    observed: Floats
    expected: Floats

    def totals(self) -> Floats:
        """What is expected of each pair's unit in the longest window."""
        totals: Floats = self.expected[:, :, -1].sum(axis=1)[self.place]
        return totals


class Fields:
    """`compares_products` says whether other units of the same area tell what is usual there today."""

    def __init__(self, stream: Stream, terrain: Terrain, ledger: Ledger, compares_products: bool) -> None:
        self._stream, self._terrain, self._ledger = stream, terrain, ledger
        self._compares = compares_products

    def block(self, units: Ints, centres: Ints) -> Block:
        """Pairs of a unit and a centre, by unit."""
        own = np.unique(units)
        observed, expected = self._ledger.rows(own)
        return Block(
            units, centres, np.searchsorted(own, units),
            np.cumsum(observed[:, :, ::-1], axis=2), np.cumsum(expected[:, :, ::-1], axis=2),
        )  # fmt: skip

    def everything(self) -> tuple[Floats, Floats]:
        """Running sums of all units together, observed and expected, (areas, windows)."""
        observed, expected = self._ledger.totals()
        return np.cumsum(observed[:, ::-1], axis=1), np.cumsum(expected[:, ::-1], axis=1)

    def of(self, block: Block, everything: tuple[Floats, Floats]) -> Field:
        """The zones around the block's centres, (pairs, sizes, windows)."""
        order = self._terrain.zones.order[block.centres]
        sums = np.cumsum(block.observed[block.place[:, None], order], axis=1)
        means = np.cumsum(block.expected[block.place[:, None], order], axis=1)
        common = np.maximum((everything[0].sum(axis=0) + 20) / (everything[1].sum(axis=0) + 20), 0.5)
        if self._stream is Stream.EARLY:  # one batch, activated late, is early wherever its product is sold
            sums = np.where(means[:, :, -1:] > _LARGEST_PART * block.totals()[:, None, None], 0.0, sums)
        elsewhere, *rests = self._rests(block, order, (sums, means), everything)
        cells, units = self._ledger.habits.doubts(np.unique(block.units))
        return Field(
            sums, means, elsewhere, tuple(rests), common, self._ledger.habits.spread, _unevenness(block, order),
            _LEAST_EXPECTED[self._stream], _doubt(block, order, cells), units[block.place][:, None, None],
        )  # fmt: skip

    def _rests(
        self, block: Block, order: Ints, zone: tuple[Floats, Floats], everything: tuple[Floats, Floats]
    ) -> tuple[Rest, ...]:
        """What other areas, other units and the rest of the province show in the same days."""
        sums, means = zone
        place, centres = block.place, block.centres
        elsewhere = Rest(
            block.observed.sum(axis=1)[place][:, None, :] - sums, block.expected.sum(axis=1)[place][:, None, :] - means
        )
        province = self._terrain.province_of[centres]
        table = self._terrain.in_province.astype(float)
        inside = self._terrain.inside[centres][:, :, None]
        rest = []
        for own_sums in (block.observed, block.expected):
            whole = np.matmul(table, own_sums)[place, province]
            part = np.cumsum(own_sums[place[:, None], order] * inside, axis=1)
            rest.append(whole[:, None, :] - part)
        here = Rest(rest[0], rest[1], within=True)
        if not self._compares:
            return elsewhere, here
        others_observed = np.cumsum(everything[0][order], axis=1) - sums
        others_expected = np.cumsum(everything[1][order], axis=1) - means
        return elsewhere, here, Rest(others_observed, others_expected, within=False)


def _unevenness(block: Block, order: Ints) -> Unevenness:
    """How unlike the areas outside each zone are, at the level that the unit has now."""
    total, expected = block.observed.sum(axis=1, keepdims=True), block.expected.sum(axis=1, keepdims=True)
    means = block.expected * ((total + 1) / (expected + 1))
    squared = means**2
    surprise = (block.observed - means) ** 2 - means
    zones = [np.cumsum(table[block.place[:, None], order], axis=1) for table in (surprise, squared, means)]
    rests = [
        table.sum(axis=1)[block.place][:, None, :] - zone
        for table, zone in zip((surprise, squared, means), zones, strict=True)
    ]
    return Unevenness(rests[0], rests[1], rests[2], zones[1] / np.maximum(zones[2], 1e-12) ** 2)


def _doubt(block: Block, order: Ints, cells: Floats | Singles) -> Floats:
    """The relative variance of each zone's level that its areas' doubts make together, (pairs, sizes, 1)."""
    means = block.expected[:, :, -1]
    near = block.place[:, None], order
    together = np.cumsum(means[near], axis=1)
    doubt: Floats = np.cumsum((means**2 * cells)[near], axis=1) / np.maximum(together, 1e-12) ** 2
    return doubt[:, :, None]
