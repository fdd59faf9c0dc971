"""`python -m gateway journal ...`: verify and export, while the gateway runs or after."""

from __future__ import annotations

import argparse
import math
import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, TextIO

from gateway.core.errors import SettingsFault
from gateway.records.commands.export import Export, export_csv, export_json
from gateway.records.commands.replay import replay
from gateway.records.commands.verify import verify
from gateway.records.configured import configured
from gateway.records.schema import open_for_reading

EX_OK, EX_DATA, EX_IO, EX_CONFIG = 0, 65, 74, 78  # sysexits.h
_CHINA = timezone(timedelta(hours=8))


def add_arguments(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the `journal` command with its own commands to those of `python -m gateway`."""
    about = "the journal and query log: is it whole, and its rows for other programs"
    journal = subparsers.add_parser("journal", help=about, description=about)
    commands = journal.add_subparsers(dest="journal_command", required=True, metavar="COMMAND")

    about = "check the file and its tables against each other; exit status 65 if a fault is found"
    checking = commands.add_parser("verify", help=about, description=about)
    checking.set_defaults(journal_action=_verify)

    about = "write queries or look-ups, by time of arrival; callers appear as pseudonyms"
    exporting = commands.add_parser("export", help=about, description=about)
    exporting.add_argument("what", type=Export, choices=list(Export), help="a row a query, or a row a code asked for")
    exporting.add_argument("--from", dest="start", type=_instant, metavar="TIME", help="from its beginning")
    exporting.add_argument("--until", dest="end", type=_instant, metavar="TIME", help="to before this; default: now")
    exporting.add_argument("--format", choices=["csv", "json"], default="csv", help="json: a line a row (%(default)s)")
    exporting.add_argument(
        "--output", default="-", metavar="FILE", help="a new file; `-` for standard output, the default"
    )
    exporting.epilog = (
        "TIME is a day or instant in China, as 2026-05-01 or 2026-05-01T08:30, or with an offset (…+00:00)"
    )
    exporting.set_defaults(journal_action=_export)

    about = "take over what the journal of a gateway that is gone for ever holds open; both must be stopped"
    replaying = commands.add_parser("replay", help=about, description=about)
    replaying.add_argument("dead", type=Path, metavar="FILE", help="the journal of the gateway that is gone")
    replaying.set_defaults(journal_action=_replay)

    for command in (checking, exporting, replaying):
        which = command.add_mutually_exclusive_group()
        which.add_argument("--journal", type=Path, metavar="FILE", help="the journal's file")
        which.add_argument(
            "--config",
            type=Path,
            default=Path("config"),
            metavar="FOLDER",
            help="whose gateway.toml names it (%(default)s)",
        )


def run(args: argparse.Namespace) -> int:
    """Do what was parsed and return the exit status; a fault is one line on standard error."""
    try:
        path = args.journal or configured(args.config / "gateway.toml").path
        status: int = args.journal_action(path, args)
    except SettingsFault as exc:
        print(f"journal: {exc}", file=sys.stderr)
        return EX_CONFIG
    except BrokenPipeError:
        raise
    except OSError as exc:
        print(f"journal: {exc.filename or 'standard output'}: {exc.strerror}", file=sys.stderr)
        return EX_IO
    except sqlite3.Error as exc:
        print(f"journal: {path}: cannot be read to its end ({exc}): `journal verify` says more", file=sys.stderr)
        return EX_IO
    return status


def _verify(path: Path, _: argparse.Namespace) -> int:
    found = verify(path)
    for fault in found.faults:
        print(f"journal: {path}: {fault}", file=sys.stderr)
    print(
        f"{path}: {found.logged_queries} queries logged, {found.open_queries} open, {found.lookups} look-ups, "
        f"{found.reports} reports, {found.waiting_parts} parts waiting: "
        + (f"{len(found.faults)} faults" if found.faults else "whole")
    )
    return EX_DATA if found.faults else EX_OK


def _replay(path: Path, args: argparse.Namespace) -> int:
    moved = replay(args.dead, path)
    print(
        f"{path}: {moved.queries} open queries and {moved.parts} parts of long messages taken over from {args.dead}: "
        "start the gateway, it answers them"
    )
    return EX_OK


def _export(path: Path, args: argparse.Namespace) -> int:
    write = export_csv if args.format == "csv" else export_json
    start, end = args.start or 0.0, math.ceil(datetime.now(UTC).timestamp()) if args.end is None else args.end
    if start >= end:
        raise SettingsFault("--from must be before --until")
    open_for_reading(path).close()  # before a file is made for nothing
    with _opened(args.output) as out:
        rows = write(path, args.what, start, end, out)
    print(f"{rows} rows", file=sys.stderr)
    return EX_OK


@contextmanager
def _opened(output: str) -> Iterator[TextIO]:
    """Standard output, or a new file for its owner's eyes only.  Raises FileExistsError for one that exists."""
    if output == "-":
        yield sys.stdout
        sys.stdout.flush()
    else:
        descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            yield file


def _instant(text: str) -> float:
    """Unix time of an ISO 8601 day or instant, China's where it has no offset.  Raises ArgumentTypeError."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no time: write 2026-05-01 or 2026-05-01T08:30") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=_CHINA)).timestamp()
