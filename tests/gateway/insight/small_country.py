"""A small regime for the tests: seconds to make and to watch."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gateway.insight.generator.regime import Regime, draw_regime


def small_regime(incidents: int) -> Regime:
    """Ten provinces, sixty days, everything that happens happens; nothing is extreme."""
    return replace(
        draw_regime(np.random.default_rng(1)),
        days=60,
        provinces=10,
        regions_per_province=(3, 6),
        products=6,
        local_products=0.2,
        queries_per_day=120.0,
        campaigns=2,
        launches=1,
        holidays=1,
        late_batches=1,
        scanners=1,
        displays=1,
        drift=0.01,
        incidents=incidents,
    )
