"""The hot-spot watch: queries in, alerts out; causal and deterministic.

Every few hours each stream's board is looked at.  All tests of all units and streams share one budget of false alarms,
`budget_days` between two of them if nothing were wrong (each p is multiplied by the number of tests, which bounds the
false-discovery rate as well); because no model is right, scores are deflated by how much
the log's own past scores exceed what chance should give ("genomic control", Devlin and Roeder, 1999).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gateway.core.hotspots.chance import chance_table, inflation
from gateway.core.hotspots.recurrence import in_words, recurrence_days
from gateway.insight.alerts import Alert, Kind
from gateway.insight.board import Board, Surge
from gateway.insight.clusters import EVERY_PRODUCT, Cluster, Clusters
from gateway.insight.code_rules import CloneRule, GuessRule
from gateway.insight.ledger import DAYS
from gateway.insight.query_log import Geography, Seen
from gateway.insight.routes import Routes
from gateway.insight.sightings import DAY_SECONDS, Sifter, Sighting, Stream
from gateway.insight.terrain import Terrain
from gateway.insight.volume import Volume

USUAL_SHARES = {
    Stream.REPEAT: 0.08,
    Stream.THIRD: 0.01,
    Stream.MISS: 0.05,
    Stream.RESENT: 0.01,
    Stream.AREA: 0.05,
    Stream.EARLY: 0.01,
    Stream.STRAYED: 0.05,
}
_LOOKS_COUNT_FOR = 2.0  # looks within a day overlap: eight of them are worth about two independent ones
_SEED = 20080501
_YOUNG_DAYS = 40  # until then habits are half guessed, and scores are trusted less


@dataclass(frozen=True, slots=True)
class WatchSettings:
    """`budget_days` between two false alarms of the whole system; the hours between looks; days before the first."""

    budget_days: float = 365.0
    look_hours: float = 3.0
    first_look_days: int = 10
    draws: int = 199


class Watch:
    """Feed it queries in order; it yields alerts as they become due."""

    def __init__(self, geography: Geography, settings: WatchSettings = WatchSettings()) -> None:
        self._settings = settings
        self._terrain = terrain = Terrain(geography.regions)
        self._products = [*(product.name for product in geography.products), ""]
        self._number = {name: index for index, name in enumerate(self._products)}
        self._volume = Volume(len(self._products), terrain.population)
        self._boards = {
            stream: Board(stream, terrain, share, compares_products=stream is not Stream.AREA)
            for stream, share in USUAL_SHARES.items()
        }
        for stream, board in self._boards.items():
            if stream is not Stream.STRAYED:
                board.ledger.grow(1 if stream is Stream.AREA else len(self._products))
        sales = {product.name: product.sales_provinces for product in geography.products}
        self._routes = Routes(terrain, sales, self._number)
        self._sifter, self._clones, self._guesses = Sifter(), CloneRule(terrain), GuessRule()
        self._clusters = Clusters(terrain)
        self._past: list[float] = []
        self._day_best: dict[tuple[Stream, int], float] = {}
        self._past_tests = 0
        self._inflation = 1.0
        self._day: int | None = None
        self._first_day = 0
        self._next_look = math.inf
        self._hours = np.full(24, 1.0)
        random = np.random.default_rng(_SEED)
        self._chance = chance_table(terrain.zones, terrain.population + 1.0, DAYS, settings.draws, random)
        self._usual = self._volume.usual_cells()

    def see(self, seen: Seen) -> Iterator[Alert]:
        """Take one query; yields the alerts of looks due before it, then those that it causes itself."""
        yield from self.advance(seen.at)
        sightings, is_volume = self._sifter.sift(seen)
        today = self._day or 0
        product = self._number[seen.product]
        area = self._terrain.number.get(seen.region, -1)
        guess = self._guesses.look(seen)
        if guess is not None:
            yield guess
        if not self._sifter.is_scanner(seen.caller, seen.at):
            clone = self._clones.look(seen)
            if clone is not None and (clone.kind is Kind.CLONE or self._is_new_place(clone, today)):
                yield clone
            if clone is not None and clone.kind is Kind.CLONE:
                for stream in (Stream.REPEAT, Stream.THIRD, Stream.MISS, Stream.RESENT):
                    self._boards[stream].drop_code(product, seen.code, today)
        self._hours[int(seen.at % DAY_SECONDS // 3600)] += 1
        if is_volume and area >= 0:
            self._volume.add(product, area)
        for sighting in sightings:
            self._place(sighting, product, area, today)

    def advance(self, at: float) -> Iterator[Alert]:
        """Let time pass until `at`: days are closed and looks taken as they fall due."""
        if self._day is None:
            self._day = self._first_day = int(at // DAY_SECONDS)
            self._next_look = self._day * DAY_SECONDS + self._settings.look_hours * 3600
        while self._next_look <= at:
            due = self._next_look
            self._next_look += self._settings.look_hours * 3600
            yield from self._look(due)
            if due >= (self._day + 1) * DAY_SECONDS:
                self._close_day()

    def _is_new_place(self, alert: Alert, today: int) -> bool:
        """Copies of one code in a neighbourhood are a cluster like any other: told once."""
        areas = tuple(self._terrain.number[region] for region in alert.regions)
        product = alert.products[0] if alert.products else ""
        cluster = self._clusters.match(alert.kind, product, areas)
        if cluster is None:
            self._clusters.open(alert.kind, product, areas, int(alert.start_at // DAY_SECONDS), today)
            return True
        cluster.last_day = today
        cluster.areas.update(areas)
        return False

    def _place(self, sighting: Sighting, product: int, area: int, today: int) -> None:
        if area < 0:
            return
        stream = sighting.stream
        if sighting.taken_back:
            place = self._terrain.number.get(sighting.region, -1)
            if place >= 0:
                self._boards[stream].take_back(self._number[sighting.product], place, sighting, today)
                if stream is Stream.MISS:
                    self._boards[Stream.AREA].take_back(0, place, sighting, today)
            return
        if sighting.code in self._clones.reported:
            return
        if stream is Stream.STRAYED:
            self._place_pack(sighting, area)
            return
        if sighting.lag_days is not None:
            self._volume.add_lag(sighting.lag_days, stream is Stream.THIRD)
        self._boards[stream].add(product, area, sighting)
        if stream is Stream.MISS:
            self._boards[Stream.AREA].add(0, area, sighting)

    def _place_pack(self, sighting: Sighting, area: int) -> None:
        route = self._routes.number(sighting)
        if route is None:
            return
        board = self._boards[Stream.STRAYED]
        board.ledger.grow(len(self._routes), self._routes.group(route))
        self._routes.count(route)
        if self._routes.is_away(route, area):
            board.add(route, area, sighting)

    def _set_exposures(self, part_of_day: float) -> None:
        smoothed = self._volume.smoothed_today(self._usual)
        for stream, board in self._boards.items():
            if stream in (Stream.REPEAT, Stream.THIRD):
                later = self._volume.later_looks(stream is Stream.THIRD)
                board.ledger.exposure[:, :, -1] = later * part_of_day
            elif stream is Stream.AREA:
                board.ledger.exposure[:, :, -1] = smoothed.sum(axis=0)
            elif stream is not Stream.STRAYED:
                board.ledger.exposure[:, :, -1] = smoothed
            elif len(self._routes):
                board.ledger.exposure[:, :, -1] = self._routes.exposure(self._volume.part, self._usual)

    def _close_day(self) -> None:
        day = self._day = (self._day or 0) + 1
        age = day - self._first_day
        guard = min(DAYS - 1, max(1, age // 2))
        self._mask()
        for board in self._boards.values():
            board.next_day(guard, day)
            board.ledger.learn()
        self._volume.next_day()
        self._usual = self._volume.usual_cells()
        self._routes.next_day()
        self._clusters.expire(day)
        at = day * DAY_SECONDS
        self._sifter.forget(at)
        self._clones.forget(at)
        self._guesses.forget(at)
        if age > self._settings.first_look_days:
            self._past.extend(self._day_best.values())
            self._past_tests += sum(board.ledger.units for board in self._boards.values())
        self._day_best.clear()
        young = max(0.0, 1 - age / _YOUNG_DAYS)
        self._inflation = max(inflation(self._past, self._past_tests), 1 + young)

    def _mask(self) -> None:
        """Known incidents teach nothing."""
        for cluster in self._clusters.alive:
            areas = sorted(cluster.areas)
            first = max(0, DAYS - 1 - ((self._day or 0) - 1 - cluster.first_day))
            for stream, board in self._boards.items():
                if (stream is Stream.STRAYED) == (cluster.kind is Kind.DIVERSION):
                    for unit in self._units(stream, cluster.product):
                        board.ledger.masked[unit, areas, first:] = True

    def _units(self, stream: Stream, product: str) -> list[int]:
        if stream is Stream.STRAYED:
            return self._routes.of_product(product)
        if stream is Stream.AREA:
            return [0]
        if product == EVERY_PRODUCT:
            return list(range(len(self._products)))
        return [self._number[product]]

    def _look(self, at: float) -> Iterator[Alert]:
        day = self._day or 0
        hours = min(24.0, (at - day * DAY_SECONDS) / 3600)
        self._set_exposures(float(self._hours[: round(hours)].sum() / self._hours.sum()))
        tests = _LOOKS_COUNT_FOR * sum(max(1, board.ledger.units) for board in self._boards.values())
        found = []
        for board in self._boards.values():
            for surge in board.look(day):
                chance = self._chance.at(surge.expected_total)
                p = chance.p_value(chance.location + (surge.score - chance.location) / self._inflation)
                found.append((p, surge))
                if not self._known(surge):
                    key = (surge.stream, surge.unit)
                    raw = -math.log(max(chance.p_value(surge.score), 1e-300))
                    self._day_best[key] = max(self._day_best.get(key, 0.0), raw)
        if day - self._first_day < self._settings.first_look_days:
            return
        found.sort(key=lambda pair: (pair[0], pair[1].stream, pair[1].unit, pair[1].centre))
        for p, surge in found:
            days = recurrence_days(p, tests)
            alert = self._report(surge, p, days, at)
            if alert is not None:
                yield alert

    def _kind_and_product(self, surge: Surge) -> tuple[Kind, str]:
        if surge.stream is Stream.STRAYED:
            return Kind.DIVERSION, self._routes.product(surge.unit)
        return Kind.HOTSPOT, EVERY_PRODUCT if surge.stream is Stream.AREA else self._products[surge.unit]

    @staticmethod
    def _named(product: str, surge: Surge) -> tuple[str, ...]:
        """The product, or those that an area's misses are of, the commonest first."""
        if product != EVERY_PRODUCT:
            return (product,) if product else ()
        return tuple(name for name, _ in Counter(one.product for one in surge.sightings if one.product).most_common(12))

    def _known(self, surge: Surge) -> Cluster | None:
        return self._clusters.match(*self._kind_and_product(surge), surge.areas)

    def _report(self, surge: Surge, p: float, days: float, at: float) -> Alert | None:
        cluster = self._known(surge)
        today = self._day or 0
        if cluster is not None:
            if days >= 30.0:  # still going on: an update, no new alarm
                cluster.last_day = today
                cluster.areas.update(surge.areas)
            return None
        if days < self._settings.budget_days:
            return None
        kind, product = self._kind_and_product(surge)
        first = surge.sightings[0].at
        self._clusters.open(kind, product, surge.areas, int(first // DAY_SECONDS), today)
        return Alert(
            kind, self._terrain.names(surge.areas), self._named(product, surge), first, at, at, surge.score, p, days,
            surge.observed, surge.expected, "",
            f"{surge.stream.value}: {surge.observed} where {surge.expected:.2g} are expected; "
            f"by chance once in {in_words(days)}",
        )  # fmt: skip
