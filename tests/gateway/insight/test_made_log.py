"""The generator and the scorer."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from gateway.insight.alerts import Alert, Kind
from gateway.insight.generator.incidents import MANNERS
from gateway.insight.generator.made_log import make_log, write_log
from gateway.insight.generator.regime import draw_regime, quiet
from gateway.insight.query_log import VERDICTS, read_geography, read_queries
from gateway.insight.scorer import Truth, explains, score, together
from tests.gateway.insight.small_country import small_regime

_TRUTH = Truth(frozenset({"R1", "R2"}), "wine", 1000.0, 2000.0, "", "copied")


def _alert(raised_at: float, regions: tuple[str, ...] = ("R2",), products: tuple[str, ...] = ("wine",)) -> Alert:
    return Alert(Kind.HOTSPOT, regions, products, raised_at, raised_at, raised_at, 9.0, 1e-6, 900.0, 8, 0.5)


def test_the_same_seed_makes_the_same_log() -> None:
    first, second = make_log(small_regime(6), 5), make_log(small_regime(6), 5)
    assert first == second
    assert make_log(small_regime(6), 6).queries != first.queries


def test_a_log_holds_every_verdict_in_time_order_and_every_manner_of_incident() -> None:
    log = make_log(small_regime(12), 7)
    assert [seen.at for seen in log.queries] == sorted(seen.at for seen in log.queries)
    assert set(Counter(seen.verdict for seen in log.queries)) == set(VERDICTS)
    assert {one.manner for one in log.truth} == set(MANNERS)


def test_a_code_is_first_once() -> None:
    log = make_log(small_regime(6), 8)
    firsts = Counter(seen.code for seen in log.queries if seen.verdict == "genuine_first")
    assert set(firsts.values()) == {1}


def test_regimes_differ_widely_and_quiet_ones_have_no_incident() -> None:
    regimes = [draw_regime(np.random.default_rng(seed)) for seed in range(30)]
    assert {60, 372} <= {regime.days for regime in regimes}
    assert max(regime.queries_per_day for regime in regimes) > 5 * min(regime.queries_per_day for regime in regimes)
    assert quiet(regimes[0]).incidents == 0


def test_a_written_log_is_read_back_alike(tmp_path: Path) -> None:
    log = make_log(small_regime(6), 9)
    write_log(log, tmp_path / "log")
    geography = read_geography(tmp_path / "log")
    assert geography == log.geography
    assert tuple(read_queries(tmp_path / "log", geography)) == log.queries


@pytest.mark.parametrize(
    ("alert", "right"),
    [
        (_alert(1500.0), True),
        (_alert(1500.0, regions=()), True),
        (_alert(900.0), False),
        (_alert(2000.0 + 15 * 86_400), False),
        (_alert(1500.0, regions=("R9",)), False),
        (_alert(1500.0, products=("beer",)), False),
    ],
)
def test_an_alert_is_right_about_its_product_place_and_time(alert: Alert, right: bool) -> None:
    assert explains(_TRUTH, alert) is right


def test_a_clone_is_right_about_its_code_only() -> None:
    online = Truth(frozenset(), "wine", 0.0, 9000.0, "123", "online")
    assert not explains(online, _alert(100.0))


def test_scores_count_incidents_once_and_delays_from_their_start() -> None:
    result = score([_alert(1000.0 + 86_400), _alert(1000.0 + 2 * 86_400), _alert(5.0)], (_TRUTH,), 30.44)
    assert (result.recall, result.found, result.alerts, result.false) == (1.0, 1, 3, 1)
    assert result.precision == pytest.approx(2 / 3)
    assert result.false_per_month == pytest.approx(1.0)
    assert result.median_delay_days == 1.0
    both = together([result, score([], (_TRUTH,), 30.44)])
    assert (both.recall, both.false_per_month, len(both.missed)) == (0.5, 0.5, 1)
    assert score([], (), 1.0).precision == score([], (), 1.0).recall == 1.0
