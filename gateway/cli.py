"""python -m gateway: the commands and their exit statuses (sysexits.h: 64 usage, 69 unavailable, 78 configuration).

Only the room of the command that was asked for is imported: `understand` and `--help` start without Twisted or SQL.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn, Protocol, cast

EX_OK, EX_USAGE, EX_UNAVAILABLE, EX_IO, EX_CONFIG = 0, 64, 69, 74, 78
_INTERRUPTED = 130  # 128 + SIGINT, as shells have it


class Room(Protocol):
    """A module with commands of its own."""

    def add_arguments(self, subparsers: argparse._SubParsersAction[Any]) -> None:
        """Add the command, or the command with its sub-commands."""

    def run(self, args: argparse.Namespace) -> int:
        """Do it; the exit status."""


_OWN = {
    "run": "run the gateway until SIGTERM or SIGINT",
    "check": "check configuration and templates, and start nothing",
    "understand": 'JSON lines {"text": ...} on standard input, what was understood on standard output',
}
_ROOMS = {
    "simulate": ("gateway.simulate.command", "start everything on this machine and be a phone"),
    "registry": ("gateway.registry.command", "the bundled verification backend"),
    "journal": ("gateway.records.command", "the journal and query log: verify, export, replay"),
    "reconcile": (
        "gateway.records.reconciliation.command",
        "accounts of days and months for carriers: show, compare, close",
    ),
    "statistics": ("gateway.statistics_command", "counts of queries, and rates per 10,000 activated items"),
    "users": ("gateway.monitor.users_command", "who may sign in to the monitor"),
    "audit": ("gateway.monitor.audit_command", "the monitor's audit log: list, verify"),
    "insight": ("gateway.insight_command", "watch the query log: signals, cases, alerts"),
    "cases": ("gateway.cases_command", "the case book: list, show, assign, note, close; complaints"),
    "hotspots": ("gateway.insight.command", "find counterfeit hot-spots in a query log"),
}


_TELEPHONE = {
    "call": ("ivr.telephone", "be a telephone in the terminal, towards the hotline of a running gateway"),
    "dialplan": ("gateway.dialplan_command", "write Asterisk's configuration for the hotline"),
    "prompts": ("ivr.prompt_command", "make the hotline's prompts whose text changed, or list them"),
}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """A wrong command line is one line, and says where to read on."""
        self.exit(EX_USAGE, f"{self.prog}: {message} (see {self.prog} --help)\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse and run; a fault is one line (or one a fault) on standard error, never a traceback."""
    from gateway.core.errors import GatewayError, SettingsFault

    given = sys.argv[1:] if arguments is None else list(arguments)
    parser, runners = _parser(next((word for word in given if not word.startswith("-")), ""))
    args = parser.parse_args(given)
    try:
        return runners[args.command](args)
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:  # the reader of our output has gone: what it wanted, it has
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EX_OK
    except GatewayError as exc:
        print(f"{args.command}: {exc}", file=sys.stderr)
        return EX_CONFIG if isinstance(exc, SettingsFault) else EX_UNAVAILABLE
    except OSError as exc:
        print(f"{args.command}: {exc.filename or 'the system'}: {exc.strerror or exc}", file=sys.stderr)
        return EX_IO


def _parser(chosen: str) -> tuple[argparse.ArgumentParser, dict[str, Callable[[argparse.Namespace], int]]]:
    """The parser, complete for the command `chosen`, and what runs each command."""
    parser = _Parser(prog="python -m gateway", description="Zhenma (真码): a telecom query gateway")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    runners: dict[str, Callable[[argparse.Namespace], int]] = {"run": _run, "check": _check, "understand": _understand}
    for name, about in _OWN.items():
        command = subparsers.add_parser(name, help=about, description=about)
        if name != "understand":
            command.add_argument(
                "--config", type=Path, default=Path("config"), help="the folder of gateway.toml (default: %(default)s)"
            )
    for name, (module, about) in _ROOMS.items():
        if name == chosen:
            own = cast(Room, importlib.import_module(module))
            own.add_arguments(subparsers)
            runners[name] = own.run
        else:
            subparsers.add_parser(name, help=about)
    for name, (module, about) in _TELEPHONE.items():
        command = subparsers.add_parser(name, help=about, description=about)
        if name == chosen:
            room = importlib.import_module(module)
            room.add_arguments(command)
            runners[name] = room.run
    return parser, runners


def _run(args: argparse.Namespace) -> int:
    from gateway.core.errors import SettingsFault, TemplateFault
    from gateway.reactor import install

    reactor = install()  # before anything imports one
    from gateway.daemon import Daemon
    from gateway.settings import load

    try:
        daemon = Daemon(load(args.config), reactor, read=lambda: load(args.config))
    except (SettingsFault, TemplateFault) as exc:
        print(exc, file=sys.stderr)
        return EX_CONFIG
    return daemon.run()


def _check(args: argparse.Namespace) -> int:
    from gateway.check import check

    findings = check(args.config)
    print("\n".join(findings.lines))
    if findings.faults:
        sys.stdout.flush()
        print("\n".join(findings.faults), file=sys.stderr)
        return EX_CONFIG
    print("all is well")
    return EX_OK


def _understand(_: argparse.Namespace) -> int:
    from gateway.understand_command import understand_lines

    return understand_lines(sys.stdin, sys.stdout)
