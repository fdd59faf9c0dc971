"""The scan against published results.

North Carolina: the clusters of Kulldorff (1997), "A spatial scan statistic", section on sudden infant death.
New York: what SaTScan 9.6 printed for these tracts (observed, expected, log-likelihood ratio, p).
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from gateway.core.hotspots.geography import euclidean, great_circle_km, zones_up_to
from gateway.core.hotspots.gumbel import fit
from gateway.core.hotspots.replicates import monte_carlo_p, null_maxima
from gateway.core.hotspots.scan import clusters, poisson_table
from gateway.core.hotspots.statistic import conditional_llr
from gateway.core.hotspots.windows import prospective

_CAPTURES = Path(__file__).parents[3] / "captures" / "scan"
_WHOLE_PERIOD = prospective(1, 1)

# zone (tract numbers from 1), observed, expected, log-likelihood ratio
_SATSCAN_NEW_YORK = [
    ((52, 50, 37, 49, 38, 48, 53, 39, 15, 47, 51, 1, 40, 44, 16, 2, 55, 36, 14, 43, 13, 45, 3, 35, 17, 11, 12, 46),
     100, 58.28, 14.083511),
    ((49, 48, 50, 47, 1, 15, 51, 2, 13, 14, 3, 35, 16, 52, 36, 37, 12, 11, 5, 17, 10, 4, 6, 38, 18, 9),
     85, 49.71, 11.577255),
    ((89, 88, 87, 84, 90, 86, 92, 85), 38, 17.79, 9.019716),
    ((112, 113, 115, 111, 116, 219, 117, 123, 218, 114, 122, 110, 124, 220, 118, 133, 121, 125, 216, 120, 134, 217,
      126, 139, 215, 132, 141, 140, 127, 142, 138, 131, 119), 64, 40.85, 6.114140),
    ((62, 64, 67, 65), 25, 12.82, 4.651839),
    ((46, 45, 41, 54, 44, 43, 53), 28, 15.54, 4.169203),
    ((266, 281, 267, 265), 12, 5.14, 3.363518),
    ((166, 159, 167), 11, 4.61, 3.209485),
]  # fmt: skip


def _columns(name: str, *wanted: str) -> list[np.ndarray]:
    with (_CAPTURES / name).open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    return [np.array([float(row[column]) for row in rows]) for column in wanted]


def _counties() -> list[str]:
    with (_CAPTURES / "north_carolina_sids.csv").open(encoding="utf-8") as lines:
        return [row["county"] for row in csv.DictReader(lines)]


@pytest.mark.parametrize(("tracts", "observed", "expected", "ratio"), _SATSCAN_NEW_YORK)
def test_zones_of_new_york_have_the_ratio_that_satscan_prints(
    tracts: tuple[int, ...], observed: int, expected: float, ratio: float
) -> None:
    cases, population = _columns("new_york_leukaemia.csv", "cases", "population")
    inside = np.array(tracts) - 1
    mean = population[inside].sum() * cases.sum() / population.sum()
    assert cases[inside].sum() == observed
    assert round(float(mean), 2) == expected
    found = conditional_llr(cases[inside].sum(keepdims=True), np.array([mean]), float(cases.sum()))
    assert float(found[0]) == pytest.approx(ratio, abs=6e-7)


def test_a_zone_that_satscan_lists_is_found_among_the_clusters_of_new_york() -> None:
    cases, population, x, y = _columns("new_york_leukaemia.csv", "cases", "population", "x_km", "y_km")
    table = poisson_table(cases[:, None], population[:, None])
    found = clusters(table, zones_up_to(euclidean(x, y), population, 0.1), _WHOLE_PERIOD)
    match = next(one for one in found if {61, 63, 66, 64} == set(one.members))
    assert (match.observed, round(match.expected, 2), round(match.llr, 6)) == (25, 12.82, 4.651839)
    assert match.ratio == pytest.approx(1.95, abs=0.005)


def test_the_clusters_of_sudden_infant_death_are_those_of_kulldorffs_paper() -> None:
    names = _counties()
    births, deaths, more_births, more_deaths, longitude, latitude = _columns(
        "north_carolina_sids.csv", "births_1974", "sids_1974", "births_1979", "sids_1979", "lon", "lat"
    )
    population, cases = (births + more_births)[:, None], (deaths + more_deaths)[:, None]
    table = poisson_table(cases, population)
    zones = zones_up_to(great_circle_km(latitude, longitude), population[:, 0], 0.5)
    first, second, *_ = clusters(table, zones, _WHOLE_PERIOD)
    assert {names[area] for area in first.members} == {"Bladen", "Columbus", "Hoke", "Robeson", "Scotland"}
    assert {names[area] for area in second.members} == {"Halifax", "Hertford", "Northampton"}
    maxima = null_maxima(table, zones, _WHOLE_PERIOD, 199, np.random.default_rng(1))
    assert monte_carlo_p(first.llr, maxima) == 0.005
    assert monte_carlo_p(second.llr, maxima) == 0.005
    assert fit(maxima).p_value(first.llr) < 1e-6


def test_p_values_of_new_york_agree_with_satscan_within_monte_carlo_error() -> None:
    cases, population, x, y = _columns("new_york_leukaemia.csv", "cases", "population", "x_km", "y_km")
    table = poisson_table(cases[:, None], population[:, None])
    zones = zones_up_to(euclidean(x, y), population, 0.1)
    maxima = null_maxima(table, zones, _WHOLE_PERIOD, 499, np.random.default_rng(2))
    for ratio, p in ((11.577255, 0.001), (9.019716, 0.013), (6.114140, 0.216), (4.651839, 0.609), (3.209485, 0.976)):
        assert monte_carlo_p(ratio, maxima) == pytest.approx(p, abs=0.08)
