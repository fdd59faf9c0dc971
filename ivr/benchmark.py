"""AGI commands per CPU-second, and how long a caller's key waits for the next command, beside pyst2's AGI in threads.

`python -m ivr.benchmark` starts each server as a process of its own and plays Asterisk: first a few calls that answer
at once (throughput), then many that think for a second between commands (latency).
"""

from __future__ import annotations

import argparse
import io
import os
import resource
import signal
import socketserver
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from twisted.internet import reactor as _reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.internet.protocol import Factory, Protocol, ServerFactory, connectionDone
from twisted.python.failure import Failure

from ivr.agi import AGI, AGIError, set_variable
from ivr.protocol import AgiConnection

reactor: Any = _reactor  # the module stands for whichever reactor is installed
_HEADER = b"".join(b"agi_field_%d: value\n" % index for index in range(20)) + b"\n"
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class _Tally:
    commands: int = 0
    waits: list[float] | None = None
    connected: int = 0


class _Caller(Protocol):
    """Answers every command after `think_seconds` and notes how long the next one took to come."""

    def __init__(self, tally: _Tally, think_seconds: float) -> None:
        self._tally, self._think_seconds = tally, think_seconds
        self._answered_at = 0.0

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        self._tally.connected += 1
        self._write(_HEADER)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        self._tally.commands += data.count(b"\n")
        if self._tally.waits is not None and self._answered_at:
            self._tally.waits.append(time.perf_counter() - self._answered_at)
        if self._think_seconds:
            reactor.callLater(self._think_seconds, self._reply)
        else:
            self._reply()

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802 - Twisted's name
        self._tally.connected -= 1

    def _reply(self) -> None:
        self._answered_at = time.perf_counter()
        self._write(b"200 result=1\n")

    def _write(self, octets: bytes) -> None:
        if self.transport is not None:
            self.transport.write(octets)


def serve_twisted() -> None:
    """Our connection, sending one command after the other."""

    async def talk(connection: AgiConnection) -> None:
        try:
            while True:
                await connection.ask(set_variable("HOTLINE_STEP", 'menu "1"'))
        except AGIError:
            connection.close()

    class Server(ServerFactory):
        def buildProtocol(self, addr: object) -> AgiConnection:  # noqa: N802 - Twisted's name
            return AgiConnection(
                reactor,
                lambda made, _: void(Deferred.fromCoroutine(talk(made))),
                lambda _: None,
                header_seconds=30.0,
                reply_seconds=60.0,
            )

    port = reactor.listenTCP(0, Server(), backlog=4096, interface="127.0.0.1")
    _announce(port.getHost().port)
    reactor.run()


def void(_: object) -> None:
    """Takes a value and keeps none."""


def serve_threads() -> None:
    """pyst2's AGI, one thread a call.  Stock it cannot run there: it sets a signal handler and writes to stderr."""
    signal.signal = lambda *_: None

    class Talk(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            writer = io.TextIOWrapper(self.wfile, write_through=True)  # type: ignore[type-var] # writable is enough here
            try:
                agi = AGI(self.rfile, writer, io.StringIO())
                while True:
                    agi.stderr = io.StringIO()
                    agi.set_variable("HOTLINE_STEP", "menu 1")
            except Exception:  # noqa: BLE001 - whatever pyst2 makes of a closed connection ends the call
                return

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        request_queue_size = 4096

    with Server(("127.0.0.1", 0), Talk) as server:
        _announce(server.server_address[1])
        server.serve_forever()


def _announce(port: int) -> None:
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()


def _measure(kind: str, calls: int, think_seconds: float, seconds: float) -> tuple[float, float, float]:
    """(commands per CPU-second of the server, its p99 in milliseconds, its memory in MB)."""
    command = [sys.executable, "-m", "ivr.benchmark", "--serve", kind]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        port = int(server.stdout.readline()) if server.stdout else 0
        tally = _Tally()
        for index in range(calls):
            caller = Factory.forProtocol(lambda: _Caller(tally, think_seconds))
            caller.noisy = False
            endpoint = TCP4ClientEndpoint(reactor, "127.0.0.1", port)
            reactor.callLater(index * min(0.001, 2.0 / calls), _connect, endpoint, caller)
        _wait(calls * min(0.001, 2.0 / calls) + 1.5)
        tally.commands, tally.waits = 0, []
        before = _cpu_seconds(server.pid)
        _wait(seconds)
        spent = _cpu_seconds(server.pid) - before
        waits = sorted(tally.waits)
        memory = _memory_megabytes(server.pid)
        done = tally.commands
        server.kill()
    p99 = waits[int(len(waits) * 0.99)] * 1000 if waits else float("nan")
    return done / spent if spent else float("nan"), p99, memory


def _connect(endpoint: TCP4ClientEndpoint, factory: Factory) -> None:
    endpoint.connect(factory).addErrback(void)


def _wait(seconds: float) -> None:
    deadline = time.perf_counter() + seconds
    while time.perf_counter() < deadline:
        reactor.iterate(0.005)


def _cpu_seconds(pid: int) -> float:
    with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123 - a line of /proc, no path arithmetic
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _memory_megabytes(pid: int) -> float:
    with open(f"/proc/{pid}/statm") as file:  # noqa: PTH123 - a line of /proc, no path arithmetic
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("--serve", choices=["twisted", "threads"], help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=float, default=5.0, help="length of each measurement")


def run(arguments: argparse.Namespace) -> int:
    """Print a table."""
    servers: dict[str, Callable[[], None]] = {"twisted": serve_twisted, "threads": serve_threads}
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if arguments.serve:
        servers[arguments.serve]()
        return 0
    sys.stdout.write("server   calls thinking commands/CPU-s   p99 ms   MB\n")
    for calls, think_seconds in ((50, 0.0), (1000, 1.0), (5000, 1.0)):
        for kind in servers:
            rate, p99, memory = _measure(kind, calls, think_seconds, arguments.seconds)
            sys.stdout.write(f"{kind:8} {calls:5} {think_seconds:7.0f}s {rate:14,.0f} {p99:8.1f} {memory:4.0f}\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    command_line = argparse.ArgumentParser(description=__doc__)
    add_arguments(command_line)
    sys.exit(run(command_line.parse_args()))
