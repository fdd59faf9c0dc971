"""What a made-up country is like: one draw of every parameter, wide apart from seed to seed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True, slots=True)
class Regime:
    """Shares are of queries, delays in days, `drift` the daily standard deviation of logarithms of rates."""

    days: int
    provinces: int
    regions_per_province: tuple[int, int]
    products: int
    local_products: float
    queries_per_day: float
    weekday_spread: float
    campaigns: int
    launches: int
    holidays: int
    drift: float
    second_share: float
    second_delay: float
    third_share: float
    elsewhere: float
    retransmitted: float
    same_caller: float
    typing: float
    corrected: float
    resent: float
    area_spread: float
    early: float
    late_batches: int
    strayed: float
    scanners: int
    displays: int
    incidents: int


def draw_regime(random: np.random.Generator) -> Regime:
    """One country, drawn at random."""

    def between(low: float, high: float) -> float:
        return float(np.exp(random.uniform(np.log(low), np.log(high))))

    days = int(random.choice([60, 90, 124, 180, 270, 372]))
    return Regime(
        days=days,
        provinces=int(random.integers(5, 32)),
        regions_per_province=(int(random.integers(1, 5)), int(random.integers(6, 16))),
        products=int(random.integers(3, 41)),
        local_products=float(random.uniform(0, 0.7)),
        queries_per_day=between(150, 2500),
        weekday_spread=float(random.uniform(0, 0.5)),
        campaigns=int(random.integers(0, 1 + days // 25)),
        launches=int(random.integers(0, 4)),
        holidays=int(random.integers(0, 1 + days // 40)),
        drift=float(random.choice([0.0, 0.01, 0.03, 0.06])),
        second_share=between(0.02, 0.25),
        second_delay=between(0.3, 8),
        third_share=between(0.02, 0.3),
        elsewhere=float(random.uniform(0.05, 0.5)),
        retransmitted=float(random.uniform(0, 0.08)),
        same_caller=float(random.uniform(0, 0.1)),
        typing=between(0.01, 0.12),
        corrected=float(random.uniform(0.2, 0.9)),
        resent=float(random.uniform(0.05, 0.4)),
        area_spread=float(random.uniform(0, 0.8)),
        early=between(0.0005, 0.01),
        late_batches=int(random.integers(0, 4)),
        strayed=between(0.01, 0.12),
        scanners=int(random.integers(0, 6)),
        displays=int(random.integers(0, 4)),
        incidents=max(2, int(days * random.uniform(0.02, 0.06))),
    )


def quiet(regime: Regime) -> Regime:
    """The same country without any incident, and with more of what looks like one."""
    return replace(
        regime, incidents=0, campaigns=regime.campaigns + 3, launches=regime.launches + 2, holidays=regime.holidays + 2
    )
