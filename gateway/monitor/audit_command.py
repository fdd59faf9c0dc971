"""`python -m gateway audit ...`: read the audit log of the monitor, and see whether its chain is whole."""

from __future__ import annotations

import argparse
import json
import sys
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gateway.monitor.audit import FIRST_SEAL, AuditLog, Broken, Sealed
from gateway.monitor.configured import configured

EX_OK, EX_DATA = 0, 65
_SHOWN = 100


def add_arguments(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the `audit` command with its own commands."""
    about = "the audit log: who changed, exported, signed in, was refused"
    audit = subparsers.add_parser("audit", help=about, description=__doc__)
    commands = audit.add_subparsers(dest="audit_command", required=True, metavar="COMMAND")
    about = "the newest entries, the oldest of them first"
    listing = commands.add_parser("list", help=about, description=about)
    listing.add_argument("--user", help="of this user only")
    listing.add_argument("--action", help="of this action only, as sign_in_refused")
    listing.add_argument("--last", type=int, default=_SHOWN, metavar="COUNT", help="so many (default: %(default)s)")
    listing.add_argument("--json", action="store_true", help="a JSON line each")
    listing.set_defaults(audit_action=_list)
    about = "check every line; exit status 65 if the chain is broken"
    verifying = commands.add_parser("verify", help=about, description=about)
    verifying.add_argument("--seal", help="a seal that was noted earlier: it must still be in the log")
    verifying.set_defaults(audit_action=_verify)
    for command in (listing, verifying):
        command.add_argument(
            "--config", type=Path, default=Path("config"), help="the folder of gateway.toml (default: %(default)s)"
        )


def run(args: argparse.Namespace) -> int:
    """Do it; the exit status.  Raises SettingsFault, AuditUnavailable."""
    status: int = args.audit_action(AuditLog(configured(args.config).audit_path), args)
    return status


def _list(log: AuditLog, args: argparse.Namespace) -> int:
    for line in deque(_wanted(log, args), maxlen=max(0, args.last)):
        entry = line.entry
        if args.json:
            print(json.dumps({"line": line.number, **asdict(entry)}, ensure_ascii=True))
            continue
        at = datetime.fromtimestamp(entry.at, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        words = (at, entry.user or "-", entry.role or "-", entry.address, entry.action, entry.subject)
        print("  ".join(_printable(word) for word in words))
    return EX_OK


def _wanted(log: AuditLog, args: argparse.Namespace) -> Iterator[Sealed]:
    for line in log.lines():
        if (
            isinstance(line, Sealed)
            and args.user in (None, line.entry.user)
            and args.action in (None, line.entry.action)
        ):
            yield line


def _printable(word: str) -> str:
    """A client wrote some of these words: no control characters reach the terminal."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in word)


def _verify(log: AuditLog, args: argparse.Namespace) -> int:
    count, faults, last, is_found = 0, 0, FIRST_SEAL, args.seal in (None, FIRST_SEAL)
    for line in log.lines():
        count += 1
        if isinstance(line, Broken):
            faults += 1
            print(f"line {line.number} {line.fault}", file=sys.stderr)
        else:
            last = line.seal
            is_found = is_found or line.seal == args.seal
    if not is_found:
        faults += 1
        print("the noted seal is not in the log: lines were taken off its end, or changed", file=sys.stderr)
    print(f"{count} lines, {faults or 'no'} faults; the last seal is {last}")
    return EX_DATA if faults else EX_OK
