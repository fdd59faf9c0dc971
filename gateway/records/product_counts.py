"""How often codes of some products were asked for, from the roll-ups: counts by verdict, nothing of callers."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from gateway.records.schema import open_for_reading

_MOST_PRODUCTS = 500


@dataclass(frozen=True, slots=True)
class ProductCount:
    """Codes of a product that were asked for and judged so."""

    resource_code: str
    verdict: str
    lookups: int


def product_counts(journal: Path, resource_codes: Sequence[str], since: float) -> list[ProductCount]:
    """Counts by product and verdict since the hour of `since` (Unix time, seconds).

    Raises SettingsFault if there is no journal, or one of another version, and sqlite3.Error.
    """
    asked = list(resource_codes[:_MOST_PRODUCTS])
    marks = ",".join("?" * len(asked))
    wanted = (
        "SELECT resource_code, verdict, sum(lookups) FROM rollups WHERE hour >= ? AND lookups > 0"  # noqa: S608 - marks
        f" AND resource_code IN ({marks}) GROUP BY resource_code, verdict ORDER BY resource_code, verdict"
    )
    with closing(open_for_reading(journal)) as connection:
        return [ProductCount(*row) for row in connection.execute(wanted, (int(since // 3600), *asked))]
