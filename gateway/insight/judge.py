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

_SEED = 20080501
_LEAST_TOTAL = 2.0  # cases
_YOUNG_DAYS = 28  # until then habits are half guessed, and scores are trusted less


class Judge:
    """Keeps the past scores of one log; `draws` maxima are simulated for each of the table's totals."""

    def __init__(self, terrain: Terrain, draws: int) -> None:
        random = np.random.default_rng(_SEED)
        self._chance = chance_table(terrain.zones, terrain.population + 1.0, DAYS, draws, random)
        self._past: dict[Stream, list[float]] = {stream: [] for stream in Stream}
        self._past_tests = dict.fromkeys(Stream, 0.0)
        self._inflation = dict.fromkeys(Stream, 1.0 + 1.0)
        self._noted: dict[tuple[Stream, int], tuple[int, int]] = {}
        self._day_best: dict[tuple[Stream, int], float] = {}

    def p_value(self, surge: Surge) -> float:
        """The chance of a surge as surprising in its unit, today."""
        return float(self._raw(surge) ** (1 / self._inflation[surge.stream]))

    def _raw(self, surge: Surge) -> float:
        """Where less is expected, no model is sure that it is so little."""
        return self._chance.p_value(surge.score, max(_LEAST_TOTAL, surge.expected_total))

    def remember(self, surge: Surge) -> None:
        """A surge that belongs to no known incident: the largest of the day tells how long the tail is."""
        raw = -math.log(max(self._raw(surge), 1e-300))
        key = (surge.stream, surge.unit)
        self._day_best[key] = max(self._day_best.get(key, 0.0), raw)

    @staticmethod
    def recurrence_days(p: float, tests: Mapping[Stream, float]) -> float:
        """Days between two such results of the whole system, of so many `tests` a day, if nothing were wrong."""
        return recurrence_days(p, sum(tests.values()))

    def close_day(self, age_days: int, tests: Mapping[Stream, float], counts: bool) -> None:
        """The log is `age_days` old; `counts`: the habits are old enough for the day's scores to tell something."""
        if counts:
            for key, score in self._day_best.items():
                self._note(key, score, age_days)
            for stream, count in tests.items():
                self._past_tests[stream] += count
        self._day_best.clear()
        young = max(0.0, 1 - age_days / _YOUNG_DAYS)
        for stream in tests:
            past, scans = self._past[stream], self._past_tests[stream]
            self._inflation[stream] = max(inflation(past, int(scans)), 1 + young)

    def _note(self, key: tuple[Stream, int], score: float, today: int) -> None:
        """One finding stays in the window for days: it is one score, its largest."""
        past, (day, place) = self._past[key[0]], self._noted.get(key, (-DAYS, -1))
        if today - day < DAYS:
            past[place] = max(past[place], score)
        else:
            self._noted[key] = (today, len(past))
            past.append(score)
