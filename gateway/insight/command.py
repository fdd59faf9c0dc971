"""`hotspots`: find counterfeit hot-spots in a folder of the replay format, in a past period, or as the log grows."""

from __future__ import annotations

import argparse
import math
import os
import signal
import sys
import threading
import time
import tomllib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

from gateway.core.errors import SettingsFault
from gateway.insight.alerts import Alert, TimeStyle, as_json
from gateway.insight.logged import Logged, china
from gateway.insight.query_log import ReplayFault, first_time, read_geography, read_queries
from gateway.insight.recipients import Recipient, case_book, lines_file
from gateway.insight.vigil import Vigil, raised
from gateway.insight.watch import Watch, WatchSettings

_USAGE_STATUS = 2
_CHINA = timezone(timedelta(hours=8))
_CHINA_STYLE = TimeStyle("T", "+08:00")
_NICENESS = 10  # queries go first


def add_arguments(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the `hotspots` command."""
    parser = subparsers.add_parser("hotspots", help="find counterfeit hot-spots in a query log", description=__doc__)
    parser.add_argument(
        "action", nargs="?", choices=["watch"], help="watch: read on as the query log grows, until SIGTERM"
    )
    parser.add_argument("--replay", metavar="DIR", help="folder of regions, products and queries .csv")
    parser.add_argument("--from", dest="start", type=_instant, metavar="TIME", help="alerts raised from this on")
    parser.add_argument(
        "--to", dest="end", type=_instant, metavar="TIME", help="and before this, as 2026-05-01 (China)"
    )
    parser.add_argument("--journal", type=Path, metavar="FILE", help="the query log's file")
    parser.add_argument(
        "--config",
        type=Path,
        default=Path("config"),
        metavar="FOLDER",
        help="else its gateway.toml names it (%(default)s)",
    )
    parser.add_argument("--out", metavar="FILE", default="-", help="where the alerts go (default: standard output)")
    parser.add_argument("--cases", metavar="DATABASE", help="with watch: the case book that they go into, instead")
    parser.add_argument("--every", type=float, default=300.0, metavar="SECONDS", help="with watch: between looks (300)")
    parser.add_argument(
        "--state", type=Path, default=Path("var/hotspots.state"), metavar="FILE", help="with watch (%(default)s)"
    )
    parser.add_argument(
        "--budget-days", type=float, default=WatchSettings().budget_days,
        help="days between two false alarms of the whole system (%(default)s)",
    )  # fmt: skip
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
    try:
        if args.action == "watch":
            return _watch(args)
        lines = _replayed(args) if args.replay else _period(args)
        if args.out == "-":
            sys.stdout.writelines(lines)
        else:
            Path(args.out).write_text("".join(lines), encoding="utf-8")
    except (ReplayFault, SettingsFault) as fault:
        print(f"hotspots: {fault}", file=sys.stderr)
        return _USAGE_STATUS
    except OSError as exc:
        print(f"hotspots: {exc.filename or args.out}: {exc.strerror}", file=sys.stderr)
        return _USAGE_STATUS
    return 0


def _replayed(args: argparse.Namespace) -> list[str]:
    folder = Path(args.replay)
    style = TimeStyle.of(first_time(folder))
    settings = WatchSettings(budget_days=args.budget_days)
    return [as_json(alert, style) + "\n" for alert in replay(folder, settings)]


def _period(args: argparse.Namespace) -> list[str]:
    if args.start is None and args.end is None:
        raise SettingsFault("say which log: --replay DIR, or --from TIME and --to TIME, or watch")
    start, end = args.start or 0.0, math.inf if args.end is None else args.end
    if start >= end:
        raise SettingsFault("--from must be before --to")
    end = min(end, time.time())
    geography = china(args.config / "map" / "area_centres.csv")
    logged = Logged(_journal(args), geography)
    try:
        found = raised(logged, geography, WatchSettings(budget_days=args.budget_days), start, end)
        return [in_china(alert) for alert in found]
    finally:
        logged.close()


def in_china(alert: Alert) -> str:
    """An alert in Unix time as a line, its times as China's clocks show them."""
    return as_json(alert, _CHINA_STYLE) + "\n"


def _watch(args: argparse.Namespace) -> int:
    os.nice(_NICENESS)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    geography = china(args.config / "map" / "area_centres.csv")
    recipient: Recipient = case_book(args.cases, _journal(args)) if args.cases else lines_file(args.out, in_china)
    logged = Logged(_journal(args), geography)
    vigil = Vigil(logged, geography, WatchSettings(budget_days=args.budget_days), args.state, recipient)
    try:
        keep_watch(vigil, args.every, time.time, stop.wait)
    finally:
        logged.close()
    return 0


def keep_watch(vigil: Vigil, every_seconds: float, clock: Callable[[], float], wait: Callable[[float], bool]) -> None:
    """Step and keep the state until `wait` says that it is enough."""
    is_over = False
    while not is_over:
        vigil.step(clock())
        vigil.keep()
        is_over = wait(every_seconds)


def _journal(args: argparse.Namespace) -> Path:
    if args.journal is not None:
        return Path(args.journal)
    file = Path(args.config) / "gateway.toml"
    try:
        written = (
            tomllib.loads(file.read_text(encoding="utf-8")).get("records", {}).get("path", "../var/journal.sqlite")
        )
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise SettingsFault(f"{file}: cannot be read ({exc}): name the log with --journal") from exc
    return file.parent / str(written)


def _instant(text: str) -> float:
    """Unix time of an ISO 8601 day or instant, China's where it has no offset.  Raises ArgumentTypeError."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no time: write 2026-05-01 or 2026-05-01T08:30") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=_CHINA)).timestamp()
