"""A made-up country: regions around their provinces' centres, products, and how rates move from day to day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gateway.core.hotspots.geography import Floats, Ints, great_circle_km
from gateway.insight.generator.regime import Regime

FIRST_RESOURCE_CODE = 8_000_001


@dataclass(frozen=True, slots=True)
class Country:
    """`volume` is the mean of first looks, (days, products, areas); the `*_rate` are (days, areas) factors."""

    province: Ints
    latitude: Floats
    longitude: Floats
    population: Floats
    distances_km: Floats
    sales: tuple[tuple[int, ...], ...]
    volume: Floats
    second_rate: Floats
    miss_rate: Floats
    product_miss: Floats
    late: Floats

    def name(self, area: int) -> str:
        """The region's name."""
        return f"R{area:03d}"

    def province_name(self, area: int) -> str:
        """The name of the province that holds `area`."""
        return f"P{self.province[area]:02d}"

    @staticmethod
    def product_name(product: int) -> str:
        """The product's name."""
        return f"product-{product:02d}"

    @staticmethod
    def resource_code(product: int) -> str:
        """The product's resource code, seven digits."""
        return str(FIRST_RESOURCE_CODE + product)


def _walk(random: np.random.Generator, days: int, width: int, step: float) -> Floats:
    """Factors that wander and are drawn back to 1: (days, width)."""
    level, rows = np.zeros(width), np.empty((days, width))
    for day in range(days):
        level = level * 0.985 + random.normal(0, step, width)
        rows[day] = level
    return np.exp(rows)


def _season(random: np.random.Generator, regime: Regime, products: int, province: Ints) -> Floats:
    """Weekdays, holidays, campaigns and launches: factors of the volume, (days, products, areas)."""
    areas = len(province)
    factor = np.ones((regime.days, products, areas))
    factor *= np.exp(random.normal(0, regime.weekday_spread, 7))[np.arange(regime.days) % 7][:, None, None]
    for _ in range(regime.holidays):
        day, length = int(random.integers(0, regime.days)), int(random.integers(1, 9))
        factor[day : day + length] *= random.uniform(0.3, 2.5)
    for _ in range(regime.campaigns):
        day, length = int(random.integers(0, regime.days)), int(random.integers(1, 11))
        where = np.ones(areas, bool) if random.random() < 0.5 else province == random.choice(province)
        which = np.ones(products, bool) if random.random() < 0.5 else random.random(products) < 0.3
        factor[day : day + length] *= np.where(which[:, None] & where, random.uniform(1.5, 6), 1.0)
    for product in random.choice(products, min(regime.launches, products - 1), replace=False):
        day = int(random.integers(5, max(6, regime.days - 10)))
        factor[:day, product] = 0
        factor[day : day + 10, product] *= np.linspace(3, 1, len(factor[day : day + 10]))[:, None]
    return factor


def found_country(regime: Regime, random: np.random.Generator) -> Country:
    """One country of this regime."""
    sizes = random.integers(regime.regions_per_province[0], regime.regions_per_province[1] + 1, regime.provinces)
    province = np.repeat(np.arange(regime.provinces), sizes)
    centre = np.column_stack([random.uniform(21, 47, regime.provinces), random.uniform(84, 128, regime.provinces)])
    place = centre[province] + random.normal(0, 1.1, (len(province), 2))
    population = np.exp(random.normal(14.5, 0.8, len(province)))
    products, areas, days = regime.products, len(province), regime.days
    sales: list[tuple[int, ...]] = []
    for _ in range(products):
        local = random.random() < regime.local_products
        count = int(random.integers(1, max(2, regime.provinces // 2))) if local else regime.provinces
        sales.append(tuple(sorted(int(name) for name in random.choice(regime.provinces, count, replace=False))))
    weight = np.exp(random.normal(0, 1.2, products))
    habit = np.exp(random.normal(0, 0.5, (products, areas))) * (population / population.sum())
    sold = np.array([np.isin(province, provinces) for provinces in sales])
    base = habit * sold * weight[:, None]
    base *= regime.queries_per_day / base.sum()
    volume = base * _season(random, regime, products, province)
    volume *= (
        _walk(random, days, areas, regime.drift)[:, None, :] * _walk(random, days, products, regime.drift)[:, :, None]
    )
    late = np.zeros((days, products))
    for _ in range(regime.late_batches):
        day = int(random.integers(10, max(11, days - 10)))
        late[day : day + int(random.integers(3, 16)), int(random.integers(0, products))] = random.uniform(0.1, 0.6)
    return Country(
        province, place[:, 0], place[:, 1], population, great_circle_km(place[:, 0], place[:, 1]), tuple(sales), volume,
        np.exp(random.normal(0, regime.area_spread / 2, areas)) * _walk(random, days, areas, regime.drift),
        np.exp(random.normal(0, regime.area_spread, areas)) * _walk(random, days, areas, regime.drift),
        np.exp(random.normal(0, regime.area_spread, products)), late,
    )  # fmt: skip
