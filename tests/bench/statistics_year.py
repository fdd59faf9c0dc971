"""How long the statistics take over a year of many queries: `python -m tests.bench.statistics_year FOLDER`.

The sums are made up: 340 prefectures and 2,000 products whose volumes fall like 1/rank, two carriers and two channels,
eight measures.  At last three hours are asked for that are not in the sums yet.
"""

from __future__ import annotations

import sqlite3
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gateway.core.statistics import Dimension, ProductFigures, Question, answer
from gateway.core.uid import arrival_bound
from gateway.records.counts import read_counts
from gateway.records.cubes import CUBES, columns_of, opened, refresh
from gateway.records.schema import open_for_writing

FIRST_DAY, DAYS, AREAS, PRODUCTS, A_DAY = 20_089, 365, 340, 2_000, 1_000_000  # 2025-01-01
WAYS = [("sms", "cmcc", 0.6), ("sms", "cucc", 0.3), ("voice", "", 0.1)]
OPEN_HOURS = 3
QUESTIONS: tuple[tuple[str, str, dict[str, tuple[str, ...]]], ...] = (
    ("by month", "month", {}),
    ("by day", "day", {}),
    ("by hour", "hour", {}),
    ("by channel, carrier", "channel,carrier", {}),
    ("by prefecture", "prefecture", {}),
    ("by product", "product", {}),
    ("by category", "category", {}),
    ("one product by prefecture", "prefecture", {"products": ("8000003",)}),
    ("one product by day", "day", {"products": ("8000003",)}),
    ("one prefecture by product", "product", {"areas": ("100700",)}),
    ("one province by day", "day", {"areas": ("100000",)}),
    ("one product in one prefecture by day", "day", {"products": ("8000003",), "areas": ("100700",)}),
    ("one province by product", "product", {"areas": ("100000",)}),
)
MEASURES = [("queries", 1.0), ("first", 0.8), ("repeated_same", 0.06), ("repeated_other", 0.05), ("unknown", 0.07),
            ("confirmed_miss", 0.01), ("not_activated", 0.01), ("report", 0.001)]  # fmt: skip


def main() -> None:
    """Make the sums, unless they are there, and ask."""
    folder = Path(sys.argv[1])
    journal, sums = folder / "journal.sqlite", folder / "statistics.sqlite"
    if not sums.exists():
        open_for_writing(journal, lambda _: None).close()
        refresh(sums, journal, 0.0)
        with opened(sums, journal, create=True) as connection:
            fill(connection)
    print(f"{sums.stat().st_size / 2**20:.0f} MiB")
    figures = {
        f"{8_000_000 + p}": ProductFigures(f"{8_000_000 + p}", 100_000, "", f"c{p % 40}") for p in range(PRODUCTS)
    }
    for title, by, filters in QUESTIONS:
        ask(title, Asked(sums, journal, figures, FIRST_DAY + DAYS), by, filters)
    fill_open_hours(journal)
    for title, by, filters in QUESTIONS:
        ask(f"{OPEN_HOURS} hours not summed, {title}", Asked(sums, journal, figures, FIRST_DAY + DAYS + 1), by, filters)


@dataclass(frozen=True, slots=True)
class Asked:
    """Where the answers are, and before which day."""

    sums: Path
    journal: Path
    figures: dict[str, ProductFigures]
    end_day: int


def ask(title: str, asked: Asked, by: str, filters: dict[str, tuple[str, ...]]) -> None:
    """Ask, and print how long the answer took."""
    question = Question(tuple(map(Dimension, by.split(","))), FIRST_DAY, asked.end_day, **filters)
    began = time.perf_counter()
    counts = read_counts(asked.sums, asked.journal, question.slice(asked.figures))
    groups = answer(question, counts, asked.figures)
    print(f"{title}: {time.perf_counter() - began:.3f} s, {len(groups)} groups")


