"""A second made-up country, on other assumptions than the product's own generator, to see what rules are over-fitted.

Areas lie on a jittered grid with Zipf-like sizes; counts are negative binomial with dead weeks; weekends go up for some
products and down for others; holidays move and have a rush before them; broadcasts make everyone look.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gateway.core.hotspots.geography import Floats, Ints, great_circle_km


@dataclass(frozen=True, slots=True)
class Habits:
    """What one log is like; shares are of first looks."""

    days: int
    provinces: int
    areas: int
    products: int
    looks_per_day: float
    shape: float  # of the negative binomial
    dead_weeks: float
    family: float
    gift: float
    same: float
    bad_network: float
    typing: float
    typing_spread: float
    corrected: float
    again: float
    early: float
    travel: float
    shops: int
    checks: int
    broadcasts: int
    campaigns: int
    launches: int
    holidays: int
    late_batches: int
    displays: int
    no_region: float
    no_destination: float
    no_product: bool
    no_sales: bool
    retry_is_first: bool
    incidents: int


def draw_habits(random: np.random.Generator, is_quiet: bool) -> Habits:
    """The habits of one log, wide apart from log to log."""

    def between(low: float, high: float) -> float:
        return float(np.exp(random.uniform(np.log(low), np.log(high))))

    days = int(random.choice([30, 45, 60, 90, 120, 180]))
    provinces = int(random.choice([4, 8, 15, 31]))
    more = 2 if is_quiet else 0
    return Habits(
        days, provinces, provinces * int(random.integers(2, 12)), int(random.choice([2, 5, 12, 30, 80])),
        between(120, 900), between(0.8, 30), float(random.choice([0, 0.05, 0.2])), between(0.02, 0.2),
        between(0.01, 0.1), between(0.01, 0.15), between(0.005, 0.1), between(0.01, 0.12), float(random.uniform(0, 1)),
        float(random.uniform(0.1, 0.9)), float(random.uniform(0.05, 0.6)), between(0.0005, 0.012), between(0.01, 0.1),
        int(random.integers(0, 6)), int(random.integers(0, 4)) + more, int(random.integers(0, 2)) + more,
        int(random.integers(0, 4)) + more, int(random.integers(0, 3)) + more, int(random.integers(1, 4)) + more,
        int(random.integers(0, 3)) + more, int(random.integers(0, 4)) + more, float(random.choice([0, 0.02, 0.2])),
        float(random.choice([0, 0, 0.3, 1.0])), bool(random.random() < 0.3), bool(random.random() < 0.2),
        bool(random.random() < 0.5), 0 if is_quiet else max(3, int(days * random.uniform(0.04, 0.08))),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Land:
    """`looks`: first looks, (days, products, areas); `typing`, `travel`: factors, (days,); `late`: (days, products)."""

    province: Ints
    latitude: Floats
    longitude: Floats
    people: Floats
    distances_km: Floats
    sold: NDArray[np.bool_]
    looks: Ints
    typing: Floats
    travel: Floats
    area_typing: Floats
    late: Floats


def _calendar(habits: Habits, random: np.random.Generator, province: Ints) -> tuple[Floats, Floats, Floats]:
    days, products, areas = habits.days, habits.products, len(province)
    factor, typing, travel = np.ones((days, products, areas)), np.ones(days), np.ones(days)
    weekend = np.exp(random.normal(0, 0.4, products))
    factor *= np.where((np.arange(days) % 7 >= 5)[:, None], weekend, 1.0)[:, :, None]
    for _ in range(habits.holidays):
        day, length = int(random.integers(0, days)), int(random.integers(3, 10))
        factor[max(0, day - 7) : day] *= random.uniform(1, 2.5)
        factor[day : day + length] *= random.uniform(0.3, 1.0)
        travel[day : day + length] *= random.uniform(1, 4)
    for _ in range(habits.broadcasts):
        day = int(random.integers(0, days))
        fading = np.exp(-np.arange(days - day) / random.uniform(0.7, 3))
        which = np.ones(products) if random.random() < 0.5 else np.eye(products)[int(random.integers(0, products))]
        factor[day:] *= 1 + random.uniform(2, 9) * fading[:, None, None] * which[:, None]
        typing[day:] *= 1 + random.uniform(0, 1.5) * fading
    for _ in range(habits.campaigns):
        day, length = int(random.integers(0, days)), int(random.integers(2, 15))
        bump = np.sin(np.linspace(0.2, np.pi - 0.2, length))[: days - day]
        where = np.ones(areas) if random.random() < 0.4 else (province == random.choice(province)).astype(float)
        which = (np.arange(products) == random.integers(0, products)).astype(float)
        factor[day : day + length] *= 1 + random.uniform(1, 6) * bump[:, None, None] * which[:, None] * where
    for product in random.choice(products, min(habits.launches, products - 1), replace=False):
        day = int(random.integers(1, days))
        factor[:day, product] = 0.0
        factor[day:, product] *= 1 + 3 * np.exp(-np.arange(days - day) / 6)[:, None]
    return factor, typing, travel


def settle(habits: Habits, random: np.random.Generator) -> Land:
    """A country of these habits."""
    side = int(np.ceil(np.sqrt(habits.areas)))
    cells = np.arange(habits.areas)
    latitude = 20 + 28 * (cells // side + random.uniform(0.1, 0.9, habits.areas)) / side
    longitude = 95 + 30 * (cells % side + random.uniform(0.1, 0.9, habits.areas)) / side
    seats = random.choice(habits.areas, habits.provinces, replace=False)
    apart = great_circle_km(latitude, longitude)
    province = apart[:, seats].argmin(axis=1)
    people = 8e6 / (1 + random.permutation(habits.areas)) ** random.uniform(0.3, 1.0)
    sold = np.ones((habits.products, habits.areas), bool)
    for product in range(habits.products):
        if random.random() < 0.4:
            home = int(random.integers(0, habits.provinces))
            near = np.argsort(apart[seats[home], seats])[: int(random.integers(1, habits.provinces + 1))]
            sold[product] = np.isin(province, near)
    weight = 1.0 / (1 + np.arange(habits.products)) ** random.uniform(0.2, 1.3)
    mean = weight[:, None] * people * sold * random.gamma(3, 1 / 3, (habits.products, habits.areas))
    factor, typing, travel = _calendar(habits, random, province)
    means = factor * mean * (habits.looks_per_day / mean.sum())
    weeks = -(-habits.days // 7)
    alive = random.random((weeks, *mean.shape)) >= habits.dead_weeks
    means *= np.repeat(alive, 7, axis=0)[: habits.days]
    looks = random.poisson(means * random.gamma(habits.shape, 1 / habits.shape, means.shape))
    late = np.zeros((habits.days, habits.products))
    for _ in range(habits.late_batches):
        day, product = int(random.integers(0, habits.days)), int(random.integers(0, habits.products))
        late[day : day + int(random.integers(2, 12)), product] = random.uniform(0.05, 0.5)
    return Land(
        province, latitude, longitude, people, apart, sold, looks, typing, travel,
        random.gamma(1 / (0.01 + habits.typing_spread**2), 0.01 + habits.typing_spread**2, habits.areas), late,
    )  # fmt: skip
