"""`python -m gateway simulate`."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

from gateway.simulate.children import ChildFailed
from gateway.simulate.phone import Phone
from gateway.simulate.scene import Scene


def add_arguments(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the `simulate` command."""
    command = subparsers.add_parser(
        "simulate", help="start everything on this machine and be a phone", description=__doc__
    )
    command.add_argument(
        "--asterisk",
        action="store_true",
        help="with a real Asterisk that a softphone can connect to (fetched if absent)",
    )
    command.add_argument(
        "--sip-address", default="127.0.0.1", help="where that Asterisk listens: this machine's address (%(default)s)"
    )
    command.add_argument(
        "--without-past",
        action="store_true",
        help="begin with an empty query log instead of a made-up month, whose callers are called made-up",
    )
    command.add_argument("--var", type=Path, default=Path("var"), help="where samples and logs are kept (%(default)s)")


def run(args: argparse.Namespace) -> int:
    """Until the input ends or Ctrl-C; the exit status."""
    try:
        return asyncio.run(
            _simulate(args.var.resolve(), args.sip_address if args.asterisk else "", past=not args.without_past)
        )
    except KeyboardInterrupt:
        return 0


async def _simulate(var: Path, sip_address: str, *, past: bool) -> int:
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, signal.raise_signal, signal.SIGINT)
    with tempfile.TemporaryDirectory(prefix="zhenma-") as place:
        scene = Scene(var, Path(place), lambda what: print(f"  starting {what}", flush=True))
        try:
            await scene.start(sip_address, desk=True, past=past)
            await Phone(scene, sys.stdin, sys.stdout).talk()
        except ChildFailed as exc:
            print(f"simulate: {exc}", file=sys.stderr)
            return 1
        finally:
            print("  ending", flush=True)
            await scene.stop()
    return 0
