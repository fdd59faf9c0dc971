"""`python -m gateway registry ...`: serve, make-samples, export-codes; the others are in `commands`."""

from __future__ import annotations

import argparse
import datetime as dt
import getpass
import logging
import sys
import time
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from gateway.core.errors import GatewayError, SettingsFault
from gateway.registry.codes.export import good_codes
from gateway.registry.commands import circulation, enrolment, lists, overview
from gateway.registry.commands.progress import EVERY_CODES, told
from gateway.registry.commands.words import add_command, add_master_key, private_file, vault_of
from gateway.registry.database.store import open_store, writing
from gateway.registry.life.applications import DEFAULT_TWO_PERSON_LIMIT
from gateway.registry.life.steps import Action, Step, Subject, record
from gateway.registry.samples.codes_to_try import as_json, as_text, codes_to_try
from gateway.registry.samples.making import make_samples
from gateway.registry.service.desk import DEFAULT_REMEMBERED_HOURS, DeskRules
from gateway.registry.service.server import serve
from gateway.registry.service.settings import DEFAULT_LISTEN, TOKEN_VARIABLE, RegistrySettings, parse_listen, read_token
from gateway.secret_files import exposure

logger = logging.getLogger(__name__)

EX_OK, EX_UNAVAILABLE, EX_CONFIG = 0, 69, 78  # sysexits.h


def add_arguments(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the `registry` command with its own commands to those of `python -m gateway`."""
    registry = subparsers.add_parser("registry", help="the bundled verification backend")
    commands = registry.add_subparsers(dest="registry_command", required=True, metavar="COMMAND")

    _add_serve(commands)
    _add_make_samples(commands)
    _add_export(commands)
    for part in (enrolment, circulation, lists, overview):
        part.add_arguments(commands)


def _add_serve(commands: Any) -> None:
    server = add_command(commands, "serve", _serve, "answer look-ups over HTTP until SIGTERM")
    server.add_argument("--listen", default=DEFAULT_LISTEN, help="HOST:PORT or unix:PATH (default: %(default)s)")
    add_master_key(server)
    server.add_argument("--token-file", help=f"holds the bearer token; without it the variable {TOKEN_VARIABLE} does")
    server.add_argument(
        "--two-person-limit",
        type=int,
        default=DEFAULT_TWO_PERSON_LIMIT,
        metavar="N",
        help="applications for more codes are approved by two persons (default: %(default)s)",
    )
    server.add_argument(
        "--remembered-hours",
        type=float,
        default=DEFAULT_REMEMBERED_HOURS,
        metavar="H",
        help="how long the answer to an Idempotency-Key is kept (default: %(default)s)",
    )


def _add_make_samples(commands: Any) -> None:
    samples = add_command(commands, "make-samples", _make_samples, "fill a new database with products and codes to try")
    samples.add_argument("--codes", required=True, help="write codes to try here: *.json for programs, else readable")
    samples.add_argument("--seed", type=int, default=1, help="another seed, other codes (default: %(default)s)")
    samples.add_argument("--today", type=dt.date.fromisoformat, help="the day to make samples for (default: today)")
    samples.add_argument("--active-codes", type=int, default=0, metavar="N", help="issue at least N active codes")


def _add_export(commands: Any) -> None:
    export = add_command(commands, "export-codes", _export_codes, "write active codes, one a line, products mixed")
    add_master_key(export)
    export.add_argument("--count", type=int, required=True, metavar="N", help="how many")
    export.add_argument("--output", required=True, metavar="FILE", help="`-` for standard output")
    export.add_argument("--by", default="", metavar="WHO", help="who reads codes (default: the account's name)")
    export.add_argument("--why", default="active codes exported", metavar="REASON", help="kept on record with it")
    export.add_argument("--today", type=dt.date.fromisoformat, help="leave out what expired before (default: today)")


def run(args: argparse.Namespace) -> int:
    """Do what was parsed and return the exit status; faults are told on standard error."""
    try:
        args.registry_action(args)
    except SettingsFault as exc:
        print(f"registry: {exc}", file=sys.stderr)
        return EX_CONFIG
    except (GatewayError, OSError) as exc:
        print(f"registry: {exc}", file=sys.stderr)
        return EX_UNAVAILABLE
    return EX_OK


def _serve(args: argparse.Namespace) -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    for file in filter(None, (args.token_file, args.master_key_file)):
        if exposed := exposure(Path(file)):
            logger.warning("%s", exposed)
    rules = DeskRules(args.two_person_limit, args.remembered_hours)
    settings = RegistrySettings(args.database, parse_listen(args.listen), read_token(args.token_file), rules)
    serve(settings, vault_of(args), ready=lambda address: print(f"registry ready: {address}", flush=True))


def _today(args: argparse.Namespace) -> dt.date:
    today: dt.date | None = args.today
    return today or dt.datetime.now(dt.UTC).date()


def _make_samples(args: argparse.Namespace) -> None:
    today = _today(args)
    store = open_store(args.database, create=True)
    made = make_samples(store, args.seed, today, args.active_codes)
    with store.connect() as connection:
        codes = codes_to_try(connection, today.isoformat())
    written = as_json(codes) if args.codes.endswith(".json") else as_text(codes)
    Path(args.codes).write_text(written, encoding="utf-8")
    print(
        f"{made.codes:,} codes for {made.products} products of {made.enterprises} enterprises in {args.database}; "
        f"codes to try in {args.codes}",
        file=sys.stderr,
    )


def _export_codes(args: argparse.Namespace) -> None:
    store = open_store(args.database)
    step = Step(args.by or getpass.getuser(), time.time(), args.why)
    with writing(store) as connection:
        record(connection, step, Action.CODES_EXPORTED, Subject(detail=f"{args.count} active codes"))
    with store.connect() as connection:
        codes = islice(good_codes(connection, _today(args).isoformat(), vault_of(args)), args.count)
        if args.output == "-":
            written = _write(codes, sys.stdout)
        else:
            with private_file(args.output) as output:
                written = _write(codes, output)
    if written < args.count:
        raise SettingsFault(f"only {written:,} codes are active and within their date, not {args.count:,}")


def _write(codes: Iterable[str], output: TextIO) -> int:
    written = 0
    for code in told(codes, "codes", EVERY_CODES):
        output.write(f"{code}\n")
        written += 1
    return written
