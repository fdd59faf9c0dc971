"""Commands that read the registry out, as CSV, and keep copies of it."""

from __future__ import annotations

import argparse
import csv
import sqlite3
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from gateway.registry.commands.words import add_command
from gateway.registry.database.schema import steps
from gateway.registry.database.store import asking, database_url, open_store
from gateway.registry.faults import RequestFault, StoreFault
from gateway.registry.samples.benchmark import fill, measure
from gateway.registry.views.overview import MAX_GUESS_CHANCE, STAGES, Grouping, coverage, product_codes, progress
from gateway.registry.views.targets import read_targets

_BENCH_BATCH_CODES = 200
_COPIED_PAGES = 25_000  # at a time; others write in between


def add_arguments(commands: Any) -> None:
    """Add them to the commands of `registry`."""
    add_command(commands, "products", _products, "each product's codes, and the chance of guessing one (CSV)")
    add_command(commands, "progress", _progress, "how far each enterprise has come (CSV)")
    covered = add_command(commands, "coverage", _coverage, "how many enterprises have come how far, by group (CSV)")
    covered.add_argument("--by", choices=list(Grouping), type=Grouping, default=Grouping.CLASS)
    covered.add_argument("--targets", metavar="CSV", help="columns group,suitable: the plan's numbers to compare with")
    record = add_command(commands, "steps", _steps, "the record of steps: who, when, why (CSV)")
    record.add_argument("--after", type=int, default=0, metavar="ID", help="only later ones")
    record.add_argument("--limit", type=int, default=1_000, metavar="N", help="at most so many (default: %(default)s)")
    backup = add_command(commands, "backup", _backup, "copy an SQLite registry while it is in use")
    backup.add_argument("--output", required=True, metavar="FILE", help="a new file")
    restore = add_command(commands, "restore", _restore, "make an SQLite registry from a copy")
    restore.add_argument("--input", required=True, metavar="FILE", help="what backup wrote")
    bench = add_command(commands, "bench", _bench, "how fast a registry of many ranges answers, on a new database")
    bench.add_argument("--ranges", type=int, default=2_000_000, metavar="N", help="of 5,000 codes each (%(default)s)")
    bench.add_argument("--batches", type=int, default=100, metavar="N", help="of 200 codes each (%(default)s)")


@contextmanager
def _reading(args: argparse.Namespace) -> Iterator[Connection]:
    store = open_store(args.database)
    try:
        with asking(store) as connection:
            yield connection
    finally:
        store.dispose()


def _write(header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)


def _products(args: argparse.Namespace) -> None:
    with _reading(args) as connection:
        known = list(product_codes(connection))
    _write(
        ("resource_code", "name", "issued", "activated", "guess_chance", "below_1_in_10000"),
        (
            (
                each.resource_code,
                each.name,
                each.issued,
                each.activated,
                f"{each.guess_chance:.3g}",
                "yes" if each.guess_chance < MAX_GUESS_CHANCE else "no",
            )
            for each in known
        ),
    )


def _progress(args: argparse.Namespace) -> None:
    with _reading(args) as connection:
        rows = [
            (each.enterprise, each.name, each.area, "yes" if each.in_catalogue else "no", each.stage)
            for each in progress(connection)
        ]
    _write(("enterprise", "name", "area", "in_catalogue", "stage"), rows)


def _coverage(args: argparse.Namespace) -> None:
    targets = read_targets(Path(args.targets)) if args.targets else {}
    with _reading(args) as connection:
        groups = {each.group: each for each in coverage(progress(connection), args.by)}
    rows = []
    for group in sorted(groups.keys() | targets.keys()):
        suitable, each = targets.get(group), groups.get(group)
        counts = (each.signed_up, each.key_issued, each.codes_issued, each.activated) if each else (0,) * len(STAGES)
        share = f"{counts[0] / suitable:.1%}" if suitable else ""
        rows.append((group, "" if suitable is None else suitable, *counts, share))
    _write(("group", "suitable", *STAGES, "signed_of_suitable"), rows)


def _steps(args: argparse.Namespace) -> None:
    with _reading(args) as connection:
        wanted = select(steps).where(steps.c.id > args.after).order_by(steps.c.id).limit(args.limit)
        rows = [tuple(row) for row in connection.execute(wanted)]
    _write(steps.c.keys(), rows)


def _backup(args: argparse.Namespace) -> None:
    url = database_url(args.database)
    if url.get_backend_name() != "sqlite":
        raise RequestFault("this copies SQLite registries: for PostgreSQL use pg_dump and pg_restore")
    open_store(args.database).dispose()
    _copy(str(url.database), args.output)


def _restore(args: argparse.Namespace) -> None:
    open_store(args.input).dispose()
    _copy(args.input, args.database)


def _copy(source: str, target: str) -> None:
    """Page by page, while others read and write.  The copy appears whole or not at all, for its owner only."""
    growing = Path(f"{target}.part")
    if Path(target).exists():
        raise RequestFault(f"{target} exists: name a new file")
    growing.unlink(missing_ok=True)
    growing.touch(mode=0o600)
    try:
        with closing(sqlite3.connect(source)) as original, closing(sqlite3.connect(growing)) as copy:
            original.backup(copy, pages=_COPIED_PAGES, progress=_tell_pages)
    except sqlite3.Error as exc:
        raise StoreFault(f"the copy failed: {exc}") from exc
    growing.rename(target)


def _tell_pages(_status: int, left: int, total: int) -> None:
    if total > _COPIED_PAGES:
        print(f"{total - left:,} of {total:,} pages", file=sys.stderr)


def _bench(args: argparse.Namespace) -> None:
    store = open_store(args.database, create=True)
    print(f"making {args.ranges:,} ranges ...", file=sys.stderr)
    fill(store, args.ranges)
    seen = measure(store, args.batches, _BENCH_BATCH_CODES)
    store.dispose()
    print(
        f"{seen.ranges:,} ranges: {seen.codes_a_second:,.0f} codes a second of CPU, slowest batch of "
        f"{_BENCH_BATCH_CODES} codes {seen.slowest_batch_milliseconds:.1f} ms, peak memory "
        f"{seen.resident_mebibytes} MiB"
    )
