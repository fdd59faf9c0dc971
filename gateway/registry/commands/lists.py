"""Lists: many steps in one go from CSV, applications and batches read out as CSV."""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import sys
from collections.abc import Callable
from dataclasses import astuple
from functools import partial
from typing import Any

from sqlalchemy import Connection, true

from gateway.core.registration import CodeState
from gateway.registry.codes.vault import Vault
from gateway.registry.commands.progress import told
from gateway.registry.commands.words import add_command, add_step, rows_of, taking_step, vault_of
from gateway.registry.database.schema import applications, batches
from gateway.registry.database.store import asking, open_store
from gateway.registry.faults import NotRegistered, Refused, RequestFault
from gateway.registry.life.access import Access, Role
from gateway.registry.life.circulation import activate, confirm_printed, ship
from gateway.registry.life.delivery import place_of
from gateway.registry.life.moving import Lot
from gateway.registry.life.packing import pack
from gateway.registry.life.selection import Selection, stretch_of, take_back
from gateway.registry.life.steps import Step
from gateway.registry.views.batches import batch_rows
from gateway.registry.views.rows import application_rows

_COLUMNS = (
    "step", "application", "first", "last", "code", "product", "batch",
    "inspection", "produced_on", "expires_on", "region", "parent", "tell",
)  # fmt: skip
_WITHDRAWALS = {
    "recall": CodeState.RECALLED,
    "expire": CodeState.EXPIRED,
    "cancel": CodeState.CANCELLED,
    "report-stolen": CodeState.STOLEN,
}
_ALL_ROWS = 1_000_000
_Row = dict[str, str]


def add_arguments(commands: Any) -> None:
    """Add them to the commands of `registry`."""
    about = "take the steps of a list: all of them, or none if one is refused"
    steps = add_step(commands, "take-steps", _take_steps, about)
    steps.add_argument(
        "--csv",
        required=True,
        metavar="FILE",
        help=f"columns {','.join(_COLUMNS)}; step is {', '.join(_TAKING)}; cells that do not apply stay empty",
    )
    add_command(commands, "applications", _applications, "applications for codes (CSV)")
    add_command(commands, "batches", _batches, "batches with their numbers of codes by state (CSV)")


def _take_steps(args: argparse.Namespace) -> None:
    vault = vault_of(args)
    count = 0
    with taking_step(args) as (connection, step):
        for where, row in told(rows_of(args.csv, _COLUMNS), "steps"):
            taking = _TAKING.get(row["step"])
            if taking is None:
                raise RequestFault(f"{where}: step is {', '.join(_TAKING)}, not {row['step']!r}")
            try:
                taking(connection, row, step, vault)
            except (RequestFault, NotRegistered, Refused) as exc:
                raise type(exc)(f"{where}: {exc}") from exc
            count += 1
    print(f"{count} steps taken")


def _selection(row: _Row, *, batches: bool = False) -> Selection:
    if row["application"] and not (row["application"].isascii() and row["application"].isdecimal()):
        raise RequestFault(f"application is a number, not {row['application']!r}")
    return Selection(
        application=int(row["application"]) if row["application"] else None,
        first=row["first"],
        last=row["last"],
        code=row["code"],
        product=row["product"] if batches else "",
        batch=row["batch"] if batches else "",
    )


def _day(row: _Row, name: str) -> str:
    try:
        return dt.date.fromisoformat(row[name]).isoformat()
    except ValueError as exc:
        raise RequestFault(f"{name} is a day such as 2026-11-01, not {row[name]!r}") from exc


def _print(connection: Connection, row: _Row, step: Step, vault: Vault) -> None:
    confirm_printed(connection, stretch_of(connection, _selection(row), vault), step)


def _activate(connection: Connection, row: _Row, step: Step, vault: Vault) -> None:
    lot = Lot(row["batch"], _day(row, "produced_on"), _day(row, "expires_on"), row["inspection"], row["region"])
    activate(connection, stretch_of(connection, _selection(row), vault), lot, step)


def _ship(connection: Connection, row: _Row, step: Step, vault: Vault) -> None:
    ship(connection, stretch_of(connection, _selection(row), vault), row["region"], step)


def _pack(connection: Connection, row: _Row, step: Step, vault: Vault) -> None:
    parent = place_of(connection, row["parent"], vault)
    pack(connection, parent, stretch_of(connection, _selection(row), vault), step)


def _withdraw(connection: Connection, row: _Row, step: Step, vault: Vault, *, state: CodeState) -> None:
    take_back(connection, _selection(row, batches=True), state, step, told=row["tell"], vault=vault)


_TAKING: dict[str, Callable[[Connection, _Row, Step, Vault], None]] = {
    "printed": _print,
    "activate": _activate,
    "ship": _ship,
    "pack": _pack,
    **{name: partial(_withdraw, state=state) for name, state in _WITHDRAWALS.items()},
}


def _applications(args: argparse.Namespace) -> None:
    with asking(open_store(args.database)) as connection:
        rows = application_rows(connection, Access(Role.OPERATOR), applications.c.id > 0, _ALL_ROWS)
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("application", "product", "quantity", "level", "state", "applied_by", "approved_by"))
    for row in rows:
        told_by = " ".join(row.approved_by)
        writer.writerow((row.number, row.resource_code, row.quantity, row.level, row.state, row.applied_by, told_by))


def _batches(args: argparse.Namespace) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("product", "batch", "produced_on", "expires_on", "state", "codes"))
    with asking(open_store(args.database)) as connection:
        rows = batch_rows(connection, true(), batches.c.resource_code, batches.c.name)
        writer.writerows(astuple(row) for row in rows)
