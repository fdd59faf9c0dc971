"""Writes a made-up month into a new query log, before the gateway opens it: `python -m gateway.simulate.past`.

So that statistics, accounts, charts and cases have something to show at once.  Its callers are called `made-up`; its
codes begin as those of the sample products do, but stand in no registry.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import time
from collections.abc import Sequence
from pathlib import Path

from gateway.core.query import Channel
from gateway.insight.case_store import open_book
from gateway.insight.centres import read_centres
from gateway.measures.distribution import Recorder
from gateway.measures.sample import GATEWAY, Sample, Subject
from gateway.measures.series_file import Dated, SeriesFile
from gateway.records.journal.sqlite_journal import SqliteJournal
from gateway.registry.database.store import open_store
from gateway.registry.life.access import Access, Role
from gateway.registry.views.listings import MAX_ROWS, Reading
from gateway.registry.views.rows import ProductRow
from gateway.simulate.ended import CARRIER, LINK, Ended, ended
from gateway.simulate.month import month

_TOGETHER = 400  # queries: the journal takes them in few commits
_HOUR_SECONDS = 3_600


def main() -> None:
    """Write the log, the series beside it, a new case book, and the table of products for the rates in statistics."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--registry", "--journal", "--figures", "--cases", "--centres"):
        parser.add_argument(name, type=Path, required=True)
    parser.add_argument("--empty", action="store_true", help="no month, only what pages need")
    args = parser.parse_args()
    products = _products(args.registry)
    _write_figures(products, args.figures)
    open_book(str(args.cases), create=True).dispose()
    if args.empty:
        return
    if args.journal.exists():
        raise SystemExit(f"{args.journal} is there already: what is made up belongs in a log of its own")
    now = time.time()
    past = month(read_centres(args.centres), [product.resource_code for product in products])
    made = list(ended(past, {product.resource_code: product.category for product in products}, now))
    asyncio.run(_write_log(args.journal, made))
    _write_series(args.journal.with_name(args.journal.name + ".measures"), made, int(now))


def _products(registry: Path) -> Sequence[ProductRow]:
    store = open_store(str(registry))
    try:
        return Reading(store).products(Access(Role.OPERATOR), "", MAX_ROWS)
    finally:
        store.dispose()


def _write_figures(products: Sequence[ProductRow], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("resource_code", "name", "activated", "category", "enterprise"))
        for each in products:
            writer.writerow((each.resource_code, each.name_zh, each.activated, each.category, each.enterprise_id))


async def _write_log(path: Path, made: Sequence[Ended]) -> None:
    journal = await SqliteJournal.opened(path, _fail)
    try:
        for first in range(0, len(made), _TOGETHER):
            some = made[first : first + _TOGETHER]
            await asyncio.gather(*(journal.accept(each.query) for each in some))
            await asyncio.gather(*(journal.finish(each.query, each.answer, each.outcome) for each in some))
            await asyncio.gather(*(journal.receipt_told(each.receipt) for each in some if each.receipt is not None))
    finally:
        await journal.close()


def _fail(fault: BaseException) -> None:
    raise SystemExit(f"the made-up month could not be written: {fault}")


def _write_series(path: Path, made: Sequence[Ended], now: int) -> None:
    """Traffic and latency by the hour, of all hours that are over."""
    hours: dict[int, list[Ended]] = {}
    for each in made:
        if each.query.channel is Channel.SMS:
            hours.setdefault(int(each.query.arrived_at) // _HOUR_SECONDS * _HOUR_SECONDS, []).append(each)
    subjects = (GATEWAY, Subject(CARRIER), Subject(CARRIER, LINK))
    batch = [
        Dated(hour, subject, _sample(hours.get(hour, ())))
        for hour in range(min(hours), now - 2 * _HOUR_SECONDS, _HOUR_SECONDS)
        for subject in subjects
    ]
    with SeriesFile(path) as file:
        file.write(batch, now)


def _sample(made: Sequence[Ended]) -> Sample:
    latency = Recorder()
    counts: dict[str, float] = {"bound": _HOUR_SECONDS, "backend_up": _HOUR_SECONDS, "redis_up": _HOUR_SECONDS}
    for each in made:
        latency.record(each.outcome.at - each.query.arrived_at)
        for name, count in (("mo", 1), ("mt", 1), ("segments", each.outcome.segments)):
            counts[name] = counts.get(name, 0) + count
    return Sample(_HOUR_SECONDS, counts, {"window": 10.0}, {"latency": latency.distribution} if made else {})


if __name__ == "__main__":
    main()
