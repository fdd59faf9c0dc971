"""`python -m gateway reconcile`: accounts of days and months, and a carrier's own beside them."""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from gateway.core.errors import SettingsFault
from gateway.records.configured import configured
from gateway.records.reconciliation.accounts import Account, iso_day
from gateway.records.reconciliation.close_command import close_through
from gateway.records.reconciliation.comparison import Comparison, compare_messages, compare_totals
from gateway.records.reconciliation.comparison_table import write_comparison
from gateway.records.reconciliation.proof import prove
from gateway.records.reconciliation.sent_messages import sent_messages
from gateway.records.reconciliation.spans import Span, day_called, span_called
from gateway.records.reconciliation.statement import COLUMNS, MessageList, StatementFault, decoded, read_statement
from gateway.records.reconciliation.table import BYTE_ORDER_MARK, write_csv, write_json, write_table
from gateway.records.reconciliation.words import LANGUAGES, word
from gateway.records.schema import open_for_reading
from gateway.records.settings import RecordsSettings
from smpp.receipts import receipted_id, submitted_id

EX_OK, EX_DIFFERENT, EX_DATA, EX_IO, EX_CONFIG = 0, 1, 65, 74, 78  # sysexits.h, and diff's


def add_arguments(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the `reconcile` command with its own commands to those of `python -m gateway`."""
    about = "what each carrier's links took and gave by day; without a COMMAND it is shown"
    reconcile = subparsers.add_parser("reconcile", help=about, description=f"对账 - {about}")
    _add_span(reconcile, default=None)
    reconcile.add_argument("--carrier", default="", metavar="NAME", help="of one carrier; default: of all")
    reconcile.add_argument("--format", choices=["table", "csv", "json"], default="table", help="(%(default)s)")
    reconcile.add_argument("--bom", action="store_true", help="begin CSV with a byte order mark, for Excel")
    reconcile.set_defaults(reconcile_action=_show)
    _add_place(reconcile, config=Path("config"), language="zh")
    commands = reconcile.add_subparsers(dest="reconcile_command", metavar="COMMAND")

    about = "reckon all accounts again from the query log and check the closed days; exit status 65 if a fault is found"
    verifying = commands.add_parser("verify", help=about, description=about)
    verifying.set_defaults(reconcile_action=_verify)

    about = "close the days that are due, of a gateway that does not run (a running one does it by itself)"
    closing = commands.add_parser("close", help=about, description=about)
    closing.add_argument("--through", type=_day, metavar="DAY", help="close every ended day up to this, due or not")
    closing.set_defaults(reconcile_action=_close)

    comparing = _add_compare(commands)
    for command in (verifying, closing, comparing):
        _add_place(command, config=argparse.SUPPRESS, language=argparse.SUPPRESS)


def _add_compare(commands: Any) -> argparse.ArgumentParser:
    about = "compare with a carrier's CSV: totals by day, or a list of messages; exit status 1 if something differs"
    comparing: argparse.ArgumentParser = commands.add_parser("compare", help=about, description=about)
    comparing.add_argument("statement", type=Path, metavar="FILE", help="UTF-8 or GB 18030")
    comparing.add_argument("--carrier", default=argparse.SUPPRESS, metavar="NAME", help="whose it is")
    _add_span(comparing, default=argparse.SUPPRESS)
    comparing.add_argument(
        "--column",
        action="append",
        type=_column,
        default=[],
        metavar="COLUMN=HEADING",
        help=f"a heading that is not known by its name; COLUMN is one of {', '.join(COLUMNS)}",
    )
    comparing.add_argument(
        "--ids",
        choices=["same", "hex", "decimal"],
        default="same",
        help="how the file writes message ids: as submit_sm_resp did, or in hexadecimal or decimal where that did not",
    )
    comparing.set_defaults(reconcile_action=_compare)
    return comparing


def _add_span(parser: argparse.ArgumentParser, default: Any) -> None:
    span = parser.add_mutually_exclusive_group()
    span.add_argument("--day", dest="span", type=_span, default=default, help="a day in China, as 2026-05-01")
    span.add_argument("--month", dest="span", type=_span, default=default, help="a month, as 2026-05")


def _add_place(parser: argparse.ArgumentParser, config: Any, language: Any) -> None:
    which = parser.add_mutually_exclusive_group()
    journal = None if isinstance(config, Path) else argparse.SUPPRESS
    which.add_argument("--journal", type=Path, default=journal, metavar="FILE", help="the journal's file")
    which.add_argument("--config", type=Path, default=config, metavar="FOLDER", help="whose gateway.toml names it")
    parser.add_argument("--language", choices=LANGUAGES, default=language, help="of headings and words")


def run(args: argparse.Namespace) -> int:
    """Do what was parsed and return the exit status; a fault is one line on standard error."""
    try:
        status: int = args.reconcile_action(_settings(args), args)
    except (SettingsFault, StatementFault) as exc:
        print(f"reconcile: {exc}", file=sys.stderr)
        return EX_DATA if isinstance(exc, StatementFault) else EX_CONFIG
    except BrokenPipeError:
        raise
    except OSError as exc:
        print(f"reconcile: {exc.filename or 'standard output'}: {exc.strerror}", file=sys.stderr)
        return EX_IO
    except sqlite3.Error as exc:
        print(f"reconcile: the journal cannot be read to its end ({exc}): `journal verify` says more", file=sys.stderr)
        return EX_IO
    return status


def _settings(args: argparse.Namespace) -> RecordsSettings:
    if args.journal is not None:
        return RecordsSettings(path=args.journal, pseudonym_keys={"unread": Path()})
    return configured(args.config / "gateway.toml")


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    """One consistent view of the journal."""
    connection = open_for_reading(path)
    try:
        connection.execute("BEGIN")
        yield connection
    finally:
        connection.close()


def _show(settings: RecordsSettings, args: argparse.Namespace) -> int:
    span = _wanted(args)
    with _reading(settings.path) as connection:
        account = Account.read(connection, args.carrier, span.first_day, span.last_day)
    out: TextIO = sys.stdout
    if args.format == "csv":
        out.write(BYTE_ORDER_MARK if args.bom else "")
        write_csv(account, args.language, out)
    elif args.format == "json":
        write_json(account, out)
    else:
        write_table(account, args.language, out)
    out.flush()
    return EX_OK


def _verify(settings: RecordsSettings, _: argparse.Namespace) -> int:
    with _reading(settings.path) as connection:
        proof = prove(connection)
    for fault in proof.faults:
        print(f"reconcile: {fault}", file=sys.stderr)
    agree = f"{len(proof.faults)} faults" if proof.faults else "all as the query log says"
    print(f"{settings.path}: {proof.days} days on record, {proof.closed_days} closed: {agree}")
    return EX_DATA if proof.faults else EX_OK


def _close(settings: RecordsSettings, args: argparse.Namespace) -> int:
    open_for_reading(settings.path, earlier=True).close()  # before a journal is made for nothing
    days = asyncio.run(close_through(settings, args.through))
    print(", ".join(map(iso_day, days)) or word("nothing", args.language))
    return EX_OK


def _compare(settings: RecordsSettings, args: argparse.Namespace) -> int:
    span = _wanted(args)
    if not args.carrier:
        raise SettingsFault("say with --carrier whose file it is")
    theirs = read_statement(decoded(args.statement.read_bytes()), span.first_day, span.last_day, dict(args.column))
    with _reading(settings.path) as connection:
        if isinstance(theirs, MessageList):
            comparison = _compare_lists(connection, args, span, theirs)
        else:
            latest = connection.execute("SELECT coalesce(max(booked_on), 0) FROM link_days").fetchone()[0]
            ours = Account.read(connection, args.carrier, span.first_day, max(span.last_day, latest))
            comparison = compare_totals(list(ours.lines), theirs, span.first_day, span.last_day)
    write_comparison(comparison, args.language, sys.stdout)
    return EX_DIFFERENT if comparison.differences else EX_OK


def _compare_lists(
    connection: sqlite3.Connection, args: argparse.Namespace, span: Span, theirs: MessageList
) -> Comparison:
    """With both sides' ids in one spelling."""
    ours = sent_messages(connection, args.carrier, span.first_day, span.last_day)
    return compare_messages(
        {submitted_id(message_id, args.ids): state for message_id, state in ours.items()},
        MessageList(
            {receipted_id(message_id, args.ids): state for message_id, state in theirs.states.items()},
            theirs.repeated,
        ),
    )


def _wanted(args: argparse.Namespace) -> Span:
    if args.span is None:
        raise SettingsFault("say which days: --day 2026-05-01, or --month 2026-05")
    span: Span = args.span
    return span


def _span(text: str) -> Span:
    try:
        return span_called(text)
    except ValueError as exc:
        raise argparse.ArgumentTypeError(str(exc)) from None


def _day(text: str) -> int:
    try:
        return day_called(text)
    except ValueError as exc:
        raise argparse.ArgumentTypeError(str(exc)) from None


def _column(text: str) -> tuple[str, str]:
    column, equals, heading = text.partition("=")
    if not equals or column not in COLUMNS or not heading:
        raise argparse.ArgumentTypeError(f"{text!r}: write COLUMN=HEADING, COLUMN one of {', '.join(COLUMNS)}")
    return column, heading
