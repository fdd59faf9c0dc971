"""The hot-spot watch: queries in, alerts out; causal and deterministic.

Every few hours each stream's board is looked at.  All tests of all units and streams share one budget of false alarms,
`budget_days` between two of them if nothing were wrong.  One cluster is told once.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from gateway.core.hotspots.chance import corroborated
from gateway.core.hotspots.recurrence import in_words
from gateway.insight.alerts import Alert, Kind
from gateway.insight.board import Surge
from gateway.insight.boards import Boards
from gateway.insight.clone_rule import CloneRule
from gateway.insight.clusters import EVERY_PRODUCT, Cluster, Clusters
from gateway.insight.guess_rule import GuessRule
from gateway.insight.judge import Judge
from gateway.insight.query_log import Geography, Seen
from gateway.insight.sifter import Sifter
from gateway.insight.sightings import DAY_SECONDS, MANNERS, Manner, Stream
from gateway.insight.terrain import Terrain

_PREFIX_DIGITS = 7  # of a code: its product's resource code
_STILL_GOING_DAYS = 30.0
_WORTH_ASKING_DAYS = 3.0


@dataclass(frozen=True, slots=True)
class WatchSettings:
    """`budget_days` between two false alarms of the whole system; the hours between looks; days before the first."""

    budget_days: float = 730.0
    look_hours: float = 3.0
    first_look_days: int = 14  # each weekday twice
    draws: int = 48


class Watch:
    """Feed it queries in order; it yields alerts as they become due."""

    def __init__(self, geography: Geography, settings: WatchSettings = WatchSettings()) -> None:
        self.settings = settings
        self._terrain = terrain = Terrain(geography.regions)
        self._by_prefix = {product.resource_code[:_PREFIX_DIGITS]: product.name for product in geography.products}
        self._boards = Boards(geography, terrain)
        self._judge = Judge(terrain, settings.draws)
        self._sifter, self._clones, self._guesses = Sifter(self._boards.is_away), CloneRule(terrain), GuessRule()
        self._clusters = Clusters(terrain)
        self._day: int | None = None
        self._first_day = 0
        self._next_look = math.inf
        self._hours = np.full(24, 1.0)

    def see(self, seen: Seen) -> Iterator[Alert]:
        """Take one query; yields the alerts of looks due before it, then those that it causes itself."""
        yield from self.advance(seen.at)
        seen = self._with_product(seen)
        sightings, is_volume = self._sifter.sift(seen)
        today = self._day or 0
        guess = self._guesses.look(seen)
        if guess is not None:
            yield guess
        if not self._sifter.is_scanner(seen.caller, seen.at):
            clone = self._clones.look(seen, self._sifter.first_region(seen.code))
            if clone is not None and (clone.kind is Kind.CLONE or self._is_new_place(clone, today)):
                yield clone
            if clone is not None and clone.kind is Kind.CLONE:
                self._boards.drop_code(seen.product, seen.code, today)
        self._hours[int(seen.at % DAY_SECONDS // 3600)] += 1
        area = self._terrain.number.get(seen.region, -1)
        if is_volume and area >= 0:
            self._boards.count(seen, area)
        for sighting in sightings:
            if sighting.taken_back or sighting.code not in self._clones.reported:
                self._boards.place(sighting, today)

    def _with_product(self, seen: Seen) -> Seen:
        """A code that is not on record belongs to the product whose resource code it begins with."""
        prefix = seen.code[:_PREFIX_DIGITS]
        if not seen.product:
            return replace(seen, product=self._by_prefix.get(prefix, ""))
        if seen.product == prefix:
            self._by_prefix[prefix] = prefix
        return seen

    def advance(self, at: float) -> Iterator[Alert]:
        """Let time pass until `at`: days are closed and looks taken as they fall due."""
        if self._day is None:
            self._day = self._first_day = int(at // DAY_SECONDS)
            self._next_look = self._day * DAY_SECONDS + self.settings.look_hours * 3600
        while self._next_look <= at:
            due = self._next_look
            self._next_look += self.settings.look_hours * 3600
            yield from self._look(due)
            if due >= (self._day + 1) * DAY_SECONDS:
                self._close_day()

    def _is_new_place(self, alert: Alert, today: int) -> bool:
        """Copies of one code in a neighbourhood are a cluster like any other: told once."""
        areas = tuple(self._terrain.number[region] for region in alert.regions)
        product = alert.products[0] if alert.products else ""
        cluster = self._clusters.match(Manner.COPIED, product, areas)
        if cluster is None:
            self._clusters.open(Manner.COPIED, product, areas, int(alert.start_at // DAY_SECONDS), today)
            return True
        cluster.last_day = today
        cluster.areas.update(areas)
        return False

    def _close_day(self) -> None:
        closed = self._day or 0
        age = closed + 1 - self._first_day
        self._boards.close_day(closed, age, self._clusters.alive)
        self._day = closed + 1
        self._clusters.expire(closed + 1)
        at = self._day * DAY_SECONDS
        for rule in (self._sifter, self._clones, self._guesses):
            rule.forget(at)
        self._judge.close_day(age, self._boards.tests(), counts=age > self.settings.first_look_days)

    def _look(self, at: float) -> Iterator[Alert]:
        day = self._day or 0
        hours = min(24.0, (at - day * DAY_SECONDS) / 3600)
        part = float(self._hours[: round(hours)].sum() / self._hours.sum())
        found = []
        for surge in self._boards.look(
            day, max(part, math.sqrt(hours / 24))
        ):  # what began last evening goes on at night
            p = self._judge.p_value(surge)
            if self._judge.recurrence_days(p, self._boards.tests()) >= _WORTH_ASKING_DAYS:
                p = corroborated(p, self._boards.beside(surge, day))
            found.append((p, surge))
            if self._known(surge) is None:
                self._judge.remember(surge)
        if day - self._first_day < self.settings.first_look_days:
            return
        found.sort(key=lambda pair: (pair[0], pair[1].stream, pair[1].unit, pair[1].centre))
        for p, surge in found:
            alert = self._report(surge, p, at)
            if alert is not None:
                yield alert

    def _known(self, surge: Surge) -> Cluster | None:
        return self._clusters.match(MANNERS[surge.stream], self._boards.product(surge), surge.areas)

    def _report(self, surge: Surge, p: float, at: float) -> Alert | None:
        cluster, days = self._known(surge), self._judge.recurrence_days(p, self._boards.tests())
        today = self._day or 0
        if cluster is not None:
            if days >= _STILL_GOING_DAYS:  # an update, no new alarm
                cluster.last_day = today
                cluster.areas.update(surge.areas)
            return None
        if days < self.settings.budget_days:
            return None
        product, first = self._boards.product(surge), surge.sightings[0].at
        self._clusters.open(MANNERS[surge.stream], product, surge.areas, int(first // DAY_SECONDS), today)
        kind = Kind.DIVERSION if surge.stream is Stream.STRAYED else Kind.HOTSPOT
        return Alert(
            kind, self._terrain.names(surge.areas), _named(product, surge), first, at, at, surge.score, p, days,
            surge.observed, surge.expected, "",
            f"{surge.stream.value}: {surge.observed} where {surge.expected:.2g} are expected; "
            f"by chance once in {in_words(days)}",
        )  # fmt: skip


def _named(product: str, surge: Surge) -> tuple[str, ...]:
    """The product, or those that an area's misses are of, the commonest first."""
    if product != EVERY_PRODUCT:
        return (product,) if product else ()
    return tuple(name for name, _ in Counter(one.product for one in surge.sightings if one.product).most_common(12))
