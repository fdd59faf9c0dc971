"""How surprising a surge is, over the whole system: recurrence intervals that all tests of all streams share.

Each p is multiplied by the number of tests (Bonferroni), which bounds the false-discovery rate as well, for any
dependence of the tests (Benjamini and Yekutieli, 2001, section 1).  No model is right, so scores are deflated by how
much the log's own past scores of the same stream exceed what chance should give ("genomic control", Devlin and
Roeder, 1999).
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from gateway.core.hotspots.chance import chance_table, inflation
from gateway.core.hotspots.recurrence import recurrence_days
from gateway.insight.board import Surge
from gateway.insight.exposures import DAYS
from gateway.insight.sightings import Stream
from gateway.insight.terrain import Terrain

_LOOKS_COUNT_FOR = 2.0  # looks within a day overlap: eight of them are worth about two independent ones
_SEED = 20080501
_YOUNG_DAYS = 28  # until then habits are half guessed, and scores are trusted less


class Judge:
    """Keeps the past scores of one log; `draws` maxima are simulated for each of the table's totals."""

    def __init__(self, terrain: Terrain, draws: int) -> None:
        random = np.random.default_rng(_SEED)
        self._chance = chance_table(terrain.zones, terrain.population + 1.0, DAYS, draws, random)
        self._past: dict[Stream, list[float]] = {stream: [] for stream in Stream}
        self._past_tests = dict.fromkeys(Stream, 0)
        self._inflation = dict.fromkeys(Stream, 1.0 + 1.0)
        self._day_best: dict[tuple[Stream, int], float] = {}

    def p_value(self, surge: Surge) -> float:
        """The chance of a surge as surprising in its unit, today."""
        location = max(0.0, self._chance.at(surge.expected_total).location)
        deflated = location + (surge.score - location) / self._inflation[surge.stream]
        return self._chance.p_value(deflated, surge.expected_total)

    def remember(self, surge: Surge) -> None:
        """A surge that belongs to no known incident: the largest of the day tells how long the tail is."""
        raw = -math.log(max(self._chance.p_value(surge.score, surge.expected_total), 1e-300))
        key = (surge.stream, surge.unit)
        self._day_best[key] = max(self._day_best.get(key, 0.0), raw)

    @staticmethod
    def recurrence_days(p: float, tests: float) -> float:
        """Days between two such results of the whole system, of `tests` tests a look, if nothing were wrong."""
        return recurrence_days(p, _LOOKS_COUNT_FOR * tests)

    def close_day(self, age_days: int, units: Mapping[Stream, int], counts: bool) -> None:
        """The log is `age_days` old; `counts`: the habits are old enough for the day's scores to tell something."""
        if counts:
            for (stream, _), score in self._day_best.items():
                self._past[stream].append(score)
            for stream, count in units.items():
                self._past_tests[stream] += count
        self._day_best.clear()
        young = max(0.0, 1 - age_days / _YOUNG_DAYS)
        for stream in units:
            self._inflation[stream] = max(inflation(self._past[stream], self._past_tests[stream]), 1 + young)
