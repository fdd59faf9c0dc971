"""python -m gateway: the commands and their exit statuses (sysexits.h: 64 usage, 69 unavailable, 78 configuration)."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

EX_OK, EX_USAGE, EX_CONFIG = 0, 64, 78


def main(arguments: list[str] | None = None) -> int:
    """Parse and run; a fault is one line (or one a fault) on standard error, never a traceback."""
    parser, runners = _parser()
    args = parser.parse_args(arguments)
    return runners[args.command](args)


def _parser() -> tuple[argparse.ArgumentParser, dict[str, Callable[[argparse.Namespace], int]]]:
    from gateway.registry import command as registry
    from gateway.simulate import command as simulate

    parser = argparse.ArgumentParser(prog="python -m gateway", description="Zhenma: a telecom query gateway")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, about in (("run", "run the gateway"), ("check", "check configuration and templates, start nothing")):
        command = subparsers.add_parser(name, help=about, description=about)
        command.add_argument("--config", type=Path, default=Path("config"), help="the folder (default: %(default)s)")
    subparsers.add_parser("understand", help='JSON lines {"text": ...} in, what was understood out')
    rooms = {"registry": registry, "simulate": simulate}
    for room in rooms.values():
        room.add_arguments(subparsers)
    runners: dict[str, Callable[[argparse.Namespace], int]] = {"run": _run, "check": _check, "understand": _understand}
    return parser, runners | {name: room.run for name, room in rooms.items()}


def _run(args: argparse.Namespace) -> int:
    from gateway.core.errors import SettingsFault, TemplateFault
    from gateway.reactor import install

    reactor = install()  # before anything imports one
    from gateway.daemon import Daemon
    from gateway.settings import load

    try:
        daemon = Daemon(load(args.config), reactor)
    except (SettingsFault, TemplateFault) as exc:
        print(exc, file=sys.stderr)
        return EX_CONFIG
    return daemon.run()


def _check(args: argparse.Namespace) -> int:
    from gateway.check import check

    lines, faults = check(args.config)
    print("\n".join(lines))
    if faults:
        print("\n".join(faults), file=sys.stderr)
        return EX_CONFIG
    return EX_OK


def _understand(_: argparse.Namespace) -> int:
    from gateway.understand_command import understand_lines

    return understand_lines(sys.stdin, sys.stdout)
