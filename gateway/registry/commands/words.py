"""What the registry's commands share: who and why, the master key, and which codes are meant."""

from __future__ import annotations

import argparse
import csv
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from sqlalchemy import Connection

from gateway.registry.codes.vault import Vault, read_vault
from gateway.registry.database.store import open_store, writing
from gateway.registry.faults import RequestFault
from gateway.registry.life.life_cycle import Stretch
from gateway.registry.life.selection import Selection, stretch_of
from gateway.registry.life.steps import Step

Words = argparse.ArgumentParser


def add_command(commands: Any, name: str, action: Callable[[argparse.Namespace], None], about: str) -> Words:
    """A command on a database; `action` is called with what was parsed."""
    command: Words = commands.add_parser(name, help=about, description=about)
    command.add_argument("--database", required=True, help="a path (SQLite), or an SQLAlchemy URL")
    command.set_defaults(registry_action=action)
    return command


def add_master_key(command: Words) -> None:
    """For commands that make or read codes."""
    command.add_argument("--master-key-file", help="lines `NUMBER HEX`: unwraps the products' keys")


def vault_of(args: argparse.Namespace) -> Vault:
    """The vault with the master keys named.  Raises SettingsFault."""
    return read_vault(args.master_key_file)


def add_step(commands: Any, name: str, action: Callable[[argparse.Namespace], None], about: str) -> Words:
    """A command that takes a step, and therefore asks who and why."""
    command = add_command(commands, name, action, about)
    command.add_argument("--by", required=True, metavar="WHO", help="the person who takes this step")
    command.add_argument("--why", required=True, metavar="REASON", help="kept with the step")
    add_master_key(command)
    return command


@contextmanager
def taking_step(args: argparse.Namespace) -> Iterator[tuple[Connection, Step]]:
    """One transaction for one step, now."""
    step = Step(args.by, time.time(), args.why)
    store = open_store(args.database)
    try:
        with writing(store) as connection:
            yield connection, step
    finally:
        store.dispose()


def add_codes(command: Words, *, batches: bool = False) -> None:
    """Which codes are meant: an application's, a stretch of its file, one, or with `batches` a batch's."""
    command.add_argument("--application", type=int, metavar="N", help="all codes of an application")
    command.add_argument(
        "--from", dest="first_code", default="", metavar="CODE", help="from this line of a code file ..."
    )
    command.add_argument("--to", dest="last_code", default="", metavar="CODE", help="... to this one")
    command.add_argument("--code", default="", metavar="CODE", help="one code, such as a case's")
    if batches:
        command.add_argument("--product", default="", metavar="RESOURCE_CODE", help="with --batch: whose batch")
        command.add_argument("--batch", default="", metavar="NAME", help="all codes that were activated for this lot")


def selection_of(args: argparse.Namespace, *, batches: bool = False) -> Selection:
    """The codes meant.  Raises RequestFault unless they are said in exactly one way."""
    ways = "--application N, or --from CODE --to CODE, or --code CODE"
    try:
        batch = (args.product, args.batch) if batches else ("", "")
        return Selection(args.application, args.first_code, args.last_code, args.code, *batch)
    except RequestFault as exc:
        ways += ", or --product RESOURCE_CODE --batch NAME" if batches else ""
        raise RequestFault(f"say which codes: {ways}") from exc


def codes_meant(connection: Connection, args: argparse.Namespace) -> Stretch:
    """The places of the codes meant.  Raises RequestFault, NotRegistered, Refused."""
    return stretch_of(connection, selection_of(args), vault_of(args))


def rows_of(path: str, columns: tuple[str, ...]) -> Iterator[tuple[str, dict[str, str]]]:
    """Each row with its place in the file.  Raises RequestFault for missing columns and short rows."""
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        missing = set(columns) - set(reader.fieldnames or ())
        if missing:
            raise RequestFault(f"{path}: the first line must name the columns {','.join(columns)}")
        try:
            for row in reader:
                if None in row or None in row.values():
                    raise RequestFault(f"{path}:{reader.line_num}: as many cells as columns are needed")
                yield f"{path}:{reader.line_num}", row
        except (csv.Error, UnicodeDecodeError) as exc:
            raise RequestFault(f"{path}:{reader.line_num}: this is no CSV in UTF-8: {exc}") from exc


def _private(path: str) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)


@contextmanager
def private_file(path: str) -> Iterator[TextIO]:
    """A text file for the owner's eyes only: codes are worth money until they are on a label."""
    with open(_private(path), "w", encoding="utf-8") as file:
        yield file


@contextmanager
def private_binary_file(path: str) -> Iterator[BinaryIO]:
    """A binary file for the owner's eyes only."""
    with open(_private(path), "wb") as file:
        yield file
