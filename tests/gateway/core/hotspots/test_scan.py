"""The scan's parts against brute force and against each other."""

from __future__ import annotations

import itertools
import math
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.hotspots import kernels
from gateway.core.hotspots.geography import great_circle_km, neighbour_order, zones_up_to
from gateway.core.hotspots.replicates import null_maxima
from gateway.core.hotspots.scan import Table, clusters, expectation_table, permutation_table, poisson_table
from gateway.core.hotspots.statistic import conditional_llr, expectation_llr, highest_quiet_counts, llr
from gateway.core.hotspots.windows import prospective, retrospective


def _country(areas: int, days: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    place = random.uniform(0, 10, (areas, 2))
    distances = np.hypot(place[:, None, 0] - place[:, 0], place[:, None, 1] - place[:, 1])
    population = np.exp(random.normal(0, 1, areas))
    counts = random.poisson(population[:, None] * 0.8, (areas, days)).astype(float)
    return distances, population, counts


def _by_brute_force(table: Table, distances: np.ndarray, population: np.ndarray, longest: int) -> float:
    days, best = table.counts.shape[1], 0.0
    for centre in range(len(distances)):
        order = [int(area) for area in np.argsort(distances[centre], kind="stable")]
        for size in range(1, len(order) + 1):
            inside = order[:size]
            if population[inside].sum() > population.sum() / 2:
                break
            for length in range(1, longest + 1):
                observed = table.counts[inside, days - length :].sum()
                expected = table.expected[inside, days - length :].sum()
                if observed < 2 or observed <= expected:
                    continue
                ratio = observed * math.log(observed / expected)
                if table.total is None:
                    ratio += expected - observed
                elif table.total > observed:
                    rest = table.total - observed
                    ratio += rest * math.log(rest / (table.total - expected))
                best = max(best, ratio)
    return best


@pytest.mark.parametrize("model", ["poisson", "permutation", "expectation"])
@pytest.mark.parametrize("seed", range(4))
def test_the_first_cluster_is_the_best_of_all_zones_and_windows(model: str, seed: int) -> None:
    distances, population, counts = _country(9, 6, seed)
    flat = np.repeat(population[:, None], 6, axis=1)
    table = {
        "poisson": poisson_table(counts, flat),
        "permutation": permutation_table(counts),
        "expectation": expectation_table(counts, flat * 0.5),
    }[model]
    found = clusters(table, zones_up_to(distances, population, 0.5), prospective(6, 4))
    assert found[0].llr == pytest.approx(_by_brute_force(table, distances, population, 4), abs=1e-9)
    assert found[0].start == 6 - (found[0].end - found[0].start)
    for one, other in itertools.combinations(found, 2):
        assert set(one.members).isdisjoint(other.members)
        assert one.llr >= other.llr - 1e-9


@pytest.mark.parametrize("table_of", [poisson_table, lambda counts, _: permutation_table(counts), expectation_table])
def test_both_kernels_give_identical_maxima(table_of: object) -> None:
    distances, population, counts = _country(12, 5, 3)
    assert callable(table_of)
    table = table_of(counts, np.repeat(population[:, None], 5, axis=1))
    zones, windows = zones_up_to(distances, population, 0.5), prospective(5, 5)
    every = [
        null_maxima(table, zones, windows, 40, np.random.default_rng(5), exceeding=kernel)
        for kernel in (kernels.exceeding_counts_numpy, kernels.exceeding_counts_numba)
        if kernel is not None
    ]
    assert len(every) == 2
    assert (every[0] == every[1]).all()


def test_simulated_maxima_are_exact_whatever_the_level() -> None:
    distances, population, counts = _country(10, 4, 8)
    table = poisson_table(counts, np.repeat(population[:, None], 4, axis=1))
    zones, windows = zones_up_to(distances, population, 0.5), prospective(4, 4)
    drawn: list[float] = []

    maxima = null_maxima(table, zones, windows, 30, np.random.default_rng(4))
    random = np.random.default_rng(4)
    running = np.cumsum(table.expected.ravel())
    for _ in range(30):
        cases = random.binomial(round(table.total or 0), 1.0)
        cells = np.searchsorted(running, random.random(cases) * running[-1], side="right")
        replicate = np.bincount(cells, minlength=40).reshape(10, 4).astype(float)
        same = Table(table.model, replicate, table.expected, table.total)
        drawn.append(max((one.llr for one in clusters(same, zones, windows)), default=0.0))
    assert maxima == pytest.approx(drawn, abs=1e-9)


@given(st.floats(0.001, 80), st.floats(0.05, 12), st.one_of(st.none(), st.integers(90, 400)))
@settings(max_examples=60, deadline=None)
def test_the_quiet_count_is_the_last_below_the_level(expected: float, level: float, total: int | None) -> None:
    quiet = int(highest_quiet_counts(np.array([expected]), level, total, 90)[0])
    mean = np.array([expected])
    if quiet > expected:
        assert llr(np.array([quiet]), mean, total)[0] <= level * (1 + 1e-6) + 1e-9
    if quiet < 90:
        assert llr(np.array([quiet + 1.0]), mean, total)[0] >= level * (1 - 1e-6) - 1e-6


def test_no_excess_has_no_ratio() -> None:
    assert conditional_llr(np.array([3.0, 0.0]), np.array([3.0, 1.0]), 10).tolist() == [0.0, 0.0]
    assert expectation_llr(np.array([2.0, 0.0]), np.array([3.0, 0.0])).tolist() == [0.0, 0.0]
    assert conditional_llr(np.array([10.0]), np.array([2.0]), 10)[0] == pytest.approx(10 * math.log(5))


def test_a_centre_heavier_than_the_share_has_no_zone() -> None:
    zones = zones_up_to(np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([9.0, 1.0]), 0.5)
    assert zones.sizes.tolist() == [0, 1]
    assert zones.members(1, 1) == (1,)
    counts = np.array([[5.0], [5.0]])
    assert [
        one.centre for one in clusters(poisson_table(counts, np.array([[9.0], [1.0]])), zones, prospective(1, 1))
    ] == [1]


def test_an_area_comes_first_in_its_own_order_even_among_coincident_ones() -> None:
    order = neighbour_order(np.zeros((4, 4)))
    assert order[:, 0].tolist() == [0, 1, 2, 3]
    assert order[2].tolist() == [2, 0, 1, 3]


def test_distance_of_beijing_and_shanghai() -> None:
    distances = great_circle_km(np.array([39.904, 31.230]), np.array([116.407, 121.474]))
    assert distances[0, 1] == pytest.approx(1067, abs=3)
    assert distances[0, 0] == 0


def test_windows_count_the_days_that_they_name() -> None:
    daily = np.array([[1.0, 2.0, 4.0]])
    assert prospective(3, 2).sums(daily).tolist() == [[4.0, 6.0]]
    every = retrospective(3, 2)
    assert len(every) == 5
    assert every.sums(daily).tolist() == [[1.0, 3.0, 2.0, 6.0, 4.0]]


def test_the_loops_before_compilation_find_what_numpy_finds() -> None:
    random = np.random.default_rng(9)
    order = neighbour_order(random.random((6, 6)), 4)
    sizes, counts = np.array([4, 3, 4, 0, 2, 4]), random.poisson(2, (6, 5)).astype(np.int16)
    limits = random.integers(2, 14, (6, 4, 5)).astype(np.int16)
    positions, values = kernels.exceeding_counts_numpy(counts, order, sizes, limits, 1000)
    assert len(positions) > 5
    marks, exceeding = np.zeros(6, np.int64), np.zeros((2, 1000), np.int64)
    kernels.mark(counts, order, sizes, limits, marks)
    found = kernels.spell_out(counts, order, sizes, limits, marks, exceeding)
    assert sorted(exceeding[0, :found]) == sorted(positions)
    assert dict(zip(exceeding[0, :found], exceeding[1, :found], strict=True)) == dict(
        zip(positions, values, strict=True)
    )
    assert kernels.spell_out(counts, order, sizes, limits, marks, np.zeros((2, 3), np.int64)) == 3


def test_without_numba_numpy_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numba", None)
    assert kernels.compiled() is None
