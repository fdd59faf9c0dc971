"""`hotspots`: replay a query log and write the alerts that it would have raised, one JSON object a line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from gateway.insight.alerts import Alert, TimeStyle, as_json
from gateway.insight.query_log import ReplayFault, first_time, read_geography, read_queries
from gateway.insight.watch import Watch, WatchSettings

_USAGE_STATUS = 2


def add_arguments(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the `hotspots` command."""
    parser = subparsers.add_parser("hotspots", help="find counterfeit hot-spots in a query log")
    parser.add_argument("--replay", metavar="DIR", required=True, help="folder of regions, products and queries .csv")
    parser.add_argument("--out", metavar="FILE", default="-", help="where the alerts go (default: standard output)")
    parser.add_argument(
        "--budget-days", type=float, default=365.0, help="days between two false alarms of the whole system (365)"
    )
    parser.set_defaults(run=run)


def replay(folder: Path, settings: WatchSettings) -> Iterator[Alert]:
    """The alerts of a log, in the order in which they are raised.  Raises ReplayFault."""
    geography = read_geography(folder)
    watch = Watch(geography, settings)
    last = 0.0
    for seen in read_queries(folder, geography):
        yield from watch.see(seen)
        last = seen.at
    yield from watch.advance(last)


def run(args: argparse.Namespace) -> int:
    """Runs the command; the exit status is 2 when the log cannot be read."""
    settings = WatchSettings(budget_days=args.budget_days)
    try:
        folder = Path(args.replay)
        style = TimeStyle.of(first_time(folder))
        lines = [as_json(alert, style) + "\n" for alert in replay(folder, settings)]
        if args.out == "-":
            sys.stdout.writelines(lines)
        else:
            Path(args.out).write_text("".join(lines), encoding="utf-8")
    except ReplayFault as fault:
        print(f"hotspots: {fault}", file=sys.stderr)
        return _USAGE_STATUS
    except OSError as exc:
        print(f"hotspots: {args.out}: {exc.strerror}", file=sys.stderr)
        return _USAGE_STATUS
    return 0
