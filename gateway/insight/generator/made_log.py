"""A whole made-up log: geography, queries with their verdicts, and the truth; in memory or in the replay format."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from gateway.insight.generator.country import Country, found_country
from gateway.insight.generator.honest import Honest
from gateway.insight.generator.incidents import Forger, Incident
from gateway.insight.generator.queries import Asked, Numbers, Standing
from gateway.insight.generator.regime import Regime
from gateway.insight.query_log import Geography, Product, Region, Seen

START_AT = datetime(2025, 1, 1, tzinfo=UTC).timestamp()
_DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class MadeLog:
    """A log in memory, in time order, and what really happened."""

    regime: Regime
    geography: Geography
    queries: tuple[Seen, ...]
    truth: tuple[Incident, ...]


def make_log(regime: Regime, seed: int) -> MadeLog:
    """The log of this regime and seed; the same for the same arguments."""
    random = np.random.default_rng(seed)
    country = found_country(regime, random)
    numbers = Numbers(random)
    honest = Honest(regime, country, numbers, random)
    asked = honest.write()
    more, truth = Forger(regime, country, honest, numbers, random).commit()
    asked = [one for one in asked + more if 0 <= one.day < regime.days]
    asked.sort(key=lambda one: (one.day, one.code, one.caller))
    return MadeLog(regime, _geography(country), tuple(_judged(asked, country)), tuple(truth))


def _geography(country: Country) -> Geography:
    regions = tuple(
        Region(
            country.name(area), country.province_name(area), round(float(country.latitude[area]), 4),
            round(float(country.longitude[area]), 4), float(round(float(country.population[area]))),
        )
        for area in range(len(country.province))
    )  # fmt: skip
    products = tuple(
        Product(
            country.product_name(number), country.resource_code(number), frozenset(f"P{name:02d}" for name in sales)
        )
        for number, sales in enumerate(country.sales)
    )
    return Geography(regions, products)


def _judged(asked: list[Asked], country: Country) -> Iterator[Seen]:
    known: set[str] = set()
    for one in asked:
        verdict: str = one.standing
        if one.standing is Standing.ACTIVE:
            verdict = "genuine_repeat" if one.code in known else "genuine_first"
            known.add(one.code)
        destination = f"P{one.destination:02d}" if one.destination >= 0 else ""
        at = START_AT + round(one.day * _DAY_SECONDS)
        yield Seen(
            at, country.name(one.area), country.product_name(one.product), one.code, one.caller, verdict, destination
        )


def write_log(log: MadeLog, folder: Path) -> None:
    """Writes the three files of the replay format into `folder`, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "regions.csv").open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(("region", "province", "lat", "lon", "population", "counties"))
        for region in log.geography.regions:
            rows.writerow(
                (region.name, region.province, region.latitude_deg, region.longitude_deg, int(region.population), 5)
            )
    with (folder / "products.csv").open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(("product", "resource_code", "sales_provinces"))
        for product in log.geography.products:
            rows.writerow((product.name, product.resource_code, "|".join(sorted(product.sales_provinces))))
    with (folder / "queries.csv").open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(("ts", "region", "county", "product", "code", "caller", "channel", "verdict", "dest_province"))
        for seen in log.queries:
            moment = datetime.fromtimestamp(seen.at, UTC).strftime("%Y-%m-%dT%H:%M:%S")
            rows.writerow(
                (moment, seen.region, "", seen.product, seen.code, seen.caller, "sms", seen.verdict, seen.destination)
            )
