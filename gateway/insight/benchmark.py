"""`python -m gateway.insight.benchmark`: how fast the scan is, and how good the watch is beside simple rules."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from gateway.core.hotspots.geography import great_circle_km, zones_up_to
from gateway.core.hotspots.replicates import null_maxima
from gateway.core.hotspots.scan import Table, clusters, permutation_table, poisson_table
from gateway.core.hotspots.windows import prospective
from gateway.insight.alerts import Alert
from gateway.insight.baselines import ears_c2, fixed_threshold
from gateway.insight.generator.made_log import MadeLog, make_log
from gateway.insight.generator.regime import draw_regime, quiet
from gateway.insight.query_log import Geography, Seen
from gateway.insight.scorer import Score, score, together, truths
from gateway.insight.watch import Watch

_DAYS, _LONGEST = 60, 14
_COUNTRIES = ((340, 0.5, 5_000), (2_900, 0.05, 20_000))  # areas, largest share of a zone, cases
_LONGEST_LOG_DAYS = 120
_HELD_OUT = 2001  # nothing was tuned on these seeds


def _tables(areas: int, cases: int) -> Iterator[tuple[str, Table]]:
    random = np.random.default_rng(areas)
    population = np.exp(random.normal(0, 1, areas))
    share = population / population.sum()
    counts = random.multinomial(cases, np.repeat(share[:, None] / _DAYS, _DAYS, axis=1).ravel()).reshape(areas, _DAYS)
    yield "permutation", permutation_table(counts.astype(float))
    yield "Poisson", poisson_table(counts.astype(float), np.repeat(population[:, None], _DAYS, axis=1))


def speed(replicates: int, countries: tuple[tuple[int, float, int], ...] = _COUNTRIES) -> None:
    """Prints CPU seconds of an observed scan and its replicates, for a country of prefectures and one of counties."""
    for areas, share, cases in countries:
        random = np.random.default_rng(1)
        distances = great_circle_km(random.uniform(20, 50, areas), random.uniform(75, 130, areas))
        for name, table in _tables(areas, cases):
            zones = zones_up_to(distances, table.counts.sum(axis=1) + 1e-9, share)
            windows = prospective(_DAYS, _LONGEST)
            null_maxima(table, zones, windows, 1, random)  # compiles, once
            start = time.process_time()
            found = clusters(table, zones, windows)
            scanned = time.process_time()
            null_maxima(table, zones, windows, replicates, random)
            done = time.process_time()
            print(
                f"{areas:>5} areas x {_DAYS} days, {int(zones.sizes.sum()):>7} zones, {name:<11}: scan "
                f"{(scanned - start) * 1000:.0f} ms, {replicates} replicates {done - scanned:.2f} s CPU; "
                f"best ratio {found[0].llr:.6f}"
            )


def watched(geography: Geography, queries: Iterable[Seen]) -> Iterator[Alert]:
    """The watch over a log in memory."""
    watch = Watch(geography)
    for seen in queries:
        yield from watch.see(seen)


def held_out(logs: int, queries_per_day: float, is_quiet: bool) -> Iterator[MadeLog]:
    """Logs that nothing was tuned on; `is_quiet` ones hold no incident."""
    for seed in range(_HELD_OUT, _HELD_OUT + logs):
        regime = draw_regime(np.random.default_rng(seed))
        per_day, days = min(queries_per_day, regime.queries_per_day), min(_LONGEST_LOG_DAYS, regime.days)
        regime = replace(regime, queries_per_day=per_day, days=days, incidents=min(regime.incidents, days // 15))
        yield make_log(quiet(regime) if is_quiet else regime, seed)


def _say(name: str, result: Score) -> None:
    print(
        f"{name:<16} recall {result.recall:.2f} precision {result.precision:.3f} false a month "
        f"{result.false_per_month:8.2f} median days {result.median_delay_days:5.1f} "
        f"(incidents {result.incidents}, alerts {result.alerts})"
    )


def quality(logs: int, queries_per_day: float, seconds: float = 120.0) -> None:
    """Prints the watch's figures on held-out logs beside those of the baselines.

    Half of the seconds is for each sort of log: then no further one is begun.
    """
    rules = {"watch": watched, "threshold 3": fixed_threshold, "EARS C2": ears_c2}
    for is_quiet in (False, True):
        until = time.monotonic() + seconds / 2
        results: dict[str, list[Score]] = {name: [] for name in rules}
        for log in held_out(logs, queries_per_day, is_quiet):
            for name, rule in rules.items():
                results[name].append(score(rule(log.geography, log.queries), truths(log), log.regime.days))
            if time.monotonic() > until:
                break
        sort = "logs without any incident" if is_quiet else "logs with incidents"
        print(f"{len(results['watch'])} {sort}, {together(results['watch']).days:.0f} days")
        for name, scores in results.items():
            _say(name, together(scores))


def main() -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replicates", type=int, default=999)
    parser.add_argument("--logs", type=int, default=6, help="held-out logs of each sort (6)")
    parser.add_argument("--queries-per-day", type=float, default=200.0, help="at most, on average (200)")
    parser.add_argument("--seconds", type=float, default=120.0, help="after so many no further log is begun (120)")
    given = parser.parse_args()
    speed(given.replicates)
    quality(given.logs, given.queries_per_day, given.seconds)


if __name__ == "__main__":
    main()