def fill_open_hours(journal: Path) -> None:
    """Queries, unless they are there: the first caller's, and misses that are sent again."""
    connection = open_for_writing(journal, lambda _: None)
    if connection.execute("SELECT count(*) FROM rollups").fetchone()[0]:
        return
    random = np.random.default_rng(2)
    first_at = (FIRST_DAY + DAYS) * 86_400.0 - 8 * 3_600
    count = A_DAY * OPEN_HOURS // 24
    areas, products = (random.zipf(1.5, count) % most for most in (AREAS, PRODUCTS))
    missed = random.random(count) < 0.07
    connection.execute("BEGIN")
    for number in range(count):
        at = first_at + number * OPEN_HOURS * 3_600 / count
        area = f"{10 + areas[number] // 11:02d}{areas[number] % 11:02d}00"
        product, verdict = f"{8_000_000 + products[number]}", "unknown" if missed[number] else "first"
        code, known = f"{product}{number // 2 if missed[number] else number:013d}", "" if missed[number] else product
        uid = arrival_bound(at) + number % 4_096
        connection.execute("INSERT INTO query_log(uid, channel, carrier) VALUES (?, 'sms', 'cmcc')", (uid,))
        connection.execute(
            "INSERT INTO lookups(uid, code, caller, arrived_at, verdict, resource_code, area) VALUES (?,?,?,?,?,?,?)",
            (uid, code, f"k1:{number}", at, verdict, known, area),
        )
        connection.execute(
            "INSERT INTO rollups VALUES (?, ?, ?, ?, 'sms', 'cmcc', 1, 1) ON CONFLICT DO UPDATE SET"
            " queries = queries + 1, lookups = lookups + 1", (int(at // 3_600), area, known, verdict),
        )  # fmt: skip
    connection.execute("COMMIT")
    connection.close()


def fill(connection: sqlite3.Connection) -> None:
    """Every cube, with Poisson counts; of product x area x day only 20,000 of all pairs."""
    random = np.random.default_rng(1)
    area_part, product_part = (1 / np.arange(1, count + 1) for count in (AREAS, PRODUCTS))
    areas = [f"{10 + area // 11:02d}{area % 11:02d}00" for area in range(AREAS)]
    products = [f"{8_000_000 + product}" for product in range(PRODUCTS)]
    area_part, product_part = area_part / area_part.sum(), product_part / product_part.sum()
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("BEGIN")
    connection.executemany("INSERT INTO known_areas VALUES (?)", [(area,) for area in areas])
    connection.executemany("INSERT INTO known_products VALUES (?)", [(code,) for code in products])
    for cube in CUBES:
        subject, grain = cube.split("_")
        heads, parts = list[tuple[str, ...]]([()]), np.ones(1)
        if subject in ("area", "both"):
            heads, parts = [(area,) for area in areas], area_part
        if subject == "broad":
            heads = [(province,) for province in dict.fromkeys(area[:2] + "0000" for area in areas)]
            parts = np.add.reduceat(area_part, np.arange(0, AREAS, 11))
        if subject in ("product", "both", "broad"):
            heads = [(*head, code) for head in heads for code in products]
            parts = np.outer(parts, product_part).ravel()
        if cube == "both_day":
            chosen = np.union1d(random.choice(len(heads), 20_000, replace=False), [7 * PRODUCTS + 3])
            heads, parts = [heads[number] for number in chosen], parts[chosen]
        marks = ", ".join("?" * (len(columns_of(cube)) + 2))
        rows = made(list(zip(heads, parts, strict=True)), *periods_of(grain), random)
        connection.executemany(f"INSERT INTO {cube} VALUES ({marks})", rows)  # noqa: S608 - own words
    connection.execute("INSERT INTO built VALUES (1, ?)", ((FIRST_DAY + DAYS) * 24 - 8,))
    connection.execute("COMMIT")


def periods_of(grain: str) -> tuple[list[int] | list[str], float]:
    """The year's periods, and how many days each has."""
    if grain == "hour":
        return [FIRST_DAY * 24 - 8 + hour for hour in range(DAYS * 24)], 1 / 24
    if grain == "day":
        return [FIRST_DAY + day for day in range(DAYS)], 1.0
    return [f"2025-{month:02d}" for month in range(1, 13)], 30.4


def made(
    shares: list[tuple[tuple[str, ...], float]],
    periods: list[int] | list[str],
    days: float,
    random: np.random.Generator,
) -> Iterator[tuple[object, ...]]:
    """Rows of a cube: `shares` are parts of all queries by the head of the key."""
    ways = np.array([[way * measure for _, measure in MEASURES] for *_, way in WAYS])
    for head, share in shares:
        counts = random.poisson(share * days * A_DAY * ways, (len(periods), *ways.shape))
        for period, way, measure in np.argwhere(counts):
            channel, carrier, _ = WAYS[way]
            count = int(counts[period, way, measure])
            yield (*head, periods[period], channel, carrier, MEASURES[measure][0], count)


if __name__ == "__main__":
    main()
