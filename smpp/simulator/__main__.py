"""`python -m smpp.simulator`: an SMSC on a loopback port, with its control on a unix socket or standard input."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from twisted.internet import reactor as installed
from twisted.internet.error import CannotListenError
from twisted.internet.stdio import StandardIO

from smpp.simulator.control import ControlRoom
from smpp.simulator.smsc import Smsc

EXIT_CONFIGURATION = 78  # EX_CONFIG


class _LeaveAtEnd(ControlRoom):
    """Standard input's end is the simulator's."""

    def left(self) -> None:
        reactor: Any = installed
        if reactor.running:
            reactor.stop()


def read_credentials(path: Path) -> Mapping[str, str]:
    """A file of lines `system_id password`.  Raises ValueError, OSError."""
    credentials = {}
    for number, line in enumerate(path.read_text(encoding="ascii").splitlines(), 1):
        words = line.split()
        if words and not words[0].startswith("#"):
            if len(words) != 2:
                raise ValueError(f"{path}:{number}: a line is `system_id password`")
            credentials[words[0]] = words[1]
    if not credentials:
        raise ValueError(f"{path}: no credentials; write a line `system_id password`")
    return credentials


def _arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m smpp.simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=2775, help="port to listen on; 0 takes a free one (default: 2775)")
    parser.add_argument("--credentials", type=Path, required=True, help="a file of lines `system_id password`")
    parser.add_argument(
        "--control", type=Path, help="a unix socket for JSON lines (default: standard input and output)"
    )
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> int:
    """Run until interrupted, or until standard input ends where that is the control."""
    options = _arguments(arguments)
    reactor: Any = installed
    try:
        credentials = read_credentials(options.credentials)
    except (OSError, ValueError) as exc:
        print(exc, file=sys.stderr)
        return EXIT_CONFIGURATION
    room = ControlRoom() if options.control else _LeaveAtEnd()
    room.smsc = Smsc(credentials, room.show, reactor, time.time)
    try:
        port = reactor.listenTCP(options.port, room.smsc, interface=options.host)
        if options.control:
            options.control.unlink(missing_ok=True)
            reactor.listenUNIX(str(options.control), room, mode=0o600)
        else:
            StandardIO(room.buildProtocol(None))  # type: ignore[no-untyped-call]  # Twisted's
    except CannotListenError as exc:
        print(f"{exc}; choose another --port or --control", file=sys.stderr)
        return EXIT_CONFIGURATION
    room.smsc.show("listening", host=options.host, port=port.getHost().port)
    reactor.run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
