"""`make bench`: the gateway with everything on, under smscload (an SMSC in C that pairs each MO with its MT).

The unit is a complete query: durably acknowledged, looked up, judged, answered by a submit_sm that the SMSC accepted,
logged.  In the same run an asyncio client that only echoes, with smpplib's codec, gives the figure to compare with.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from gateway.simulate.children import ChildFailed
from tests.bench.load import Load, Summary, generator
from tests.bench.pages import open_pages
from tests.bench.stage import Stage

_HOW_TO = """ZHENMA_SMSCLOAD is not set: the load generator is not part of this project.
Set it to the smscload program (or to the folder with its source and Makefile) and run `make bench` again.
Without it, `make run` shows the time of single queries; for load, any SMSC simulator that sends deliver_sm will do."""
_SESSIONS, _WINDOW = 4, 64


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    name: str
    summary: Summary
    note: str = ""


async def _bench(args: argparse.Namespace, smscload: Path) -> list[Row]:
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="zhenma-bench-") as place:
        load = Load(smscload, Path(place))
        stage = Stage(args.var.resolve(), Path(place), load, sessions=_SESSIONS, codes=args.codes)
        try:
            rows.append(Row("echo only (smpplib)", await stage.echo(args.seconds)))
            await stage.start()
            hot = stage.codes(10_000)
            closed = ("--window", str(_WINDOW))
            await stage.run(hot, *closed, "--count", "20000")  # fills the cache
            rows.append(Row("hot cache, closed loop", await stage.run(hot, *closed, *_for(args.seconds))))
            rate = rows[-1].summary.mt_per_s / 2
            half = ("--rate", f"{rate:.0f}")
            rows.append(
                Row("hot cache, half of that", await stage.run(hot, *half, *_for(args.seconds)), f"{rate:.0f}/s")
            )
            rows.append(Row("every code new", await stage.run(stage.new_codes(), *closed, *_for(args.seconds))))
            rows += await _watched(stage, hot, args)
            for _ in range(args.rounds):
                summary = await stage.run(hot, *closed, "--count", str(args.round_queries))
                rows.append(Row(f"{args.round_queries:,} more queries", summary))
        finally:
            await stage.stop()
    return rows


async def _watched(stage: Stage, codes: Path, args: argparse.Namespace) -> list[Row]:
    """The same load without pages and with pages of the monitor open, by turns."""
    rows = []
    for _ in range(args.turns if args.pages else 0):
        rows.append(Row("2,000/s, no page open", await stage.run(codes, "--rate", "2000", *_for(args.seconds))))
        async with open_pages(stage.visitors, args.pages) as news:
            summary = await stage.run(codes, "--rate", "2000", *_for(args.seconds))
            note = f"each page read {min(news)} to {max(news)} news"
        rows.append(Row(f"2,000/s, {args.pages} pages open", summary, note))
    return rows


def _for(seconds: float) -> tuple[str, ...]:
    return ("--duration", str(seconds), "--warmup", "2")


def _print(rows: list[Row]) -> None:
    columns = ("MT/s", "MT/CPU-s", "p50 ms", "p99 ms", "CPU s/10k", "MiB", "lost", "dup", "nacked")
    print(f"{'':<26}" + "".join(f"{column:>11}" for column in columns))
    for row in rows:
        s = row.summary
        cells = (
            *(f"{s.mt_per_s:,.0f}", f"{s.mt_per_cpu_second:,.0f}", f"{s.p50_ms:.1f}", f"{s.p99_ms:.1f}"),
            *(f"{s.cpu_seconds_per_10k:.2f}", f"{s.memory_mib:.0f}", str(s.lost), str(s.duplicates), str(s.nacked)),
        )
        print(f"{row.name:<26}" + "".join(f"{cell:>11}" for cell in cells) + f"  {row.note}")
    echo, ours = rows[0].summary, rows[1].summary
    ratio = ours.mt_per_cpu_second / echo.mt_per_cpu_second
    print(f"\nhot cache beside the bare echo, per CPU-second: {ratio:.2f}")
    alone = [row.summary.mt_per_cpu_second for row in rows if row.name.endswith("no page open")]
    watched = [row.summary.mt_per_cpu_second for row in rows if row.name.endswith("pages open")]
    if watched:
        print(f"with pages of the monitor open beside without, per CPU-second: {median(watched) / median(alone):.3f}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--seconds", type=float, default=15.0, help="length of each measurement (%(default)s)")
    parser.add_argument("--codes", type=int, default=400_000, help="active codes in the registry (%(default)s)")
    parser.add_argument("--rounds", type=int, default=0, help="rounds of more queries, to see memory (%(default)s)")
    parser.add_argument("--round-queries", type=int, default=250_000, help="queries a round (%(default)s)")
    parser.add_argument("--pages", type=int, default=20, help="open pages of the monitor; 0: none (%(default)s)")
    parser.add_argument("--turns", type=int, default=3, help="turns without and with pages (%(default)s)")
    parser.add_argument("--var", type=Path, default=Path("var/bench"), help="samples and logs (%(default)s)")
    args = parser.parse_args()
    if "ZHENMA_SMSCLOAD" not in os.environ:
        print(_HOW_TO, file=sys.stderr)
        return 69
    try:
        _print(asyncio.run(_bench(args, generator(Path(os.environ["ZHENMA_SMSCLOAD"]), args.var))))
    except (ChildFailed, OSError) as exc:
        print(f"bench: {exc}", file=sys.stderr)
        return 70
    return 0


sys.exit(main())
